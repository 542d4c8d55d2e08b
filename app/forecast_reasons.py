"""Will it publish? The pure judgement: what stands in the way of one future post, how grave it is, what helps."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from app.forecast_coming import Account, Coming, Reason, Verdict
from app.lifecycles import guards
from app.lifecycles.facts import Target
from app.lifecycles.machine import WORKER
from app.lifecycles.phrases import joined
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.times import TimeGap, city, day, folded, instant, local, moment

SILENT = 60.0  # seconds without a worker before nothing counts as safe
SOON = timedelta(hours=24)  # from here on a missing approval is a risk, not the usual course
OVERDUE = timedelta(minutes=2)
DELAY = timedelta(minutes=1)  # what spacing may cost without a word
FREEZE = "/settings/freeze"
HELD = {
    "late": "It is held: its time had passed before it could be sent.",
    "freeze": "It is held: sending was frozen when its time came.",
    "restore": "It is held since this desk was restored from a backup.",
}
BROKEN = {
    "expired_token": "the sign-in has expired",
    "permission_revoked": "it no longer lets us post",
    "rate_limited": "it asks us to wait",
    "platform_unavailable": "it does not answer",
    "invalid_settings": "something in its settings is wrong",
}


Rule = Callable[[Coming, str], Iterator[Reason]]


def judge(coming: Coming, zone: str) -> Verdict:
    """The verdict on one post, with its times told in `zone`."""
    reasons = tuple(reason for rule in RULES for reason in rule(coming, zone))
    grave = [reason for reason in reasons if reason.grave]
    if grave:
        dead = {reason.channel for reason in grave}
        elsewhere = None not in dead and len(dead) < len(coming.going)
        return Verdict("red", "Not everywhere" if elsewhere else "Will not publish", reasons)
    if not reasons:
        return Verdict("green", "Will publish", ())
    return Verdict("amber", "Not ready yet" if all(reason.usual for reason in reasons) else "At risk", reasons)


def _publisher(c: Coming, zone: str) -> Iterator[Reason]:
    if c.silence is None or c.silence > SILENT:
        since = "yet" if c.silence is None else f"for {max(int(c.silence // 60), 1)} min"
        yield Reason("worker", f"The publisher has not been seen {since}.", "Open log", "/log", grave=True)


def _stopped(c: Coming, zone: str) -> Iterator[Reason]:
    run, own = c.facts.run, f"/posts/{c.post}"
    if c.facts.frozen:
        yield Reason("freeze", "Sending is frozen until an admin lifts it.", "See the freeze", FREEZE, grave=True)
    if run and run.held_for:
        yield Reason("held", HELD.get(run.held_for, "It is held."), "Decide", own, grave=True)
    elif run and run.due_at and run.due_at < c.facts.now - OVERDUE:
        yield Reason("late", "Its time has come and it has not left yet.", "Open", own)
    if c.facts.recall:
        yield Reason("recall", guards.RECALLED, "Open", own)


def _approval(c: Coming, zone: str) -> Iterator[Reason]:
    f, own = c.facts, f"/posts/{c.post}"
    if f.status in REVIEW:
        yield _vote(c, zone)
    elif f.status in (PostStatus.APPROVED, PostStatus.SCHEDULED) and not (f.sealed and c.seal_holds):
        yield Reason("approval", "Its approval no longer matches the text.", "Open", own, grave=True)
    elif f.status == PostStatus.APPROVED:
        text = "It is approved and not scheduled."
        yield Reason("schedule", text, "Schedule", f"{own}/moves/schedule", usual=not _near(c), role="editor")


def _vote(c: Coming, zone: str) -> Reason:
    f = c.facts
    missing = max(f.needed - f.votes_with(None), 1)
    names = f.awaited()
    before = f"{',' if names else ''} before {_when(c, zone)}" if c.at and c.at > f.now else ""
    whose = f": {joined(*names)}" if names else ""
    text = f"Needs {missing} {'approval' if missing == 1 else 'approvals'}{whose}{before}."
    then = " Then somebody has to schedule it." if f.mode == "manual" else ""
    return Reason("approval", text + then, "Review", f"/posts/{c.post}", usual=not _near(c))


def _writing(c: Coming, zone: str) -> Iterator[Reason]:
    f, own = c.facts, f"/posts/{c.post}"
    if f.status in (PostStatus.GENERATING, PostStatus.TEXT_READY):
        yield Reason("writing", "It is being written.", usual=True)
    if f.status != PostStatus.PLANNED:
        return
    on = day(f.planned_on, f.today) if f.planned_on else "its day"
    if f.typed:
        yield Reason("writing", "Its text was begun by hand: send it to review.", "Edit", f"{own}/edit", role="writer")
    elif not f.writing_on:
        text = f"Automatic writing is off: without a text it is missed when {on} is over."
        yield Reason("writing", text, "Open", own)
    elif f.quota_left is not None and f.quota_left <= 0:
        yield Reason("quota", "This month's drafts are used up.", "Write it", f"{own}/edit", grave=True, role="writer")
    else:
        yield Reason("writing", f"Not written yet: writing starts {on}.", usual=True)


def _time(c: Coming, zone: str) -> Iterator[Reason]:
    f, change = c.facts, f"/posts/{c.post}/moves/set_time"
    if f.run:
        return
    if c.at is None and f.mode != "autopilot":
        yield Reason("time", "It has a day and no time.", "Pick a time", change, usual=True, role="writer")
    elif c.at and c.at <= f.now:
        yield Reason(
            "time", f"Its time ({_when(c, zone)}) has passed.", "Pick a new time", change, grave=True, role="writer"
        )


def _clock(c: Coming, zone: str) -> Iterator[Reason]:
    """The wall time people chose, and the instant that was made of it, on days when clocks are changed."""
    f, own = c.facts, f"/posts/{c.post}"
    if f.publish_at is None or f.planned_on is None or c.planned_time is None:
        return
    wall = datetime.combine(f.planned_on, c.planned_time.replace(second=0, microsecond=0))
    if local(f.publish_at, c.zone).replace(tzinfo=None, second=0, microsecond=0) != wall:
        yield Reason("clock", f"{_moved(c, wall)} It goes out {_when(c, c.zone)}.", "Open", own)
    elif folded(f.publish_at, c.zone):
        yield Reason("clock", f"{wall:%H:%M} comes twice that night: it goes out {_when(c, c.zone)}.", "Open", own)


def _moved(c: Coming, wall: datetime) -> str:
    try:
        instant(wall.date(), wall.time(), c.zone)
    except TimeGap as gap:
        return str(gap)
    return f"The rules of {city(c.zone)} time have changed since {wall:%H:%M} was chosen."


def _content(c: Coming, zone: str) -> Iterator[Reason]:
    f, own, edit = c.facts, f"/posts/{c.post}", f"/posts/{c.post}/edit"
    if undecided := guards.pictures_decided(f, WORKER):
        yield Reason("media", undecided, "Open", own, grave=not f.pictures_pending)
    if gaps := guards.gaps_closed(f, WORKER):
        yield Reason("gaps", gaps, "Edit", edit, role="writer")
    for found in c.misfits:
        yield Reason(
            "limits", f"{found.name}: {found.sentence}", "Edit", edit, grave=True, channel=found.channel, role="writer"
        )


def _channels(c: Coming, zone: str) -> Iterator[Reason]:
    if not c.facts.wanted:
        text, href = "No channel is chosen.", f"/posts/{c.post}/plan"
        yield Reason("channels", text, "Choose channels", href, grave=True, role="writer")
    for target in c.facts.wanted:
        if target.delivery == DeliveryStatus.UNCONFIRMED:
            text = f"Nobody has said yet whether it is live on {target.name}; that one is left out."
            yield Reason("unclear", text, "Open", f"/posts/{c.post}", channel=target.channel)
    for target in c.going:
        yield from _account(c, target, c.accounts.get(target.channel, Account()), zone)


def _account(c: Coming, target: Target, account: Account, zone: str) -> Iterator[Reason]:
    name, today = target.name, c.facts.today
    fix, href, at = f"Open {name}", f"/channels/{target.channel}", c.at or c.facts.now
    if not target.connected:
        yield Reason("channel", f"{name} is disconnected.", fix, href, grave=True, channel=target.channel)
    elif target.broken:
        why = BROKEN.get(target.broken, "it stopped working")
        yield Reason("channel", f"{name}: {why}.", f"Reconnect {name}", href, grave=True, channel=target.channel)
    elif account.token_expires_at and account.token_expires_at <= at:
        text = f"The sign-in of {name} ends {moment(account.token_expires_at, zone, today)}, before this goes out."
        yield Reason("token", text, f"Reconnect {name}", href, grave=True, channel=target.channel)
    if account.paused:
        yield Reason("paused", f"{name} is paused.", fix, href, grave=True, channel=target.channel)
    elif account.free_at and account.free_at - max(at, c.facts.now) > DELAY:
        text = f"Other posts go out first: {name} takes this one {moment(account.free_at, zone, today)}."
        yield Reason("spacing", text, fix, href, channel=target.channel)
    yield from _hand_off(c, target, account)


def _hand_off(c: Coming, target: Target, account: Account) -> Iterator[Reason]:
    said, own = f" (“{account.note.strip()}”)" if account.note.strip() else "", f"/posts/{c.post}"
    if target.error_kind == "changed_there":
        text = f"It was changed on {target.name}, and somebody has to say what follows."
        yield Reason("changed_there", text, "Decide", own, grave=True, channel=target.channel)
    elif account.refused_hand_off:
        text = f"{target.name} did not take it in advance{said}; we send it ourselves at its time."
        yield Reason("hand_off", text, "Open", own, channel=target.channel)


def _near(c: Coming) -> bool:
    return c.at is not None and c.at - c.facts.now < SOON


def _when(c: Coming, zone: str) -> str:
    return moment(c.at, zone, c.facts.today) if c.at else day(c.facts.planned_on or c.facts.today, c.facts.today)


RULES: tuple[Rule, ...] = (_publisher, _stopped, _approval, _writing, _time, _clock, _content, _channels)
