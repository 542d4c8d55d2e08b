"""Will it publish? The pure judgement: every reason, its colour, what helps, and silence when nothing is in the way."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.forecast_coming import Account, Coming, Verdict
from app.forecast_limits import Misfit
from app.forecast_reasons import judge
from app.lifecycles.facts import Approver, PostFacts, Run, Target

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WIRE = Target(1, "Wire", "webhook", delivery="pending")
BLOG = Target(2, "Blog", "site", delivery="pending")
SCHEDULED = PostFacts(
    "scheduled", 5, NOW, NOW.date(), planned_on=AT.date(), publish_at=AT, body=True, sealed=True,
    targets=(WIRE, BLOG), run=Run(1, "create", "scheduled", AT, None, ("pending", "pending")),
)  # fmt: skip
COMING = Coming(7, "Tides", "UTC", AT, time(9), SCHEDULED, {1: Account(), 2: Account()}, (), True, 3.0)
DRAFT = replace(
    COMING,
    facts=replace(
        SCHEDULED, status="generated_pending_review", sealed=False, run=None,
        targets=(replace(WIRE, delivery=None), replace(BLOG, delivery=None)),
    ),
)  # fmt: skip


def but(coming: Coming = COMING, **facts: object) -> Coming:
    return replace(coming, facts=replace(coming.facts, **facts))


def target(**values: object) -> Coming:
    """The scheduled post with something about its first channel."""
    return but(targets=(replace(WIRE, **values), BLOG))


def account(**values: object) -> Coming:
    return replace(COMING, accounts={1: replace(Account(), **values), 2: Account()})


def keys(verdict: Verdict) -> list[str]:
    return [reason.key for reason in verdict.reasons]


def test_what_nothing_stands_in_the_way_of_will_publish() -> None:
    verdict = judge(COMING, "UTC")
    assert (verdict.colour, verdict.label, verdict.reasons, verdict.risk) == ("green", "Will publish", (), "")


PLANNED = but(DRAFT, status="to_be_generated", body=False)
RED = [
    ("worker", replace(COMING, silence=None), "has not been seen yet"),
    ("worker", replace(COMING, silence=240.0), "has not been seen for 4 min"),
    ("freeze", but(frozen=True), "frozen"),
    ("held", but(run=replace(SCHEDULED.run, held_for="late")), "its time had passed"),
    ("held", but(run=replace(SCHEDULED.run, held_for="restore")), "restored"),
    ("approval", but(sealed=False), "no longer matches"),
    ("approval", replace(COMING, seal_holds=False), "no longer matches"),
    ("quota", but(PLANNED, writing_on=True, quota_left=0), "used up"),
    ("time", but(replace(DRAFT, at=NOW - timedelta(hours=1))), "has passed"),
    ("media", but(pictures_failed=1), "1 picture failed"),
    ("channels", but(DRAFT, targets=()), "No channel is chosen"),
]  # fmt: skip
ONE_CHANNEL = [
    ("limits", replace(COMING, misfits=(Misfit(1, "Wire", "It needs a title."),)), "Wire: It needs a title."),
    ("channel", target(connected=False), "Wire is disconnected"),
    ("channel", target(broken="expired_token"), "Wire: the sign-in has expired"),
    ("token", account(token_expires_at=AT - timedelta(hours=1)), "The sign-in of Wire ends Tue 24 Nov, 08:00 (UTC)"),
    ("paused", account(paused=True), "Wire is paused"),
    ("changed_there", but(targets=(replace(WIRE, delivery="handed_off", error_kind="changed_there"), BLOG)), "changed"),
]
AMBER = [
    ("late", replace(but(run=replace(SCHEDULED.run, due_at=NOW - timedelta(minutes=3))), at=NOW), "not left yet"),
    ("recall", but(recall="unschedule"), "being asked first"),
    ("hand_off", account(refused_hand_off=True, note="No room"), "did not take it in advance (“No room”)"),
    ("spacing", account(free_at=AT + timedelta(minutes=5)), "Wire takes this one Tue 24 Nov, 09:05"),
    ("unclear", target(delivery="unconfirmed"), "whether it is live on Wire"),
    ("gaps", but(DRAFT, gaps=2), "2 gaps are still open"),
    ("media", but(DRAFT, pictures_pending=1), "still being drawn"),
    ("writing", PLANNED, "Automatic writing is off"),
    ("writing", but(PLANNED, typed=True), "begun by hand"),
]
NAMED = (Approver(1, "Ada"), Approver(2, "Bo"))
USUAL = [
    ("approval", DRAFT, "Needs 1 approval before Tue 24 Nov, 09:00 (UTC)."),
    ("approval", but(DRAFT, needed=3, voters=frozenset({1}), mode="manual"), "Needs 2 approvals"),
    ("approval", but(DRAFT, needed=2, named=NAMED), "Needs 2 approvals: Ada and Bo, before Tue 24 Nov, 09:00 (UTC)."),
    ("approval", but(DRAFT, needed=2, named=NAMED, voters=frozenset({1})), "Needs 1 approval: Bo, before Tue 24 Nov"),
    ("schedule", but(DRAFT, status="approved", sealed=True), "approved and not scheduled"),
    ("writing", but(PLANNED, writing_on=True), "writing starts Tue 24 Nov"),
    ("writing", but(DRAFT, status="generating"), "being written"),
    ("time", replace(but(PLANNED, writing_on=True, publish_at=None), at=None, planned_time=None), "no time"),
]


@pytest.mark.parametrize(("key", "coming", "said"), RED, ids=[f"{key}-{n}" for n, (key, *_) in enumerate(RED)])
def test_what_stops_it_everywhere_is_red(key: str, coming: Coming, said: str) -> None:
    verdict = judge(coming, "UTC")
    reason = next(reason for reason in verdict.reasons if reason.key == key)
    assert (verdict.colour, verdict.label, reason.grave) == ("red", "Will not publish", True)
    assert said in reason.text and said in verdict.risk
    assert reason.href.startswith("/") and reason.fix


@pytest.mark.parametrize(
    ("key", "coming", "said"), ONE_CHANNEL, ids=[f"{k}-{n}" for n, (k, *_) in enumerate(ONE_CHANNEL)]
)
def test_what_stops_it_on_one_channel_says_which(key: str, coming: Coming, said: str) -> None:
    verdict = judge(coming, "UTC")
    assert (verdict.colour, verdict.label, keys(verdict)) == ("red", "Not everywhere", [key])
    assert said in verdict.reasons[0].text and verdict.reasons[0].channel == 1
    alone = but(coming, targets=coming.facts.targets[:1])
    assert judge(alone, "UTC").label == "Will not publish"


@pytest.mark.parametrize(("key", "coming", "said"), AMBER, ids=[f"{key}-{n}" for n, (key, *_) in enumerate(AMBER)])
def test_what_may_go_wrong_is_at_risk(key: str, coming: Coming, said: str) -> None:
    verdict = judge(coming, "UTC")
    reason = next(reason for reason in verdict.reasons if reason.key == key)
    assert (verdict.colour, verdict.label, reason.grave) == ("amber", "At risk", False)
    assert said in reason.text and said in verdict.risk


@pytest.mark.parametrize(("key", "coming", "said"), USUAL, ids=[f"{key}-{n}" for n, (key, *_) in enumerate(USUAL)])
def test_the_usual_way_is_amber_and_marks_no_card(key: str, coming: Coming, said: str) -> None:
    verdict = judge(coming, "UTC")
    assert (verdict.colour, verdict.label, verdict.risk) == ("amber", "Not ready yet", "")
    assert said in next(reason.text for reason in verdict.reasons if reason.key == key)


@pytest.mark.parametrize("status", ["generated_pending_review", "modified_pending_review"])
def test_an_approval_that_is_missing_a_day_before_is_a_risk(status: str) -> None:
    near = but(replace(DRAFT, at=NOW + timedelta(hours=23)), status=status)
    assert judge(near, "UTC").label == "At risk" and "Needs 1 approval" in judge(near, "UTC").risk


def test_a_channel_that_has_it_already_stands_in_nobodys_way() -> None:
    assert judge(target(delivery="published", broken="expired_token"), "UTC").colour == "green"


def test_a_run_without_a_time_goes_out_now() -> None:
    queued = replace(but(run=replace(SCHEDULED.run, due_at=None)), at=NOW)
    assert judge(queued, "UTC").colour == "green"
    tired = replace(queued, accounts={1: Account(token_expires_at=NOW - timedelta(seconds=1)), 2: Account()})
    assert keys(judge(tired, "UTC")) == ["token"]


def planned(on: date, wall: time, at: datetime, zone: str = "Europe/Berlin") -> Coming:
    facts = replace(SCHEDULED, planned_on=on, publish_at=at, run=replace(SCHEDULED.run, due_at=at))
    return replace(COMING, zone=zone, at=at, planned_time=wall, facts=facts)


def test_a_time_that_comes_twice_says_which_one_is_meant() -> None:
    first = planned(date(2027, 10, 31), time(2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC))
    second = planned(date(2027, 10, 31), time(2, 30), datetime(2027, 10, 31, 1, 30, tzinfo=UTC))
    told = [judge(coming, "UTC").reasons[0].text for coming in (first, second)]
    assert told[0] == "02:30 comes twice that night: it goes out Sun 31 Oct 2027, 02:30 (Berlin, UTC+02)."
    assert "UTC+01" in told[1]


def test_a_time_that_clocks_skip_says_when_it_goes_out() -> None:
    skipped = planned(date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC))
    reason = judge(skipped, "UTC").reasons[0]
    assert reason.key == "clock" and reason.text.startswith("02:30 does not exist on 28 March in Berlin.")
    assert reason.text.endswith("It goes out Sun 28 Mar 2027, 03:30 (Berlin).")


def test_rules_of_a_zone_that_changed_are_noticed() -> None:
    changed = planned(date(2027, 6, 1), time(9), datetime(2027, 6, 1, 8, 0, tzinfo=UTC))
    reason = judge(changed, "UTC").reasons[0]
    assert "The rules of Berlin time have changed since 09:00 was chosen." in reason.text
    assert "Tue 1 Jun 2027, 10:00 (Berlin)" in reason.text


def test_seconds_that_a_key_asked_for_are_no_change_of_rules() -> None:
    exact = planned(date(2027, 6, 1), time(9), datetime(2027, 6, 1, 7, 0, 30, tzinfo=UTC))
    assert judge(exact, "UTC").colour == "green"
