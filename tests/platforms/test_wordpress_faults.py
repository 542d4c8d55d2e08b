"""A WordPress that misbehaves: every fault gets an honest value, and nothing comes to be twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from app import safe_http
from app.platforms import platform, wordpress_wire
from app.platforms.contract import (
    Connected,
    HandedOff,
    NotSent,
    Outcome,
    Published,
    Refused,
    Removed,
    Sighting,
    TryLater,
    Unknown,
    WentOn,
)
from app.platforms.wordpress_address import credentials
from app.safe_http import Call, Failure, Reply, host_port

from .faults import Fault
from .test_conformance import FAULTS, named
from .wordpress_peer import Peer, article, later, ours, parcel, picture, through
from .wordpress_site import PASSWORD, WordPressSite

WP = platform("wordpress")
DEADLINE = 0.3
HANGS = ("hold", "hold_before", "drip")
VERBS = ("publish", "update", "remove", "hand_off", "reschedule", "unschedule", "nudge", "look", "connect")
UNCLEAR = ("drop_after", "hold", "cut", "nonsense", "page", "status_after", "huge", "damaged_gzip", "error_inside")


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WordPressSite]:
    """Patient, so that a busy machine is no fault; only where the next answer never comes is it cut short."""
    there: list[WordPressSite] = []

    async def send(call: Call, *, allow: frozenset[str] | None = None) -> Reply | Failure:
        hangs = any(fault.kind in HANGS for fault in there[0].script)
        return await safe_http.send(replace(call, seconds=DEADLINE) if hangs else call, allow=allow)

    monkeypatch.setattr(wordpress_wire, "send", send)
    async with ours(monkeypatch) as site:
        there.append(site)
        yield site


def peer(site: WordPressSite) -> Peer:
    return Peer(site.origin)


async def made(site: WordPressSite) -> tuple[Any, int]:
    """A live item, and how many requests that took."""
    sent = parcel(peer(site).account(categories="", tags=""), due_at=later())
    outcome, _ = await through("publish", sent)
    assert isinstance(outcome, Published)
    return replace(sent, remote_id=outcome.remote_id, remote_url=outcome.url), len(site.requests())


@pytest.mark.parametrize("fault", FAULTS, ids=named)
async def test_every_verb_answers_every_fault_with_a_value(site: WordPressSite, fault: Fault) -> None:
    sent, _ = await made(site)
    for verb in VERBS:
        site.script.clear()
        site.play(replace(fault, times=4))
        sending = replace(sent, key=f"new-{verb}", remote_id="") if verb in ("publish", "hand_off") else sent
        outcome = await getattr(WP, verb)(sending.account if verb == "connect" else sending)
        allowed = {"look": get_args(Sighting), "connect": (Connected, Refused)}.get(verb, get_args(Outcome))
        assert isinstance(outcome, allowed), (verb, outcome)
        assert getattr(outcome, "note", "x").strip(), verb


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fault", ["none", "drop_after"])
async def test_a_verb_writes_at_most_once(site: WordPressSite, verb: str, fault: str) -> None:
    sent, before = await made(site)
    if fault != "none":
        site.play(Fault(fault, times=9, on=("POST",)))
    sending = replace(sent, remote_id="", key="new") if verb in ("publish", "hand_off") else sent
    await getattr(WP, verb)(sending.account if verb == "connect" else sending)
    assert len([row for row in site.requests()[before:] if row["method"] != "GET"]) <= 1


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.kind not in ("slow", "call_twice", "call_early")], ids=named)
async def test_a_look_that_fails_never_says_absent_or_removed(site: WordPressSite, fault: Fault) -> None:
    sent, _ = await made(site)
    site.play(replace(fault, times=3))
    for asked in (sent, replace(sent, remote_id="", key="never-sent")):
        assert isinstance(await WP.look(asked), Unknown)


@pytest.mark.parametrize("fault", UNCLEAR)
async def test_a_write_without_a_clear_answer_is_unknown_and_repeating_it_makes_no_second(
    site: WordPressSite, fault: str
) -> None:
    sent = parcel(peer(site).account(), article(picture("Roses")))
    for _ in range(6):  # every step: the picture, three terms, the draft, the text
        site.play(Fault(fault, status=500, on=("POST",)))
        assert isinstance(await WP.publish(sent), Unknown)
        site.release.set()
        await asyncio.sleep(0.02)
        site.release.clear()
    outcome, _ = await through("publish", sent)
    assert isinstance(outcome, Published)
    assert (len(site.posts), len(site.library.media), len(site.log.effects("publish"))) == (1, 1, 1)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "hold", "nonsense", "page"])
async def test_a_read_that_fails_is_certainly_not_sent(site: WordPressSite, fault: str) -> None:
    sent, before = await made(site)
    site.play(Fault(fault, on=("GET",), times=3))
    assert isinstance(await WP.update(sent), NotSent)
    assert all(row["method"] == "GET" for row in site.requests()[before:])


async def test_a_closed_port_is_provably_not_sent(site: WordPressSite) -> None:
    sent, _ = await made(site)
    await site.stop()
    for verb in (WP.publish, WP.update, WP.remove, WP.nudge):
        outcome = await verb(sent)
        assert isinstance(outcome, NotSent) and outcome.kind == "platform_unavailable"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "rest_invalid_param", "content_rejected"), (400, "empty_content", "content_rejected"),
        (401, "rest_cannot_create", "expired_token"), (401, "incorrect_password", "expired_token"),
        (403, "rest_cannot_publish", "permission_revoked"), (403, "rest_forbidden_context", "permission_revoked"),
        (404, "rest_no_route", "invalid_settings"), (404, "rest_post_invalid_id", "changed_there"),
        (410, "rest_already_trashed", "changed_there"), (413, "", "content_rejected"),
        (500, "rest_upload_unknown_error", "content_rejected"), (500, "rest_upload_sideload_error", "content_rejected"),
        (501, "application_passwords_disabled", "permission_revoked"),
    ],
)  # fmt: skip
async def test_a_refusal_is_told_by_its_code_first(site: WordPressSite, status: int, code: str, kind: str) -> None:
    sent, _ = await made(site)
    body = json.dumps({"code": code, "message": "It <b>won&#8217;t</b> do.", "data": {"status": status}})
    site.play(Fault("status", status=status, body=body if code else "<html>no</html>", on=("POST",)))
    outcome = await WP.update(sent)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.answer.status) == (kind, status)
    if status in (400, 403):
        assert outcome.note == "Peer says: It won’t do."


@pytest.mark.parametrize("status", [403, 406])
async def test_a_firewall_in_front_of_it_says_nothing_of_the_account(site: WordPressSite, status: int) -> None:
    """Its rules stop one text and not the next; called a lost right, it would stop every post of the channel."""
    sent, _ = await made(site)
    page = {"content-type": "text/html"}
    site.play(Fault("status", status=status, body="<html>Forbidden", headers=page, on=("POST",)))
    outcome = await WP.update(sent)
    assert isinstance(outcome, TryLater)
    assert outcome.kind == "platform_unavailable" and "firewall" in outcome.note


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=429, headers={"retry-after": "90"}), "rate_limited"),
        (Fault("status", status=503), "platform_unavailable"),
        (Fault("status", status=500, body='{"code": "db_insert_error", "data": null}'), "platform_unavailable"),
    ],
)
async def test_patience_is_asked_for(site: WordPressSite, fault: Fault, kind: str) -> None:
    sent, _ = await made(site)
    site.play(replace(fault, on=("POST",)))
    outcome = await WP.update(sent)
    assert isinstance(outcome, TryLater) and outcome.kind == kind
    assert (outcome.at is not None) == (fault.status == 429)


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_broken_server_leaves_the_outcome_open(site: WordPressSite, status: int) -> None:
    sent, _ = await made(site)
    site.play(Fault("status", status=status, body='{"code": "wp_die", "message": "x", "data": {}}', on=("POST",)))
    assert isinstance(await WP.update(sent), Unknown)


async def test_no_answer_carries_the_password_in_any_spelling(site: WordPressSite) -> None:
    sent, _ = await made(site)
    site.play(Fault("echo", times=30))
    heard = [await getattr(WP, verb)(sent.account if verb == "connect" else sent) for verb in VERBS]
    said = " ".join(str(outcome) for outcome in heard)
    assert "[hidden]" in said
    coded = credentials(sent.account)
    assert not any(form in said for form in (PASSWORD, PASSWORD.replace(" ", ""), coded))


async def test_plain_permalinks_are_found_behind_the_query(site: WordPressSite) -> None:
    site.plain = True
    sent, _ = await made(site)
    assert isinstance(await WP.update(sent), Published)
    assert isinstance(await WP.connect(sent.account), Connected)


async def test_a_site_that_changes_its_permalinks_is_found_again(site: WordPressSite) -> None:
    sent, _ = await made(site)
    site.plain = True
    assert isinstance(await WP.update(sent), Refused)
    assert isinstance(await WP.update(sent), Published)


async def test_a_page_that_is_no_wordpress_does_not_connect(site: WordPressSite) -> None:
    site.play(Fault("page", times=2))
    outcome = await WP.connect(peer(site).account())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "invalid_settings" and "REST API" in outcome.note


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_site_that_is_down_when_first_asked_is_not_taken_for_no_wordpress(
    site: WordPressSite, status: int
) -> None:
    site.play(Fault("status", status=status, times=2))
    sent = parcel(peer(site).account())
    assert isinstance(await WP.publish(sent), NotSent | TryLater)
    site.script.clear()
    assert isinstance((await through("publish", sent))[0], Published)


async def test_a_password_is_never_sent_in_clear_over_the_internet(site: WordPressSite) -> None:
    for url in ("http://example.com", "http://169.254.169.254"):
        outcome = await WP.connect(peer(site).account(url=url))
        assert isinstance(outcome, Refused)
        assert outcome.kind == "invalid_settings" and "https://" in outcome.note
    assert not site.requests()


async def test_an_address_that_leads_elsewhere_is_told(site: WordPressSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async with WordPressSite() as other:
        site.play(Fault("redirect", status=301, headers={"location": f"{other.origin}/wp-json/"}))
        both = frozenset(host_port(one.origin) for one in (site, other))
        monkeypatch.setattr("app.safe_http.client.opened", lambda: both)
        outcome = await WP.connect(peer(site).account())
        assert isinstance(outcome, Refused)
        assert outcome.kind == "invalid_settings"


async def test_a_site_that_moved_since_is_told_and_not_taken_for_a_dead_password(
    site: WordPressSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever follows to another address leaves the credentials behind, and is answered as anybody would be."""
    await WP.connect(peer(site).account())
    async with WordPressSite() as other:
        both = frozenset(host_port(one.origin) for one in (site, other))
        monkeypatch.setattr("app.safe_http.client.opened", lambda: both)
        site.play(Fault("redirect", status=301, headers={"location": f"{other.origin}/wp-json/wp/v2/posts"}, times=9))
        outcome = await WP.publish(parcel(peer(site).account()))
        assert isinstance(outcome, Refused)
        assert (outcome.kind, outcome.note) == (
            "invalid_settings", f"{site.origin} leads to {other.origin}; use that address."
        )  # fmt: skip
        assert not other.log.effects()


@pytest.mark.parametrize(("user", "lacks"), [("contributor", "publish posts or upload pictures"), ("author", "")])
async def test_a_role_that_is_too_small_is_named(site: WordPressSite, user: str, lacks: str) -> None:
    outcome = await WP.connect(peer(site).account(user=user, categories=""))
    if not lacks:
        assert isinstance(outcome, Connected)
        return
    assert isinstance(outcome, Refused)
    assert outcome.kind == "permission_revoked" and lacks in outcome.note


async def test_an_author_cannot_promise_a_category_that_is_not_there(site: WordPressSite) -> None:
    outcome = await WP.connect(peer(site).account(user="author", categories="Uncategorized, Gardens"))
    assert isinstance(outcome, Refused)
    assert outcome.kind == "invalid_settings" and "Gardens" in outcome.note
    sent = await WP.publish(parcel(peer(site).account(user="author", categories="Gardens", tags="")))
    assert isinstance(sent, Refused) and sent.kind == "invalid_settings"


async def test_a_search_that_lags_behind_asks_for_a_term_once(site: WordPressSite) -> None:
    site.library.terms["tags"][99] = "roses"
    site.library.searched = False
    outcome, steps = await through("publish", parcel(peer(site).account(categories="", tags="Roses")))
    assert isinstance(outcome, Published) and steps == ["tags", "reserve"]
    assert site.posts[int(outcome.remote_id)]["tags"] == [99]


async def test_a_site_whose_clock_runs_fast_is_handed_nothing_it_would_publish_early(site: WordPressSite) -> None:
    site.ahead = timedelta(minutes=10)
    outcome, _ = await through("hand_off", parcel(peer(site).account(), due_at=later(minutes=5)))
    assert isinstance(outcome, Refused)
    assert not site.log.effects("publish")


async def test_what_missed_its_time_is_nudged_once_and_keeps_its_date(site: WordPressSite) -> None:
    site.cron = False
    sent = parcel(peer(site).account(), due_at=later())
    held, _ = await through("hand_off", sent)
    assert isinstance(held, HandedOff)
    site.pass_time(hours=3)
    planned = site.posts[int(held.remote_id)]["date"]
    sent = replace(sent, remote_id=held.remote_id)
    assert isinstance(await WP.look(sent), HandedOff)
    for _ in range(2):
        assert isinstance(await WP.nudge(sent), Published)
    assert len(site.log.effects("publish")) == 1
    assert site.posts[int(held.remote_id)]["date"] == planned


async def test_an_address_that_a_cache_still_shows_is_not_taken_down_yet(site: WordPressSite) -> None:
    sent, _ = await made(site)
    path = sent.remote_url.removeprefix(site.origin)
    site.cached.add(path)
    outcome = await WP.remove(sent)
    assert isinstance(outcome, TryLater) and outcome.at is not None and "cache" in outcome.note
    site.cached.clear()
    assert isinstance(await WP.remove(sent), Removed)


async def test_concurrent_writers_lose_schedules_there_and_one_lane_does_not(site: WordPressSite) -> None:
    """The reason for the lane, played on our own WordPress as the real one does it."""
    sent = [parcel(peer(site).account(), due_at=later()) for _ in range(8)]
    assert len({WP.lane(one.account) for one in sent}) == 1
    await asyncio.gather(*(through("hand_off", one) for one in sent))
    assert len(site.events) < 8
    site.events = frozenset()
    for one in sent:
        await through("hand_off", replace(one, key=one.key + "x"))
    assert len(site.events) == 8


def test_one_site_is_one_lane_however_it_is_spelled() -> None:
    spelled = ("https://Blog.example.com", "http://blog.example.com/", "https://www.blog.example.com/wp-admin")
    assert len({WP.lane(Peer(url).account()) for url in spelled}) == 1
    others = ("https://blog.example.com/en", "https://example.com")
    assert len({WP.lane(Peer(url).account()) for url in (*others, spelled[0])}) == 3


def test_what_it_would_refuse_is_said_before() -> None:
    account, sound = Peer("https://blog.example.com").account(), article(picture("Roses"), slug="a")
    assert WP.check(replace(sound, body="x"), account) == ()
    odd = replace(picture("Odd"), mime="image/tiff")
    said = WP.check(replace(sound, title=" ", body="", slug="x" * 201, pictures=(odd,)), account)
    assert len(said) == 4


def test_the_digest_is_stable_and_tells_steps_and_parcels_apart() -> None:
    sent = parcel(Peer("https://blog.example.com").account())
    others = (replace(sent, progress={"step": "reserve", "id": "4"}), replace(sent, content=article(title="Other")))
    assert WP.digest(sent, "create") == WP.digest(sent, "create")
    digests = {WP.digest(one, "create") for one in (sent, *others)} | {WP.digest(sent, "remove")}
    assert len(digests) == 4


async def test_a_step_that_went_on_names_what_it_put_there(site: WordPressSite) -> None:
    roses = picture("Roses")
    outcome = await WP.publish(parcel(peer(site).account(), article(roses)))
    assert isinstance(outcome, WentOn)
    assert outcome.uploads == {roses.sha256: str(next(iter(site.library.media)))}
