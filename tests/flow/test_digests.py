"""Notices by e-mail: when a letter is due, what is in it, and what becomes of it whatever the mail server does."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from app import sql, worker
from app.flow import digest_words, digests
from app.flow.notices import URGENT, NoticeKind
from app.mail import Bounced, send
from app.settings import read
from app.tables import Notice, Person
from tests.mail.postbox import DROP, HANG, Postbox
from tests.makers import make_channel, make_person, make_post
from tests.rows import now, store

ASKED, FAILED, MENTION = NoticeKind.APPROVAL_ASKED, NoticeKind.PUBLISHING_FAILED, NoticeKind.MENTION
GIVEN = NoticeKind.ASSIGNED  # one that can wait


@pytest.fixture
async def box(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Postbox]:
    """A mail server that this desk sends to, and is quick to give up."""
    async with Postbox() as open_box:
        at(monkeypatch, open_box.url)
        monkeypatch.setattr(digests, "send", partial(send, seconds=0.5))
        yield open_box


def at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    known = read({"SMTP_URL": url, "MAIL_FROM": "Galley <desk@example.com>"})
    monkeypatch.setattr(digests, "settings", lambda: known)


async def reader(how: str = "daily", *, hour: int | None = None, urgent: bool = True, **values: Any) -> Person:
    """Somebody whose daily digest was due when the present hour began, unless `hour` is another."""
    values = {"mail_hour": now().hour if hour is None else hour, "password_hash": "x", "zone": "UTC", **values}
    return await make_person(mail_how=how, mail_urgent=urgent, **values)


async def notice(person: Person, kind: NoticeKind = GIVEN, *, minutes: float = 90, **values: Any) -> Notice:
    """A notice of so many minutes ago."""
    return await store(Notice, values, person=person, kind=kind.value, at=now(minutes=-minutes))


async def mailed() -> dict[int, bool]:
    return {row["id"]: row["sent"] for row in await sql.rows("SELECT id, mailed_at IS NOT NULL AS sent FROM notice")}


async def standing(person: Person) -> Any:
    row = await sql.row("SELECT *, mail_next_at - now() AS wait FROM person WHERE id = $1", person.id)
    assert row is not None
    return row


def addressees(box: Postbox) -> list[str]:
    return sorted(letter.to for letter in box.letters)


# When


async def test_a_digest_lists_everything_once_and_opens_the_very_thing(box: Postbox) -> None:
    nina = await reader(name="Nina")
    post = await make_post(title="Tides & <moons>")
    one, two = await notice(nina, ASKED, post=post), await notice(nina, FAILED, post=post, minutes=100)
    await digests.sweep()
    await digests.sweep()
    (letter,) = box.letters
    assert letter.mail["Subject"] == "Galley: 1 failed to publish, 1 waiting for your approval"
    assert letter.mail["To"].addresses[0].addr_spec == nina.email
    for kind in ("plain", "html"):
        body = letter.body(kind)
        assert all(f"/notices/{found.id}" in body for found in (one, two))
        assert "Hello Nina," in body and "2 things you have not looked at yet." in body
        assert body.index("ailed to publish".upper() if kind == "plain" else "Failed to publish") < body.index(
            "WAITING FOR" if kind == "plain" else "Waiting for"
        )
    assert "Tides & <moons>" in letter.body("plain") and "Tides &amp; &lt;moons&gt;" in letter.body("html")
    assert await mailed() == {one.id: True, two.id: True}


@pytest.mark.parametrize(
    ("how", "hours", "urgent", "kind", "minutes", "comes"),
    [
        ("daily", 0, False, GIVEN, 90, True),
        ("daily", 1, False, GIVEN, 90, False),  # its hour comes later
        ("daily", 1, True, GIVEN, 90, False),
        ("daily", 1, False, FAILED, 90, False),
        ("daily", 1, True, FAILED, 1, True),  # cannot wait
        ("daily", 1, True, MENTION, 1, True),
        ("daily", 1, True, FAILED, 0, False),  # perhaps more of it happens in a moment
        ("hourly", 1, False, GIVEN, 61, True),
        ("hourly", 1, True, FAILED, 1, True),
        ("at_once", 1, False, GIVEN, 1, True),
        ("at_once", 1, False, GIVEN, 0, False),
        ("never", 0, True, FAILED, 90, False),
        ("daily", 0, True, FAILED, 7 * 24 * 60 + 1, False),  # old news
    ],
)
async def test_a_letter_comes_when_its_reader_wants_it(
    box: Postbox, how: str, hours: int, urgent: bool, kind: NoticeKind, minutes: float, comes: bool
) -> None:
    nina = await reader(how, hour=now(hours=hours).hour, urgent=urgent)
    await notice(nina, kind, minutes=minutes)
    await digests.sweep()
    assert bool(box.letters) is comes


@pytest.mark.parametrize(
    "who", [{"disabled_at": now()}, {"password_hash": None}, {"mail_refused_at": now()}], ids=["left", "invited", "bad"]
)
async def test_who_cannot_be_reached_is_not_written_to(box: Postbox, who: dict[str, Any]) -> None:
    await notice(await reader(**who))
    await digests.sweep()
    assert box.letters == []


async def test_what_was_looked_at_is_left_out_and_nothing_left_sends_nothing(box: Postbox) -> None:
    nina, jonas = await reader(), await reader()
    await notice(nina, seen_at=now())
    seen, unseen = await notice(jonas, FAILED, seen_at=now()), await notice(jonas)
    await digests.sweep()
    (letter,) = box.letters
    assert letter.to == jonas.email
    assert f"/notices/{unseen.id}" in letter.body("plain") and f"/notices/{seen.id}" not in letter.body("plain")


async def test_what_cannot_wait_comes_alone_and_the_rest_with_the_digest(box: Postbox) -> None:
    nina = await reader(hour=now(hours=1).hour)
    pressing, rest = await notice(nina, FAILED, minutes=2), await notice(nina, GIVEN, minutes=2)
    await digests.sweep()
    assert await mailed() == {pressing.id: True, rest.id: False}
    assert box.letters[0].mail["Subject"] == "Galley: 1 failed to publish"
    assert "1 thing that cannot wait." in box.letters[0].body("plain")
    await notice(nina, FAILED, minutes=1)
    await digests.sweep()
    assert len(box.letters) == 1, "a minute lies between two letters"


async def test_a_digest_is_not_sent_twice_although_something_older_turns_up(box: Postbox) -> None:
    nina = await reader(urgent=False)
    await notice(nina)
    await digests.sweep()
    await notice(nina, minutes=80)
    await sql.run("UPDATE person SET digested_at = date_trunc('hour', now()) + interval '1 ms', mailed_at = NULL")
    await digests.sweep()
    assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("zone", "hour", "at", "last"),
    [
        ("Europe/Berlin", 8, "2026-11-21 07:00Z", "2026-11-21 07:00Z"),
        ("Europe/Berlin", 8, "2026-11-21 06:59Z", "2026-11-20 07:00Z"),
        ("Asia/Kolkata", 8, "2026-11-21 02:30Z", "2026-11-21 02:30Z"),
        ("Pacific/Kiritimati", 23, "2026-11-21 09:30Z", "2026-11-21 09:00Z"),
        ("Europe/Berlin", 2, "2026-03-29 00:59Z", "2026-03-28 01:00Z"),  # 02:00 is left out that day
        ("Europe/Berlin", 2, "2026-03-29 01:00Z", "2026-03-29 01:00Z"),
        ("Europe/Berlin", 2, "2026-03-30 00:00Z", "2026-03-30 00:00Z"),
        ("Europe/Berlin", 2, "2026-10-25 00:59Z", "2026-10-24 00:00Z"),  # 02:00 comes twice; the second one counts
        ("Europe/Berlin", 2, "2026-10-25 01:00Z", "2026-10-25 01:00Z"),
        ("Europe/Berlin", 2, "2026-10-26 00:59Z", "2026-10-25 01:00Z"),
        ("America/Santiago", 0, "2026-09-06 04:00Z", "2026-09-06 04:00Z"),  # midnight is left out
    ],
)
async def test_the_last_moment_of_a_digest_follows_the_readers_clock(zone: str, hour: int, at: str, last: str) -> None:
    daily = digests.DAILY.replace("now()", "$3::timestamptz")
    asked = f"SELECT {daily} FROM (SELECT $1::text AS zone, $2::int AS mail_hour) p, (SELECT 'UTC' AS zone) t"
    found = await sql.value(asked, zone, hour, datetime.fromisoformat(at))
    assert found == datetime.fromisoformat(last)


async def test_a_year_of_digests_is_one_a_day_through_every_change_of_clocks(database: object) -> None:
    daily = digests.DAILY.replace("now()", "h")
    for zone in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"):
        for hour in (0, 1, 2, 3, 23):
            moments = f"""SELECT count(DISTINCT {daily}) FROM
              generate_series('2026-01-03 12:00Z'::timestamptz, '2027-01-03 11:30Z', interval '30 minutes') h,
              (SELECT $1::text AS zone, $2::int AS mail_hour) p, (SELECT 'UTC' AS zone) t"""
            assert await sql.value(moments, zone, hour) in (365, 366), (zone, hour)


async def test_a_time_written_by_a_clock_that_ran_ahead_holds_nothing_up(box: Postbox) -> None:
    nina = await reader(mail_next_at=now(days=400), digested_at=now(days=400), mailed_at=now(days=400))
    await notice(nina)
    await digests.sweep()
    assert len(box.letters) == 1


async def test_what_somebody_else_decided_meanwhile_is_not_said_to_wait(box: Postbox) -> None:
    nina, jonas = await reader(), await reader()
    done, open_still = await make_post("rejected"), await make_post()
    for post in (done, open_still):
        await notice(nina, ASKED, post=post)
    await notice(jonas, ASKED, post=done)
    await digests.sweep()
    await digests.sweep()
    (letter,) = box.letters
    assert (letter.to, letter.mail["Subject"]) == (nina.email, "Galley: 1 waiting for your approval")
    assert all((await mailed()).values())


# What


async def test_at_most_fifty_are_listed_and_the_rest_is_counted(box: Postbox) -> None:
    nina = await reader()
    for number in range(57):
        await notice(nina, FAILED if number == 3 else GIVEN)
    await digests.sweep()
    (letter,) = box.letters
    assert letter.mail["Subject"] == "Galley: 1 failed to publish, 56 assigned to you"
    assert len(set(re.findall(r"/notices/(\d+)", letter.body("plain")))) == 50
    assert "And 7 more: " in letter.body("plain") and "And 7 more" in letter.body("html")
    assert list((await mailed()).values()) == [True] * 57


async def test_the_subject_names_three_kinds_and_counts_the_others(box: Postbox) -> None:
    nina = await reader()
    post = await make_post()
    for kind in NoticeKind:
        await notice(nina, kind, post=post)
    await digests.sweep()
    said = box.letters[0].mail["Subject"]
    assert said.startswith("Galley: 1 failed to publish, 1 published only in part, 1 not confirmed, ")
    assert said.endswith(f"{len(NoticeKind) - 3} more")


@pytest.mark.parametrize("title", ["A\r\nBcc: all@example.com", "\u202egnp.exe", "<script>x</script>", "x" * 10_000])
async def test_no_title_breaks_out_of_a_letter(box: Postbox, title: str) -> None:
    nina = await reader(name="Nina\nBcc: all@example.com")
    post = await make_post(title=title)
    await notice(nina, post=post)
    await digests.sweep()
    (letter,) = box.letters
    assert letter.mail["Bcc"] is None and "\u202e" not in letter.body("plain")
    assert "<script>" not in letter.body("html")
    assert len(letter.raw) < 10_000


def test_every_kind_has_words_for_one_and_for_several() -> None:
    assert set(digest_words.COUNTED) == set(NoticeKind)
    assert set(URGENT) < set(NoticeKind)


async def test_a_kind_that_another_version_knew_is_told_all_the_same(box: Postbox) -> None:
    nina = await reader()
    await sql.run("INSERT INTO notice (person, kind, at) VALUES ($1, 'eclipse', now() - interval '2 hours')", nina.id)
    await digests.sweep()
    assert box.letters[0].mail["Subject"] == "Galley: 1 new"


async def test_a_digest_says_what_will_not_go_out_tomorrow_either(box: Postbox) -> None:
    nina = await reader()
    soon = now(hours=20)
    await make_post(author=nina, planned_on=soon.date(), planned_time=soon.time(), channels=[await make_channel()])
    await notice(nina)
    await digests.sweep()
    (letter,) = box.letters
    assert "Of your one post of the next 24 hours 1 " in letter.body("plain")
    assert "/forecast" in letter.body("html")


# Whatever the server does


async def test_two_workers_write_each_letter_once(box: Postbox) -> None:
    people = [await reader() for _ in range(5)]
    for person in people:
        await notice(person)
    await asyncio.gather(*(digests.sweep() for _ in range(4)))
    assert addressees(box) == sorted(person.email for person in people)


async def test_a_worker_that_died_leaves_its_letter_to_the_next_one_after_its_lease(box: Postbox) -> None:
    nina = await reader()
    await notice(nina)
    assert await digests._claimed()
    await digests.sweep()
    assert box.letters == []
    await sql.run("UPDATE person SET mail_next_at = now() - interval '1 second'")
    await digests.sweep()
    assert len(box.letters) == 1 and list((await mailed()).values()) == [True]


async def test_a_worker_that_was_too_slow_changes_nothing(box: Postbox) -> None:
    nina = await reader()
    await notice(nina)
    late = await digests._claimed()
    assert late
    await sql.run("UPDATE person SET mail_next_at = now() - interval '1 second'")
    assert await digests._claimed()
    held = await standing(nina)
    await digests._settle(late, Bounced("550 no"))
    assert (await standing(nina))["mail_next_at"] == held["mail_next_at"]
    assert (await standing(nina))["mail_refused_at"] is None


async def test_nothing_of_the_database_is_held_while_the_server_thinks(box: Postbox) -> None:
    nina = await reader()
    await notice(nina)
    box.play("MAIL", HANG)
    sweeping = asyncio.create_task(digests.sweep())
    await asyncio.sleep(0.2)
    await asyncio.wait_for(sql.run("UPDATE person SET name = 'Other'"), 0.2)
    await sweeping


async def test_a_server_that_is_away_is_asked_again_after_waits_that_grow(box: Postbox) -> None:
    nina = await reader()
    await notice(nina)
    waits = []
    for _ in range(3):
        box.play("CONNECT", "421 4.3.2 Not now")
        await digests.sweep()
        waits.append(round((await standing(nina))["wait"].total_seconds(), -1))
        await sql.run("UPDATE person SET mail_next_at = now()")
    assert waits == [60, 120, 240]
    assert (await standing(nina))["mail_note"] == "421 4.3.2 Not now"
    await digests.sweep()
    after = await standing(nina)
    assert (after["mail_tries"], after["mail_note"], after["mail_next_at"]) == (0, "", None)
    assert len(box.letters) == 1


def test_no_wait_is_longer_than_an_hour() -> None:
    assert digests._wait(40) == 3600


async def test_a_server_that_is_away_is_left_alone_for_this_turn(box: Postbox) -> None:
    for _ in range(3):
        await notice(await reader())
    box.play("MAIL", "451 4.3.0 Out of order")
    await digests.sweep()
    assert box.letters == []
    await digests.sweep()
    assert len(box.letters) == 2


async def test_a_mailbox_that_is_busy_keeps_nobody_else_waiting(box: Postbox) -> None:
    for _ in range(3):
        await notice(await reader())
    box.play("RCPT", "450 4.2.1 Busy")
    await digests.sweep()
    assert len(box.letters) == 2


async def test_an_address_that_is_refused_is_never_tried_again_by_itself(box: Postbox) -> None:
    nina, jonas = await reader(), await reader()
    kept = await notice(nina)
    await notice(jonas)
    box.play("RCPT", "550 5.1.1 No such user")
    await digests.sweep()
    await digests.sweep()
    assert addressees(box) == [jonas.email]
    found = await standing(nina)
    assert found["mail_refused_at"] and found["mail_note"] == "550 5.1.1 No such user"
    assert (await mailed())[kept.id] is False
    assert await sql.value("SELECT mailing_at FROM notice WHERE id = $1", kept.id) is None


@pytest.mark.parametrize("lost", [DROP, HANG])
async def test_a_lost_answer_repeats_a_letter_once_and_never_twice(box: Postbox, lost: str) -> None:
    nina = await reader()
    await notice(nina)
    for _ in range(4):
        box.play("TEXT", lost)
        await digests.sweep()
        await sql.run("UPDATE person SET mail_next_at = now() WHERE mail_next_at IS NOT NULL")
    assert len(box.letters) == 2
    assert box.letters[0].mail["Message-ID"] == box.letters[1].mail["Message-ID"]
    assert list((await mailed()).values()) == [True]


async def test_without_a_mail_server_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "")
    monkeypatch.setattr(digests, "settings", lambda: read({}))
    nina = await reader()
    await notice(nina)
    await digests.sweep()
    assert (await standing(nina))["mail_next_at"] is None


async def test_wrong_settings_are_told_once_and_end_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    at(monkeypatch, "nonsense://me:secret1234@host")
    await digests.sweep()
    await digests.sweep()
    assert caplog.text.count("No e-mail goes out. SMTP_URL is no address") == 1
    assert "secret1234" not in caplog.text


def test_the_worker_sweeps_it_where_nothing_that_publishes_waits() -> None:
    assert digests.sweep in worker.ASIDE
    assert digests.sweep not in worker.SWEEPS
