"""dump and load on a real database: every row comes back, in one act or not at all, and nothing goes out of itself."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import seals, sql
from app.backups import dump as dumping
from app.backups import load as loading
from app.backups.archive import Archive, BackupTrouble, Manifest
from app.backups.dump import LEFT_OUT, kept
from app.flow.restored import Settled
from app.tables import Channel, Delivery, Post
from tests.backups.damage import damage
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import live, queued, rehearsal, soon, webhook, work
from tests.makers import make_campaign, make_media, make_person, make_picture, make_post, make_revision, make_team
from tests.platforms.receiver import Receiver
from tests.visitors import PASSWORD

__all__ = ["impatient", "receiver", "rehearsals", "team"]
CHANGED_BY_RESTORING = {"team", "event", "publication", "delivery", "attempt", "recall", "notice"}


async def dumped(path: Path) -> Manifest:
    with path.open("wb") as file:
        return await dumping.dump(file)


async def loaded(path: Path, *, replace: bool = True) -> Settled:
    with Archive(path) as archive:
        return await loading.load(archive, replace=replace)


async def contents(table: str) -> str:
    return str(
        await sql.value(
            f"SELECT coalesce(json_agg(x ORDER BY (to_jsonb(x) ->> 'id')::bigint, x::text), '[]') FROM {table} x"
        )
    )


async def everything() -> dict[str, str]:
    blobs = await sql.value("SELECT coalesce(json_agg(b ORDER BY sha256), '[]')::text FROM blob b")
    keyed = {"blob", "charge", "address"}
    return {table: await contents(table) for table in kept() if table not in keyed} | {"blob": str(blobs)}


async def a_desk(receiver: Receiver) -> Post:
    """Rows with words that hurt careless formats, pictures, a live post, a planned one and one going out later."""
    await make_campaign(title='Spring "tides", 50 %\n\\N and \\.')
    draft = await make_post(title="Größe, „Zitat“; 'quote'")
    revision = await make_revision(draft, body='One, "two"\r\n\\N\n\ttab and \u2028 end\n')
    await make_picture(revision, await make_media(draft))
    await live(await rehearsal(receiver))
    return await work(await queued(await webhook(receiver), at=soon()))


async def test_every_row_comes_back_as_it_was(receiver: Receiver, tmp_path: Path) -> None:
    await a_desk(receiver)
    before = await everything()
    about = await dumped(tmp_path / "desk")
    assert about.rows == sum([await sql.value(f"SELECT count(*) FROM {name}") for name in kept()])
    await make_post(title="Written after the backup")
    await sql.run("UPDATE campaign SET title = 'Changed after the backup'")
    await loaded(tmp_path / "desk")
    after = await everything()
    same = before.keys() - CHANGED_BY_RESTORING
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert json.loads(after["event"])[: len(json.loads(before["event"]))] == json.loads(before["event"])
    assert json.loads(after["delivery"]) == json.loads(before["delivery"])


async def test_a_backup_holds_every_table_but_those_that_must_not_come_back() -> None:
    names = {record[0] for record in await sql.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert names == {*kept(), *LEFT_OUT, "migration"}
    assert {"session", "ticket", "throttle", "beat", "search_entry"} == LEFT_OUT


async def test_channel_secrets_stay_sealed_and_their_key_is_named(receiver: Receiver, tmp_path: Path) -> None:
    channel = await rehearsal(receiver)
    about = await dumped(tmp_path / "desk")
    plain = b"".join(zipfile.ZipFile(tmp_path / "desk").read(name) for name in ["channel.csv", "manifest.json"])
    assert receiver.shelf.token.encode() not in plain
    await loaded(tmp_path / "desk")
    row = await Channel.objects().get(Channel.id == channel.id)
    assert row is not None and about.keys == (row.secret_kid,)


async def test_everybody_signs_in_again_after_a_restore(tmp_path: Path) -> None:
    person = await make_person("admin", password_hash=PASSWORD)
    await sql.run(
        "INSERT INTO session (token_sha256, person, created_at, seen_at, expires_at) VALUES ('\\x01', $1, now(), now(),"
        " now() + interval '1 day')",
        person.id,
    )
    await dumped(tmp_path / "desk")
    await loaded(tmp_path / "desk")
    assert await sql.value("SELECT count(*) FROM session") == 0
    assert await sql.value("SELECT password_hash FROM person WHERE id = $1", person.id) == PASSWORD


async def test_a_full_database_is_refused_without_replace(tmp_path: Path) -> None:
    post = await make_post(title="Precious")
    await dumped(tmp_path / "desk")
    await sql.run("UPDATE post SET keyword = 'newer'")
    with pytest.raises(BackupTrouble, match="not empty"):
        await loaded(tmp_path / "desk", replace=False)
    assert await sql.value("SELECT keyword FROM post WHERE id = $1", post.id) == "newer"


async def test_a_restore_that_breaks_off_changes_nothing(tmp_path: Path) -> None:
    await make_post(title="Precious")
    await dumped(tmp_path / "desk")
    before = await everything()
    damage(tmp_path / "desk", "revision.csv", lambda data: data.replace(b"Tides", b"Tolls"))
    with pytest.raises(BackupTrouble, match="revision"):
        await loaded(tmp_path / "desk")
    assert await everything() == before
    assert await sql.value("SELECT frozen_at IS NULL FROM team")


async def test_a_row_the_database_refuses_undoes_the_whole_restore(tmp_path: Path) -> None:
    await make_post(title="Precious")
    await dumped(tmp_path / "desk")
    before = await everything()
    damage(
        tmp_path / "desk", "post.csv", lambda data: data.replace(b"generated_pending_review", b"nonsense"), sound=True
    )
    with pytest.raises(BackupTrouble, match="nothing was changed"):
        await loaded(tmp_path / "desk")
    assert await everything() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda known: [*known, "2099-01-01T00:00:00:000000"], "newer Galley"),
        (lambda known: known[1:], "another line of Galley"),
    ],
)
async def test_a_schema_this_version_does_not_know_is_refused(
    tmp_path: Path, change: Callable[[list[str]], list[str]], said: str
) -> None:
    await dumped(tmp_path / "desk")
    _manifest(tmp_path / "desk", lambda about: about | {"migrations": change(about["migrations"])})
    with pytest.raises(BackupTrouble, match=said):
        await loaded(tmp_path / "desk")


async def test_a_call_that_is_open_right_now_is_waited_for(receiver: Receiver, tmp_path: Path) -> None:
    await make_post("publishing")
    await sql.run("UPDATE attempt SET lease_until = now() + interval '30 s'")
    await dumped(tmp_path / "desk")
    with pytest.raises(BackupTrouble, match="1 calls"):
        await loaded(tmp_path / "desk")
    await sql.run("UPDATE attempt SET lease_until = now()")
    assert (await loaded(tmp_path / "desk")).unsure == 1


async def test_ids_go_on_and_no_delivery_gets_a_key_that_was_given_out_since(
    receiver: Receiver, tmp_path: Path
) -> None:
    """A platform that remembers the key of a delivery made after the backup would swallow another post."""
    await a_desk(receiver)
    await dumped(tmp_path / "desk")
    lost = await live(await webhook(receiver))
    given_out = {row.key for row in await Delivery.objects()}
    await loaded(tmp_path / "desk")
    await sql.run("UPDATE team SET frozen_at = NULL, frozen_for = NULL")
    post = await live(await webhook(receiver))
    assert post.id == lost.id
    fresh = await Delivery.objects().get(Delivery.post == post.id)
    assert fresh is not None and fresh.key not in given_out
    assert fresh.id > 1_700_000_000_000
    assert await seals.valid(post.id)


async def test_a_backup_is_one_moment_although_people_go_on_working(tmp_path: Path, monkeypatch: Any) -> None:
    await make_post()
    table = dumping._table

    async def slowly(*known: Any) -> Any:
        await make_post(title="Meanwhile")
        return await table(*known)

    monkeypatch.setattr(dumping, "_table", slowly)
    about = await dumped(tmp_path / "desk")
    assert about.tables["post"].rows == about.tables["revision"].rows == 1


async def test_an_empty_database_takes_a_backup_and_wakes_up_frozen_and_quiet(tmp_path: Path) -> None:
    await make_team(mode="autopilot", generation_on=True)
    await dumped(tmp_path / "desk")
    settled = await loaded(tmp_path / "desk", replace=False)
    assert settled == Settled(held=0, unsure=0, autopilot=True, writing=True)
    team = await sql.row(
        "SELECT mode, generation_on, frozen_for, frozen_at IS NOT NULL, restored_at IS NOT NULL FROM team"
    )
    assert team is not None and tuple(team) == ("approval", False, "restore", True, True)


def _manifest(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    damage(path, "manifest.json", lambda data: json.dumps(change(json.loads(data))).encode())
