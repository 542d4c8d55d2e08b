"""Undo where ux.md §5.1 has it: in the toast, in History, in the queue; one's own newest act, while it is open."""

import re
from datetime import time, timedelta

import httpx
import pytest

from app import sql
from app.flow import plan
from app.tables import Post
from tests.makers import make_channel, make_person, make_post, make_team
from tests.pages.test_questions import sent
from tests.rows import now
from tests.visitors import Visitor, come_back, enter

HTMX = {"HX-Request": "true"}
REVIEWED = "generated_pending_review"


def undo_form(text: str, id: str) -> tuple[str, dict[str, str | list[str]]] | None:
    """Where the form of that Undo button goes, and its fields."""
    forms = [form for form in re.findall(r"<form.*?</form>", text, re.DOTALL) if f'id="{id}"' in form]
    if not forms:
        return None
    action = re.search(r' action="([^"]+)"', forms[0])
    assert action
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[0]))
    return action[1], {name: value for name, value in fields.items() if name != "csrf_token"}


async def history(visitor: Visitor, post: Post) -> tuple[str, dict[str, str | list[str]]] | None:
    page = await visitor.get(f"/posts/{post.id}")
    assert page.status_code == 200
    return undo_form(page.text.split("<h2>History</h2>")[1], f"post-{post.id}-undo")


async def press(visitor: Visitor, found: tuple[str, dict[str, str | list[str]]] | None) -> httpx.Response:
    assert found
    answer = await visitor.post(found[0], **found[1])
    assert answer.status_code in (200, 303), answer.text
    return answer


async def status(post: Post) -> str:
    return (await plan.load(post.id)).status


async def mine(status: str = REVIEWED, **values: object) -> Post:
    return await make_post(status, channels=[await make_channel()], **values)  # type: ignore[arg-type]


async def test_an_approval_is_taken_back_from_history(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(mode="manual")
    post = await mine()
    assert await history(visitor, post) is None
    await sent(visitor, post, "approve")
    assert await status(post) == "approved"
    await press(visitor, await history(visitor, post))
    assert await status(post) == REVIEWED and await history(visitor, post) is None


async def test_an_approval_that_also_scheduled_is_taken_back_as_one(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await mine(planned_on=now(days=3).date(), planned_time=time(9))
    await sent(visitor, post, "approve")
    assert await status(post) == "scheduled"
    await press(visitor, await history(visitor, post))
    assert await status(post) == REVIEWED


async def test_a_schedule_alone_goes_back_to_approved(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await mine("approved", by=visitor.person)
    await sent(visitor, post, "schedule", at=f"{now(days=3):%Y-%m-%dT09:00}")
    await press(visitor, await history(visitor, post))
    assert await status(post) == "approved"


async def test_a_rejection_is_taken_back(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await mine()
    await sent(visitor, post, "reject", reason="No.")
    await press(visitor, await history(visitor, post))
    assert await status(post) == REVIEWED


async def test_a_planned_time_goes_back_to_where_it_was(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for timed in (True, False):
        wall = {"planned_time": now().time().replace(hour=8, minute=15, second=0, microsecond=0)} if timed else {}
        post = await mine("to_be_generated", planned_on=now(days=4).date(), **wall)
        await sent(visitor, post, "set_time", on=f"{now(days=9).date()}", wall="11:00")
        assert (await plan.load(post.id)).planned_on == now(days=9).date()
        await press(visitor, await history(visitor, post))
        fresh = await plan.load(post.id)
        assert (fresh.planned_on, fresh.planned_time) == (post.planned_on, post.planned_time)


async def test_a_day_that_is_over_is_no_way_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await mine(planned_on=now(days=-4).date())
    await sent(visitor, post, "set_time", on=f"{now(days=9).date()}")
    assert await history(visitor, post) is None


async def test_a_new_time_of_what_is_scheduled_goes_back_too(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await mine("scheduled", zone="Europe/Berlin")
    before = (await plan.load(post.id)).publish_at
    await sent(visitor, post, "reschedule", at=f"{now(days=9):%Y-%m-%dT09:00}")
    assert (await plan.load(post.id)).publish_at > before + timedelta(days=2)
    await press(visitor, await history(visitor, post))
    assert (await plan.load(post.id)).publish_at == before
    assert await sql.value("SELECT due_at FROM publication WHERE post = $1", post.id) == before


async def test_an_owner_is_given_back_from_history_and_from_the_report(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    ann, bob = await make_person("writer"), await make_person("writer")
    post = await mine(author=ann.id)
    row = {"do": "assign", "owner": str(bob.id)}
    report = await visitor.post("/posts/bulk", row=f"{post.id}:{(await plan.load(post.id)).version}:", **row)
    assert (await plan.load(post.id)).author == bob.id
    found = undo_form(report.text, "bulk-undo-go")
    assert "1 given back." in (await press(visitor, found)).text
    assert (await plan.load(post.id)).author == ann.id
    await visitor.post("/posts/bulk", row=f"{post.id}:{(await plan.load(post.id)).version}:", **row)
    await press(visitor, await history(visitor, post))
    assert (await plan.load(post.id)).author == ann.id


async def test_a_resolved_comment_opens_again(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await mine()
    await visitor.post(f"/posts/{post.id}/comments", body="Which mill?")
    comment = await sql.value("SELECT id FROM comment")
    sent_to = {"csrf_token": visitor.csrf, "then": "resolve"}
    answer = await client.post(f"/comments/{comment}", data=sent_to, headers=HTMX)
    assert undo_form(answer.text, "toast-undo") == (f"/comments/{comment}", {"then": "reopen"})
    await press(visitor, await history(visitor, post))
    assert await sql.value("SELECT resolved_at FROM comment") is None


async def test_the_toast_offers_it_where_the_act_was_just_made(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await mine()
    fields = {"name": "reject", "version": str(post.version), "reason": "No.", "csrf_token": visitor.csrf}
    answer = await client.post(f"/posts/{post.id}/moves", data=fields, headers=HTMX)
    assert undo_form(answer.text.split('id="toast"')[1], "toast-undo") == await history(visitor, post)
    said = await client.post(
        f"/posts/{post.id}/comments", data={"csrf_token": visitor.csrf, "body": "Why?"}, headers=HTMX
    )
    assert "toast-undo" not in said.text, "a comment is nothing to take back, whatever was done before"


async def test_nobody_takes_back_what_another_did_or_what_moved_on(client: httpx.AsyncClient) -> None:
    first, post = await enter(client), await mine()
    await sent(first, post, "reject", reason="No.")
    second = await enter(client, "admin")
    assert await history(second, post) is None
    await sent(second, post, "restore")
    await sent(second, post, "reject", reason="Still no.")
    stale = await history(second, post)
    await sent(await enter(client), post, "restore")
    second = await come_back(client, second.person)
    assert stale
    answer = await second.post(stale[0], **stale[1])
    assert answer.status_code == 409 and await status(post) == REVIEWED


async def test_what_a_platform_holds_is_not_taken_back_at_one_click(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await mine(planned_on=now(days=3).date(), planned_time=time(9))
    await sent(visitor, post, "approve")
    assert await history(visitor, post)
    await sql.run("UPDATE delivery SET status = 'handed_off', next_at = now() + interval '1 hour'")
    assert await history(visitor, post) is None


async def test_a_demoted_person_has_no_way_back(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await mine()
    await sent(visitor, post, "reject", reason="No.")
    await sql.run("UPDATE person SET role = 'writer' WHERE id = $1", visitor.person.id)
    assert await history(visitor, post) is None


@pytest.mark.parametrize("name", ["approve", "reject"])
async def test_the_queue_takes_back_what_led_on_and_returns_to_it(client: httpx.AsyncClient, name: str) -> None:
    visitor = await enter(client)
    first, second = await mine(planned_on=now(days=1).date()), await mine(planned_on=now(days=2).date())
    fields = {"name": name, "version": str(first.version), "reason": "No.", "csrf_token": visitor.csrf}
    if name == "approve":
        page = (await visitor.get(f"/review?at={first.id}&began=5")).text
        digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
        assert digest
        fields |= {"digest": digest[1]}
        del fields["reason"]
    led = await client.post(f"/review/5/posts/{first.id}/moves", data=fields)
    page = (await visitor.get(led.headers["location"])).text
    assert f'id="post-{second.id}"' in page and 'id="queue-decided"' in page
    back = await press(visitor, undo_form(page, "queue-undo"))
    assert back.headers["location"] == f"/review?at={first.id}&began=5"
    assert await status(first) == REVIEWED
    assert 'id="queue-decided"' not in (await visitor.get(led.headers["location"])).text


@pytest.mark.parametrize("done", ["0", "-3", "999999", "99999999999999999999999"])
async def test_a_queue_that_nothing_was_decided_in_says_nothing(client: httpx.AsyncClient, done: str) -> None:
    visitor = await enter(client)
    await mine()
    answer = await visitor.get(f"/review?began=5&done={done}")
    assert answer.status_code == 200 and 'id="queue-decided"' not in answer.text
