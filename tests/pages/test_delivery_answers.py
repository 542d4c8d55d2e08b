"""What platforms did on their own, on screen: told on the post, the delivery and the inbox, with its answers."""

import json
import re

import httpx
import pytest

from app import sql
from app.flow import changed_there
from app.flow.hearing import hear
from app.platforms.contract import Published
from app.tables import Delivery, Post, PostChannel, Publication, Recall
from tests.makers import make_attempt, make_channel, make_delivery, make_post, make_publication
from tests.pages.counting import statements
from tests.rows import now, store
from tests.visitors import Visitor, enter

HTMX = {"HX-Request": "true"}
CHANGED = ("use_their_time", "hand_over_again")
RESURFACED = ("take_down", "keep")
THEIRS = now(days=3).replace(hour=9, minute=30, second=0, microsecond=0)


async def changed(note: str = "") -> tuple[Post, Delivery]:
    """Handed over for tomorrow and changed there: moved, unless the note says otherwise."""
    channel = await make_channel("sandbox", name="Partner", settings={"plays": "keyed", "schedules": True})
    post = await make_post("scheduled", channels=[])
    await PostChannel(post=post.id, channel=channel.id).save()
    run = await Publication.objects().get(Publication.post == post.id)
    assert run
    sent = await make_delivery(run, channel, "handed_off", tries=1)
    note = note or changed_there.moved(THEIRS)
    await sql.run(
        "UPDATE delivery SET error_kind = 'changed_there', error_note = $2, remote_id = '41' WHERE id = $1",
        sent.id, note,
    )  # fmt: skip
    return post, sent


async def resurfaced(status: str = "approved", **settings: bool) -> tuple[Post, Delivery]:
    """Canceled once, and reported live since."""
    channel = await make_channel("sandbox", name="Partner", settings={"plays": "keyed", **settings})
    post = await make_post(status, channels=[channel])
    sent = await make_delivery(await make_publication(post, "canceled"), channel, "published")
    await sql.run("UPDATE delivery SET resurfaced_at = now() WHERE id = $1", sent.id)
    return post, sent


def answers(text: str) -> set[str]:
    """The answers that a page links to."""
    return set(re.findall(r'href="/deliveries/\d+/moves/(\w+)', text))


async def send(visitor: Visitor, sent: Delivery, name: str, *, htmx: bool = False, **fields: str) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": str(sent.version), "name": name, **fields}
    return await visitor.client.post(f"/deliveries/{sent.id}/moves", data=data, headers=HTMX if htmx else {})


async def field(sent: Delivery, name: str) -> object:
    found = await sql.row("SELECT * FROM delivery WHERE id = $1", sent.id)
    assert found
    return found[name]


@pytest.mark.parametrize("page", ["/posts/{post}", "/deliveries/{sent}"])
async def test_moved_there_the_page_says_when_and_offers_three_ways(client: httpx.AsyncClient, page: str) -> None:
    visitor = await enter(client)
    post, sent = await changed()
    text = (await visitor.get(page.format(post=post.id, sent=sent.id))).text
    assert re.search(r"It was moved there to \w+ \d+ \w+, 09:30 \(UTC\)\. Unanswered, it counts as failed", text)
    assert answers(text) == set(CHANGED)
    assert re.search(r"#triangle-alert[^<]*</?[^<]*<?/?svg>Changed there", text), "its pill has its icon"
    assert f'id="delivery-{sent.id}-reopen"' in text


async def test_canceled_there_it_has_no_time_to_use(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await changed(changed_there.CANCELED)
    text = (await visitor.get(f"/posts/{post.id}")).text
    assert "It was canceled there." in text and answers(text) == {"hand_over_again"}
    assert (await visitor.get(f"/deliveries/{sent.id}/moves/use_their_time")).status_code == 409


async def test_moved_earlier_there_it_says_that_it_goes_live_then(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, _ = await changed(changed_there.moved(now(hours=2)))
    assert "Unanswered, it goes live there then." in (await visitor.get(f"/posts/{post.id}")).text


async def test_a_time_there_that_has_passed_cannot_be_used(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, _ = await changed(changed_there.moved(now(minutes=-2)))
    assert answers((await visitor.get(f"/posts/{post.id}")).text) == {"hand_over_again"}


async def test_using_their_time_is_asked_with_both_times_and_moves_the_post(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await changed()
    question = (await visitor.get(f"/deliveries/{sent.id}/moves/use_their_time")).text
    assert re.search(r"It goes out \w+ \d+ \w+, 09:30 \(UTC\) instead of tomorrow, 10:00 \(UTC\)", question)
    seen = re.search(r'name="seen" value="([^"]+)"', question)
    assert seen
    answer = await send(visitor, sent, "use_their_time", seen=seen[1])
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}")
    assert await sql.value("SELECT publish_at FROM post WHERE id = $1", post.id) == THEIRS
    assert (await field(sent, "error_kind"), await field(sent, "remote_at")) == (None, THEIRS)


@pytest.mark.parametrize("seen", ["", "soon", "2026-01-01T09:00:00", "2099-01-01T09:00:00+00:00"])
async def test_another_time_than_the_one_there_is_refused(client: httpx.AsyncClient, seen: str) -> None:
    visitor = await enter(client)
    post, sent = await changed()
    answer = await send(visitor, sent, "use_their_time", seen=seen)
    assert answer.status_code == 409 and "once more" in answer.text
    assert await sql.value("SELECT publish_at FROM post WHERE id = $1", post.id) == post.publish_at


async def test_handing_over_again_says_that_the_platform_is_being_asked(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    _post, sent = await changed()
    assert "is asked to publish it" in (await visitor.get(f"/deliveries/{sent.id}/moves/hand_over_again")).text
    answer = await send(visitor, sent, "hand_over_again", htmx=True)
    assert json.loads(answer.headers["hx-trigger"]) == {"toast": {"text": "The platforms are being asked."}}
    assert answers(answer.text) == set(), "while the platform is asked, nobody answers twice"
    assert (await send(visitor, sent, "hand_over_again")).status_code == 409


async def test_what_was_canceled_is_handed_over_again_at_once(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    _, sent = await changed(changed_there.CANCELED)
    assert "gets it once more" in (await visitor.get(f"/deliveries/{sent.id}/moves/hand_over_again")).text
    assert (await send(visitor, sent, "hand_over_again")).status_code == 303
    assert (await field(sent, "status"), await field(sent, "generation")) == ("pending", 2)


@pytest.mark.parametrize("page", ["/posts/{post}", "/deliveries/{sent}", "/inbox"])
@pytest.mark.parametrize("status", ["approved", "generated_pending_review", "unpublished", "publish_failed"])
async def test_live_though_it_was_taken_back_is_told_wherever_it_stands(
    client: httpx.AsyncClient, status: str, page: str
) -> None:
    visitor = await enter(client)
    post, sent = await resurfaced("approved")
    await sql.run("UPDATE post SET status = $2 WHERE id = $1", post.id, status)
    text = (await visitor.get(page.format(post=post.id, sent=sent.id))).text
    assert "You took it back, and it is live all the same." in text
    assert answers(text) == set(RESURFACED)


async def test_where_nothing_can_be_removed_it_is_kept_or_deleted_by_hand(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await resurfaced(removes=False)
    text = (await visitor.get(f"/posts/{post.id}")).text
    assert "Partner does not let apps remove posts: delete it there by hand." in text
    assert answers(text) == {"keep"}
    assert (await visitor.get(f"/deliveries/{sent.id}/moves/take_down")).status_code == 409
    assert (await send(visitor, sent, "take_down")).status_code == 409
    assert "delete it there by hand" in (await visitor.get(f"/deliveries/{sent.id}/moves/keep")).text


async def test_keeping_settles_it_and_the_page_is_calm_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    _post, sent = await resurfaced()
    assert "nothing is sent there again" in (await visitor.get(f"/deliveries/{sent.id}/moves/keep")).text
    answer = await send(visitor, sent, "keep", htmx=True)
    assert json.loads(answer.headers["hx-trigger"]) == {"toast": {"text": "Settled."}}
    assert "Live again" not in answer.text and "Kept on Partner" in answer.text
    assert await field(sent, "resurfaced_at") is None
    assert (await send(visitor, sent, "keep")).status_code == 409


async def test_taking_down_asks_the_platform_and_the_post_says_so(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await resurfaced()
    assert "asked to take it down; the post stays as it is" in (
        await visitor.get(f"/deliveries/{sent.id}/moves/take_down")
    ).text  # fmt: skip
    answer = await send(visitor, sent, "take_down", htmx=True)
    assert answer.status_code == 200 and "take down what came back there" in answer.text
    assert answers(answer.text) == set()
    recall = await Recall.objects().get(Recall.post == post.id)
    assert recall and (recall.move, recall.person) == ("take_down", visitor.person.id)
    assert f'id="row-{post.id}"' not in (await visitor.get("/inbox")).text, "nobody has to do anything just now"


async def test_a_refused_take_down_is_told_and_can_be_asked_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, _sent = await resurfaced()
    await store(
        Recall, {}, post=post.id, move="take_down", result="refused", ended_at=now(), note="It is locked there."
    )  # fmt: skip
    text = (await visitor.get(f"/posts/{post.id}")).text
    assert "It is locked there." in text and answers(text) == set(RESURFACED)


async def test_the_inbox_puts_both_under_fix_first(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    moved, back = (await changed())[0], (await resurfaced())[0]
    hidden = (await resurfaced())[0]
    await sql.run("UPDATE post SET archived_at = now() WHERE id = $1", hidden.id)
    text = (await visitor.get("/inbox")).text
    fix = re.search(r'<section id="section-fix".*?</section>', text, re.DOTALL)
    assert fix and set(re.findall(r'id="row-(\d+)"', fix[0])) == {str(p.id) for p in (moved, back, hidden)}
    assert "Partner: It was moved there to" in fix[0] and "Partner: You took it back" in fix[0]
    assert fix[0].count("Live again") == 2 and fix[0].count("Changed there") == 1
    assert 'id="section-review"' not in text


async def test_what_is_due_or_settled_no_longer_waits_in_the_inbox(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, _sent = await changed()
    await sql.run("UPDATE publication SET due_at = now() - interval '1 minute'")
    assert f'id="row-{post.id}"' not in (await visitor.get("/inbox")).text
    assert "hand_over_again" not in answers((await visitor.get(f"/posts/{post.id}")).text), "a look decides now"


async def test_an_answer_from_the_inbox_comes_back_as_its_row(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, sent = await resurfaced()
    inbox = (await visitor.get("/inbox")).text
    assert f'hx-get="/deliveries/{sent.id}/moves/keep?place=inbox"' in inbox
    question = await visitor.get(f"/deliveries/{sent.id}/moves/keep?place=inbox", headers=HTMX)
    assert f'hx-target="#row-{post.id}"' in question.text
    answer = await send(visitor, sent, "keep", place="inbox", htmx=True)
    assert f'id="row-{post.id}"' in answer.text and "<article" not in answer.text


async def test_many_that_are_raised_cost_as_many_statements_as_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    await changed()
    one = await statements(monkeypatch, visitor, "/inbox")
    for _ in range(3):
        await changed()
        await resurfaced()
    assert await statements(monkeypatch, visitor, "/inbox") == one <= 11


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_only_an_editor_is_offered_the_answers(client: httpx.AsyncClient, role: str) -> None:
    visitor = await enter(client, role)
    for names, (post, sent) in ((CHANGED, await changed()), (RESURFACED, await resurfaced())):
        for page in (f"/posts/{post.id}", f"/deliveries/{sent.id}", "/inbox"):
            assert answers((await visitor.get(page)).text) == set()
        for name in names:
            assert (await visitor.get(f"/deliveries/{sent.id}/moves/{name}")).status_code == 403
            assert (await send(visitor, sent, name)).status_code == 403
    assert not await Recall.count()


@pytest.mark.parametrize("name", [*CHANGED, *RESURFACED])
async def test_a_delivery_that_waits_for_no_answer_has_no_such_question(client: httpx.AsyncClient, name: str) -> None:
    visitor = await enter(client)
    post = await make_post("published")
    sent = await Delivery.objects().get(Delivery.post == post.id)
    assert sent
    assert (await visitor.get(f"/deliveries/{sent.id}/moves/{name}")).status_code == 409
    assert (await send(visitor, sent, name)).status_code == 409


async def test_the_publishing_log_says_that_it_came_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel("sandbox", name="Partner")
    post = await make_post("approved", channels=[channel])
    sent = await make_delivery(await make_publication(post, "canceled"), channel, "canceled")
    await make_attempt(sent, "unknown")
    await hear(channel.id, sent.key, Published("41", "https://example.com/41"), at=now(minutes=1))
    assert "It is live there though it was taken back." in (await visitor.get("/log")).text
