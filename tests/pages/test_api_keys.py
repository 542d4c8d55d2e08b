"""Keys of programs: made by an admin, shown once, no stronger than their owner, revoked at once."""

import re

import httpx

from app import api_keys, sql
from app.lifecycles.machine import By
from tests.api.programs import connect
from tests.makers import make_person
from tests.visitors import Visitor, enter


async def made(visitor: Visitor, *scopes: str) -> str:
    answer = await visitor.post("/settings/api", name="CI", days="30", scopes=list(scopes))
    assert answer.status_code == 200, answer.text
    found = re.search(r"gly_[0-9a-z]{8}_[\w-]{43}", answer.text)
    assert found
    return found[0]


async def test_a_key_is_shown_once_and_kept_as_a_digest(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    secret = await made(visitor, "read")
    assert secret not in (await visitor.get("/settings/api")).text
    stored = await sql.row("SELECT * FROM api_key WHERE prefix = $1", secret[4:12])
    assert stored is not None and secret[13:] not in str(dict(stored))
    assert (await client.get("/api/posts", headers={"authorization": f"Bearer {secret}"})).status_code == 200


async def test_a_key_without_a_scope_or_name_is_refused_and_nothing_typed_is_lost(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    answer = await visitor.post("/settings/api", name="Newsroom bot", days="9999")
    assert answer.status_code == 422
    assert "Newsroom bot" in answer.text and 'id="f-days-error"' in answer.text
    none = await visitor.post("/settings/api", name="Newsroom bot", days="9")
    assert none.status_code == 422 and "Tick what it may do." in none.text


async def test_a_revoked_key_opens_nothing_any_more(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    assert (await program.get("/posts")).status_code == 200
    visitor = await enter(client, "admin")
    assert (await visitor.post(f"/settings/api/{program.key}/revoke")).status_code == 303
    assert (await program.get("/posts")).status_code == 401
    assert (await visitor.post(f"/settings/api/{program.key}/revoke")).status_code == 404


async def test_a_key_may_never_do_more_than_its_owner_now_may(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    await sql.run("UPDATE person SET role = 'viewer' WHERE id = $1", program.owner.id)
    refused = await program.post("/posts", {"post": {"title": "T", "draft": True}})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    await sql.run("UPDATE person SET disabled_at = now() WHERE id = $1", program.owner.id)
    assert (await program.get("/posts")).status_code == 401


async def test_an_expired_key_opens_nothing(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    await sql.run("UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1", program.key)
    assert (await program.get("/posts")).status_code == 401


async def test_nobody_gives_away_more_than_they_have(client: httpx.AsyncClient) -> None:
    writer = await make_person("writer")
    try:
        await api_keys.issue("Bot", ["publish"], owner=writer.id, by=By("person", person=writer.id, role="writer"))
    except api_keys.Refused as why:
        assert "publish: more than the role writer may give." in why.reason
    else:
        raise AssertionError("it was given away")


async def test_the_last_use_is_kept(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    await program.get("/posts")
    used = await sql.value("SELECT last_used_at > now() - interval '1 minute' FROM api_key WHERE id = $1", program.key)
    assert used is True


async def test_the_reference_reads_for_everybody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api")
    assert answer.status_code == 200
    assert "POST /api/posts/{id}/cancel" in answer.text and "publish_unreviewed" in answer.text
