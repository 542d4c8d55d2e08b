"""News: which events make notices, for whom, once each, however transactions and workers overlap."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app import channels, sql
from app.content import Text
from app.flow import comments, generate, news, plan, recall, review
from app.flow.assign import assign
from app.flow.plan import Plan
from app.piccolo_conf import DB
from app.tables import Person, Post
from app.times import planned
from tests.flow.stage import acting, digest, live, only, pass_time, queued, rehearsal, somebody, soon, webhook, work
from tests.makers import make_channel, make_person, make_post
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now
from tests.stories.test_resurfaced import resurfaced

TEXT = Text("Tides", "The tide comes twice.")
RAW = (
    "INSERT INTO event (about, about_id, post, move, by_kind, person) VALUES ('post', $1, $1, 'reject', 'person', $2)"
    " RETURNING id"
)


async def swept() -> None:
    for _ in range(4):
        await news.sweep()


async def told(person: Person | None = None) -> list[str]:
    """The kinds of all notices, or of one person's, in the order they came."""
    found = await sql.rows(
        "SELECT kind FROM notice WHERE person = coalesce($1, person) ORDER BY id", person.id if person else None
    )
    return [row["kind"] for row in found]


async def drafted(author: Person) -> Post:
    return await make_post(channels=[await make_channel()], author=author)


async def idea(author: Person, **values: object) -> Post:
    targets = values.pop("channels", None)
    return await make_post(
        "to_be_generated", channels=targets or [await make_channel()], author=author, **values  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
async def mara(database: object) -> Person:
    return await make_person("writer", name="Mara")


@pytest.fixture
async def jonas(database: object) -> Person:
    return await make_person("editor", name="Jonas")


@pytest.fixture
async def elsewhere(database: object) -> AsyncIterator[asyncpg.Connection]:
    """Another process's line to the database."""
    connection = await asyncpg.connect(**DB.config)
    yield connection
    await connection.close()


# Who is asked


async def test_what_comes_to_review_is_told_to_all_who_may_approve_it(mara: Person, jonas: Person) -> None:
    nina = await make_person("admin")
    await make_person("viewer")
    await make_person("editor", disabled_at=now())
    await review.submit(await idea(mara), TEXT, by=acting(mara))
    await swept()
    assert await told(jonas) == await told(nina) == ["approval_asked"] and len(await told()) == 2


async def test_its_maker_is_asked_only_where_that_approval_counts(jonas: Person) -> None:
    await make_person("editor")
    post = await review.submit(await idea(jonas), TEXT, by=acting(jonas))
    await swept()
    assert len(await told()) == 1 and await told(jonas) == [], post.id


async def test_where_people_are_named_only_they_are_asked(mara: Person, jonas: Person) -> None:
    await make_person("editor")
    await sql.run("INSERT INTO approver (person) VALUES ($1)", jonas.id)
    await review.submit(await idea(mara), TEXT, by=acting(mara))
    await swept()
    assert await told() == await told(jonas) == ["approval_asked"]


@pytest.mark.parametrize("why", ["nowhere to go", "decided meanwhile", "archived"])
async def test_nobody_is_asked_for_what_does_not_wait(mara: Person, jonas: Person, why: str) -> None:
    post = await review.submit(await idea(mara), TEXT, by=acting(mara))
    if why == "nowhere to go":
        await sql.run("UPDATE channel SET disconnected_at = now()")
    if why == "decided meanwhile":
        await review.reject(post, "No.", by=acting(jonas))
    if why == "archived":
        await sql.run("UPDATE post SET archived_at = now()")
    await swept()
    assert "approval_asked" not in await told()


async def test_an_edit_in_review_asks_nobody_again(mara: Person, jonas: Person) -> None:
    await review.save(await drafted(mara), TEXT, by=acting(mara))
    await swept()
    assert await told() == []


# Decisions


async def test_decisions_are_told_to_the_author_and_not_to_who_made_them(mara: Person, jonas: Person) -> None:
    first, second, by = await drafted(mara), await drafted(mara), acting(jonas)
    await review.approve(first, await digest(first), by=by)
    await comments.request_changes(second, "Shorter.", by=by)
    await review.reject(await plan.load(second.id), "Too long.", by=by)
    await swept()
    assert await told(mara) == await told() == ["approval_given", "changes_asked", "declined"]
    notes = await sql.value("SELECT array_agg(note ORDER BY id) FROM notice WHERE note <> ''")
    assert notes == ["Shorter.", "Too long."]


async def test_a_guests_decision_is_news_to_the_editor_in_whose_name_it_stands(jonas: Person) -> None:
    post, other = await drafted(jonas), await make_person("editor")
    await sql.run("UPDATE team SET self_approval = 'always'")
    await review.approve(post, await digest(post), by=acting(jonas), guest="Client")
    await swept()
    assert await told(jonas) == ["approval_given"] and await told(other) == []


async def test_whoever_made_it_hears_of_it_too_after_it_was_given_away(mara: Person, jonas: Person) -> None:
    lena, by = await make_person("writer"), acting(jonas)
    post = await plan.create(
        Plan("Tides", planned(None, None, "UTC"), channels=((await make_channel()).id,)), by=acting(mara)
    )
    post = await assign(post, lena.id, by=by)
    await review.submit(post, TEXT, by=by)
    await review.reject(await plan.load(post.id), "No.", by=by)
    await swept()
    assert await told(mara) == ["declined"] and await told(lena) == ["assigned", "declined"]
    assert await told(jonas) == []


async def test_who_has_left_is_told_nothing(mara: Person, jonas: Person) -> None:
    await review.reject(await drafted(mara), "No.", by=acting(jonas))
    await sql.run("UPDATE person SET disabled_at = now() WHERE id = $1", mara.id)
    await swept()
    assert await told() == []


# Trouble


async def test_a_failure_is_told_to_who_wrote_and_who_sent_it(receiver: Receiver, mara: Person, jonas: Person) -> None:
    await make_person("editor")
    receiver.play(Fault("status", status=422, on=("POST",)))
    post = await queued(await rehearsal(receiver), by=acting(jonas))
    await sql.run("UPDATE post SET author = $1", mara.id)
    assert (await work(post)).status == "publish_failed"
    await sql.run("UPDATE channel SET name = 'Feed'")
    await swept()
    assert await told(mara) == await told(jonas) == ["publishing_failed"] and len(await told()) == 2
    row = await sql.row("SELECT note, delivery, channel FROM notice LIMIT 1")
    failed = await only(post)
    assert row is not None and tuple(row) == ("Feed", failed.id, failed.channel)


@pytest.mark.parametrize(("fault", "kind"), [("status", "partly_published"), ("drop_after", "not_confirmed")])
async def test_how_it_failed_is_told_apart(receiver: Receiver, jonas: Person, fault: str, kind: str) -> None:
    receiver.play(Fault(fault, status=422, on=("POST",)))
    await work(await queued(await rehearsal(receiver, "blind"), await rehearsal(receiver), by=acting(jonas)))
    await swept()
    assert await told(jonas) == [kind]


async def test_where_nobody_concerned_is_left_the_editors_are_told(
    receiver: Receiver, mara: Person, jonas: Person
) -> None:
    receiver.play(Fault("status", status=422, on=("POST",)))
    gone = await somebody()
    await work(await queued(await rehearsal(receiver), by=gone))
    await sql.run("UPDATE person SET disabled_at = now() WHERE id NOT IN ($1, $2)", mara.id, jonas.id)
    await swept()
    assert await told(jonas) == await told() == ["publishing_failed"]


async def test_held_late_is_told_and_held_by_a_freeze_is_not(receiver: Receiver, jonas: Person) -> None:
    post = await queued(await webhook(receiver), at=soon(), by=acting(jonas))
    await pass_time(post, hours=4)
    await work(post)
    await swept()
    assert await told(jonas) == ["held_late"]


async def test_a_refused_recall_is_told_to_who_asked(receiver: Receiver, jonas: Person) -> None:
    post = await live(await rehearsal(receiver), by=acting(jonas))
    receiver.play(Fault("status", status=403, on=("DELETE",), times=9))
    asker = await make_person("editor")
    await work(await recall.unpublish(post, by=acting(asker)))
    await swept()
    assert await told(asker) == await told(jonas) == ["recall_refused"]
    assert await sql.value("SELECT min(length(note)) FROM notice") > 0


async def test_changed_there_and_live_though_taken_back_are_told(receiver: Receiver, jonas: Person) -> None:
    by = acting(jonas)
    post = await work(await queued(await rehearsal(receiver, schedules=True), by=by, at=soon()))
    receiver.shelf.items["item-1"]["live_at"] = soon(hours=9).isoformat()
    await sql.run("UPDATE delivery SET next_at = now()")
    await work(post, rounds=1)
    await swept()
    assert await told(jonas) == ["changed_there"]
    assert "moved there to" in await sql.value("SELECT note FROM notice")


async def test_live_though_taken_back_is_told(receiver: Receiver, jonas: Person) -> None:
    post = await resurfaced(receiver, by=acting(jonas))
    await swept()
    assert await told(jonas) == ["resurfaced"]
    assert await sql.value("SELECT delivery FROM notice") == (await only(post)).id


async def test_a_missed_day_and_writing_that_failed_are_told_to_the_author(mara: Person, jonas: Person) -> None:
    await idea(mara, planned_on=now(days=-2).date())
    await plan.daily()
    post = await generate.start(await idea(mara), by=acting(jonas))
    await generate.stop(post, by=acting(jonas))
    await swept()
    assert await told(mara) == ["day_passed", "writing_failed"] and await told(jonas) == []


async def test_a_broken_channel_is_told_once_to_every_admin(jonas: Person) -> None:
    nina, channel = await make_person("admin"), await make_channel()
    for kind in ("expired_token", "permission_revoked"):
        await channels.mark_broken(channel.id, kind)
        await swept()
    assert await told(nina) == await told() == ["channel_broken"]
    await channels.mark_well(channel.id)
    await swept()
    await channels.mark_broken(channel.id, "expired_token")
    await swept()
    assert await told(nina) == ["channel_broken"] * 2


# Once each, whatever overlaps


async def test_an_event_whose_transaction_takes_longer_than_a_later_one_is_not_lost(
    mara: Person, jonas: Person, elsewhere: asyncpg.Connection
) -> None:
    await news.sweep()
    slow, quick, by = await drafted(mara), await drafted(mara), acting(jonas)
    transaction = elsewhere.transaction()
    await transaction.start()
    first = await elsewhere.fetchval(RAW, slow.id, jonas.id)
    await review.reject(quick, "No.", by=by)
    await swept()
    assert await sql.value("SELECT array_agg(post) FROM notice") == [quick.id], "what is there is told at once"
    assert await sql.value("SELECT event FROM bookmark") < first < await sql.value("SELECT max(event) FROM notice")
    await transaction.commit()
    await swept()
    assert await sql.value("SELECT array_agg(post ORDER BY id) FROM notice") == [quick.id, slow.id]


async def test_the_bookmark_goes_on_when_nothing_is_open_any_more(mara: Person, jonas: Person) -> None:
    await review.reject(await drafted(mara), "No.", by=acting(jonas))
    await swept()
    mark = await sql.row("SELECT event, ahead FROM bookmark")
    assert mark is not None and mark["event"] == mark["ahead"] == await sql.value("SELECT max(id) FROM event")


async def test_two_workers_and_many_sweeps_tell_once(mara: Person, jonas: Person) -> None:
    await news.sweep()
    for _ in range(3):
        await review.reject(await drafted(mara), "No.", by=acting(jonas))
    await asyncio.gather(*(news.sweep() for _ in range(4)))
    await sql.run("UPDATE bookmark SET event = 0, ahead = 0")
    await swept()
    assert await told() == ["declined"] * 3


async def test_with_nothing_new_a_sweep_is_one_statement(
    mara: Person, jonas: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await review.reject(await drafted(mara), "No.", by=acting(jonas))
    await swept()
    monkeypatch.setattr(news, "_read", None)
    await news.sweep()


async def test_a_desk_that_never_told_anybody_begins_a_day_back(
    mara: Person, jonas: Person, elsewhere: asyncpg.Connection
) -> None:
    old = RAW.replace("person)", "person, at)").replace("$2)", "$2, now() - interval '25 hours')")
    await elsewhere.fetchval(old, (await drafted(mara)).id, jonas.id)
    await review.reject(await drafted(mara), "No.", by=acting(jonas))
    await swept()
    assert await told() == ["declined"]


async def test_what_is_a_week_old_when_it_is_read_is_no_news(
    mara: Person, jonas: Person, elsewhere: asyncpg.Connection
) -> None:
    await news.sweep()
    old = RAW.replace("person)", "person, at)").replace("$2)", "$2, now() - interval '8 days')")
    await elsewhere.fetchval(old, (await drafted(mara)).id, jonas.id)
    await swept()
    assert await told() == []


async def test_the_mark_of_another_database_counts_as_over(mara: Person, jonas: Person) -> None:
    await news.sweep()
    await sql.run("UPDATE bookmark SET horizon = 9000000000000000000")
    await review.reject(await drafted(mara), "No.", by=acting(jonas))
    await swept()
    assert await told() == ["declined"]
    assert await sql.value("SELECT event = ahead AND horizon < 9000000000000000000 FROM bookmark")


async def test_posts_are_locked_in_the_order_of_moves_so_that_nobody_is_a_deadlocks_victim(
    mara: Person, jonas: Person, elsewhere: asyncpg.Connection
) -> None:
    await news.sweep()
    low, high = await drafted(mara), await drafted(mara)
    for post in (high, low):
        await review.reject(post, "No.", by=acting(jonas))
    async with elsewhere.transaction():
        await elsewhere.execute("SELECT 1 FROM post WHERE id = $1 FOR UPDATE", low.id)
        sweeping = asyncio.create_task(news.sweep())
        while not await elsewhere.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await elsewhere.execute("SELECT 1 FROM post WHERE id = $1 FOR UPDATE NOWAIT", high.id)
    await sweeping
    assert await told() == ["declined"] * 2
