"""Every cell three ways: the hand-typed table, the buttons of a post's page, and the answer to the POST."""

import re
from typing import Any

import httpx
import pytest

from app import facts as fact_sheet
from app import seals, sql
from app.flow.clicks import VERBS
from app.lifecycles import offers
from app.lifecycles.machine import By
from app.tables import Person, Post
from tests.lifecycles.expected import MOVES, PEOPLE, Actor
from tests.makers import make_person, make_team
from tests.pages.situations import CHAINS, FROM_A_PAGE, SITUATIONS, Situation, authored
from tests.rows import now
from tests.visitors import Visitor, come_back

BESIDE = {"set_time", "archive", "unarchive", "duplicate"}
BUTTONS = tuple(move for move in (*MOVES, *CHAINS) if move not in FROM_A_PAGE)
ASKED_FIRST = {"unpublish", "set_back"}  # live things are taken down by the worker, then the post moves
CELLS = pytest.mark.parametrize("actor", PEOPLE, ids=lambda actor: actor.words)
PLACES = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.words)


def buttons(page: str, post: int) -> set[str]:
    """The names of all moves that the page offers: forms that make them, links that ask first."""
    asked = re.findall(rf'href="/posts/{post}/moves/(\w+)', page)
    made = re.findall(r'name="name" value="(\w+)"', page)
    return {*asked, *made} - BESIDE


async def fields(move: str, post: Post) -> dict[str, Any]:
    """What its form would send."""
    later = f"{now(days=2):%Y-%m-%dT%H:%M}"
    sent: dict[str, Any] = {"name": move, "version": post.version}
    if move in ("schedule", "reschedule", "approve_and_schedule"):
        sent["at"] = later
    if move in ("set_date", "retry_generation", "replan"):
        sent["on"] = later[:10]
    if move == "reject":
        sent["reason"] = "Too long."
    if move.startswith("approve"):
        sent["digest"] = (await seals.sealable(post.id)).digest.hex() if post.revision else ""
    return sent


async def trace(post: int) -> tuple[Any, ...]:
    """Everything that must stay as it is when a move is refused."""
    row = await sql.row("SELECT status, version, revision, planned_on, publish_at FROM post WHERE id = $1", post)
    counts = [
        await sql.value(f"SELECT count(*) FROM {table} WHERE post = $1", post)
        for table in ("event", "publication", "delivery", "recall", "revision", "approval", "seal", "generation")
    ]
    return (*dict(row or {}).values(), *counts)


async def people(client: httpx.AsyncClient, actor: Actor) -> tuple[Visitor, Person]:
    await make_team(self_approval="always", generation_on=True)
    me, other = await make_person(actor.by.role), await make_person("admin")
    return await come_back(client, me), other


def expected(situation: Situation, actor: Actor) -> set[str]:
    return {move for move in BUTTONS if situation.opens(move, actor)}


@PLACES
@CELLS
async def test_the_page_offers_exactly_the_tables_open_moves(
    client: httpx.AsyncClient, situation: Situation, actor: Actor
) -> None:
    visitor, other = await people(client, actor)
    post = await authored(situation, actor, visitor.person, other)
    by = By("person", person=visitor.person.id, role=actor.by.role)
    table = {offer.name for offer in offers.open_offers(await fact_sheet.of(post.id), by)}
    assert table == expected(situation, actor)
    page = await visitor.get(f"/posts/{post.id}")
    assert page.status_code == 200
    assert buttons(page.text, post.id) == table


@PLACES
@CELLS
async def test_a_closed_move_is_refused_with_the_card_and_changes_nothing(
    client: httpx.AsyncClient, situation: Situation, actor: Actor
) -> None:
    visitor, other = await people(client, actor)
    post = await authored(situation, actor, visitor.person, other)
    before = await trace(post.id)
    for move in BUTTONS:
        if situation.opens(move, actor):
            continue
        answer = await visitor.post(f"/posts/{post.id}/moves", **await fields(move, post))
        lacks_right = situation.has(move) and not situation.allows(move, actor)
        assert answer.status_code == (403 if lacks_right else 409), (move, answer.status_code)
        assert f'id="post-{post.id}"' in answer.text and "Nothing was changed." in answer.text, move
    assert await trace(post.id) == before


@PLACES
@CELLS
async def test_an_open_move_is_made_and_leaves_its_event(
    client: httpx.AsyncClient, situation: Situation, actor: Actor
) -> None:
    visitor, other = await people(client, actor)
    for move in expected(situation, actor):
        post = await authored(situation, actor, visitor.person, other)
        answer = await visitor.post(f"/posts/{post.id}/moves", **await fields(move, post))
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/posts/{post.id}"), (move, answer.text)
        told = [e["move"] for e in await sql.rows("SELECT move FROM event WHERE post = $1 ORDER BY id", post.id)]
        wanted = [CHAINS[move][0], CHAINS[move][2]] if move in CHAINS else [move]
        if move in ASKED_FIRST:
            wanted = [f"ask_{move}"]
        assert set(wanted) <= set(told), (move, told)


def test_every_button_has_its_verb() -> None:
    """What the table labels and no verb makes would be a dead button."""
    from app.lifecycles.post import POST

    labelled = {move.name for move in POST.moves if move.label} | CHAINS.keys()
    assert labelled <= VERBS.keys()


@PLACES
async def test_an_unknown_move_is_409_and_changes_nothing(client: httpx.AsyncClient, situation: Situation) -> None:
    visitor, other = await people(client, PEOPLE[-1])
    post = await authored(situation, PEOPLE[-1], visitor.person, other)
    before = await trace(post.id)
    for name in ("complete", "text_ready", "edit", "create", "launch"):
        answer = await visitor.post(f"/posts/{post.id}/moves", name=name, version=post.version)
        assert answer.status_code == 409, name
    assert await trace(post.id) == before
