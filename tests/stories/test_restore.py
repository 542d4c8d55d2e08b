"""G25: back up, publish 100, restore. A real worker re-publishes none of them, and people see all 100."""

import asyncio
import re
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from app import sql
from tests.flow.conftest import rehearsals
from tests.flow.stage import queued, somebody, webhook
from tests.makers import make_team
from tests.platforms.conftest import receiver
from tests.platforms.receiver import Receiver
from tests.stories.test_crash import as_before, until, worker
from tests.test_commands import galley, scratch
from tests.visitors import enter

__all__ = ["as_before", "receiver", "rehearsals", "scratch"]
MANY = 100
LIVE = "SELECT count(*) = $1 FROM post WHERE status = 'published'"


async def test_what_was_published_after_the_backup_is_never_published_again(
    receiver: Receiver, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    await make_team()
    by, channel = await somebody(), await webhook(receiver)
    due = datetime.now(UTC) + timedelta(seconds=9)
    for place in range(MANY):
        await queued(channel, by=by, at=due if place % 2 else None)
    file = tmp_path / "desk.galley"
    code, _, err = await galley("backup", str(file))
    assert code == 0, err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    where = {"ALLOW_PRIVATE_HOSTS": f"127.0.0.1:{receiver.port}"}
    async with worker(**where):
        await until(lambda: sql.value(LIVE, MANY), 90, "all are live")
    sent = len(receiver.requests())
    assert len(receiver.log.effects()) == MANY

    code, out, err = await galley("restore", str(file), "--replace", "--yes")
    assert code == 0, err
    assert f"{MANY} posts came due since and wait for a person; 0 deliveries are not confirmed." in out
    async with worker(**where):
        await asyncio.sleep(3)
        code, out, err = await galley("freeze", "off", "--yes")
        assert code == 0, err
        assert f"Held for another reason: they stay held: {MANY}" in out
        await asyncio.sleep(5)
    assert (len(receiver.requests()), len(receiver.log.effects())) == (sent, MANY)
    assert await sql.value("SELECT count(*) FROM publication WHERE held_for = 'restore'") == MANY
    page = (await (await enter(client, "editor")).get("/restored")).text
    assert len(set(re.findall(r'id="held-(\d+)"', page))) == MANY


async def test_a_backup_goes_through_a_pipe_into_an_empty_database(receiver: Receiver, scratch: str) -> None:
    await make_team(name="Harbour")
    await queued(await webhook(receiver))
    command = f'"{sys.executable}" -m app.commands'
    process = await asyncio.create_subprocess_shell(
        f'{command} backup - | DATABASE_URL="{scratch}" {command} restore -',
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert out.startswith(b"Restored ") and b"1 posts came due" in out
    code, said, _ = await galley("freeze", "show", DATABASE_URL=scratch)
    assert code == 0 and "Held for another reason: they stay held: 1" in said
