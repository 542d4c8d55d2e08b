"""Webhooks and a restore: what a backup brings back is no news, and nothing of it goes out by itself."""

from pathlib import Path

from app import sql
from app.flow import webhook_sending, webhooks
from app.flow.webhooks import Wanted
from tests.backups.test_backups import dumped, loaded
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.listener import Listener
from tests.flow.stage import somebody
from tests.flow.test_webhooks import approving, listener

__all__ = ["impatient", "listener", "receiver", "rehearsals", "team"]


async def test_a_restored_desk_sends_nothing_old_and_tells_of_what_happens_after(
    listener: Listener, tmp_path: Path
) -> None:
    by = await somebody("admin")
    number, secret = await webhooks.add(Wanted("Ours", listener.url), by=by)
    await approving()
    await webhook_sending.sweep()
    await approving()
    lined_up = await sql.value("SELECT count(*) FROM webhook_send")
    await dumped(tmp_path / "desk")
    await loaded(tmp_path / "desk")
    assert await sql.value("SELECT count(*) FROM webhook_send") == lined_up == 2
    await webhook_sending.sweep()
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    await webhook_sending.sweep()
    await webhook_sending.forget_old()
    results = [found["result"] for found in await sql.rows("SELECT result FROM webhook_send ORDER BY id")]
    assert results == ["delivered", "restored"] and len(listener.heard) == 1
    await approving()
    await webhook_sending.sweep()
    assert len(listener.heard) == 2 and listener.heard[-1].believed(secret)
    assert await webhooks.send_missed(number, by=by) == 1
