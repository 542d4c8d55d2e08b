"""The words of a digest: what and how many in the subject, then every notice with the link that opens it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from uuid import uuid4

from app.flow import mail_wishes, notice_words, outlook
from app.flow.mail_wishes import How
from app.flow.notice_words import Told
from app.flow.notices import NoticeKind
from app.mail import Letter, drawn, one_line
from app.settings import settings
from app.times import moment

MOST = 50  # notices listed in one letter
LONGEST = 200  # letters of a line
NAMED = 3  # kinds in the subject
WHY = {
    How.DAILY.value: "Such an e-mail comes once a day, when there is something new.",
    How.HOURLY.value: "Such an e-mail comes every hour, when there is something new.",
    How.AT_ONCE.value: "Such an e-mail comes as soon as there is something new.",
}
PRESSING = "Failures and mentions come at once; everything else comes with your next regular e-mail."
OTHER = ("new", "new")  # of a kind that another version knew
RANK: dict[str, int] = {kind: number for number, kind in enumerate(NoticeKind)}
# Of one and of several, behind their number in the subject.
COUNTED: dict[str, tuple[str, str]] = {
    NoticeKind.PUBLISHING_FAILED: ("failed to publish", "failed to publish"),
    NoticeKind.PARTLY_PUBLISHED: ("published only in part", "published only in part"),
    NoticeKind.NOT_CONFIRMED: ("not confirmed", "not confirmed"),
    NoticeKind.UPDATE_FAILED: ("change that did not go out", "changes that did not go out"),
    NoticeKind.RESURFACED: ("live although taken back", "live although taken back"),
    NoticeKind.RECALL_REFUSED: ("not taken down", "not taken down"),
    NoticeKind.CHANGED_THERE: ("changed on its platform", "changed on their platforms"),
    NoticeKind.HELD_LATE: ("held for being late", "held for being late"),
    NoticeKind.CHANNEL_BROKEN: ("channel that stopped working", "channels that stopped working"),
    NoticeKind.WEBHOOK_PAUSED: ("paused webhook", "paused webhooks"),
    NoticeKind.WRITING_FAILED: ("not written", "not written"),
    NoticeKind.DAY_PASSED: ("past its day", "past their days"),
    NoticeKind.REMINDER: ("approval due", "approvals due"),
    NoticeKind.APPROVAL_ASKED: ("waiting for your approval", "waiting for your approval"),
    NoticeKind.CHANGES_ASKED: ("asked to be changed", "asked to be changed"),
    NoticeKind.MENTION: ("mention of you", "mentions of you"),
    NoticeKind.REPLY: ("reply", "replies"),
    NoticeKind.DECLINED: ("declined", "declined"),
    NoticeKind.ASSIGNED: ("assigned to you", "assigned to you"),
    NoticeKind.APPROVAL_GIVEN: ("approved", "approved"),
}
TRIAL = "This is the test e-mail you asked for. It arrived, so notices will."


@dataclass(frozen=True, slots=True)
class Line:
    """One notice: its sentence, perhaps more of it, the absolute address it opens, and when it was."""

    sentence: str
    detail: str
    href: str
    when: str


@dataclass(frozen=True, slots=True)
class Group:
    """The notices of one kind."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What templates/mail/digest.* show. `more`: how many are not listed; addresses are absolute."""

    name: str
    subject: str
    lead: str
    groups: tuple[Group, ...]
    more: int
    outlook: str
    why: str
    all: str
    forecast: str
    settings: str
    off: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What templates/mail/trial.* show."""

    name: str
    subject: str
    said: str
    settings: str
    off: str


async def letter(
    person: int, name: str, zone: str, notices: Sequence[tuple[int, str]], *, how: str, whole: bool
) -> Letter | None:
    """The letter about these notices (id and kind); None when there are none."""
    if not notices:
        return None
    known = [one for one in notices if one[1] in RANK]
    listed = sorted(known, key=lambda one: (_rank(one[1]), -one[0]))[:MOST]
    off, origin = mail_wishes.off_link(person), settings().origin
    digest = Digest(
        name=one_line(name, 80),
        subject=_subject(Counter(kind for _, kind in notices)),
        lead=_lead(len(notices), whole=whole),
        groups=await _groups([id for id, _ in listed], zone),
        more=len(notices) - len(listed),
        outlook=await outlook.of(person, zone) if whole else "",
        why=WHY[how] if whole else PRESSING,
        all=f"{origin}/notices",
        forecast=f"{origin}/forecast",
        settings=f"{origin}/settings/notifications",
        off=off,
    )
    text, html = drawn("digest", asdict(digest))
    key = f"notices-{person}-{max(id for id, _ in notices)}-{len(notices)}"
    return Letter(name, digest.subject, text, html, key, off)


def trial(name: str, off: str) -> Letter:
    """The letter of somebody who wants to see whether mail arrives."""
    origin = settings().origin
    shown = Trial(one_line(name, 80), "Galley: a test e-mail", TRIAL, f"{origin}/settings/notifications", off)
    text, html = drawn("trial", asdict(shown))
    return Letter(name, shown.subject, text, html, f"trial-{uuid4().hex}", off)


async def _groups(notices: Sequence[int], zone: str) -> tuple[Group, ...]:
    """The notices by kind, the most pressing kind first and in it the newest."""
    found = sorted(await notice_words.told(notices), key=lambda one: (_rank(one.kind), -one.id))
    return tuple(_group(kind, tuple(some), zone) for kind, some in groupby(found, key=lambda one: one.kind))


def _group(kind: str, notices: Sequence[Told], zone: str) -> Group:
    heading = COUNTED[kind][1]
    return Group(heading[0].upper() + heading[1:], tuple(_line(one, zone) for one in notices))


def _line(notice: Told, zone: str) -> Line:
    """Opened through its notice, which counts as looked at from then on."""
    when = moment(notice.at, zone, date.min)  # the date, since nobody knows on which day it is read
    href = f"{settings().origin}/notices/{notice.id}"
    return Line(one_line(notice.sentence, LONGEST), one_line(notice.detail, LONGEST), href, when)


def _subject(counts: Counter[str]) -> str:
    """What and how many, the most pressing first: 3 waiting for your approval, 1 failed to publish, 4 more."""
    kinds = sorted(counts, key=_rank)
    told = [_counted(kind, counts[kind]) for kind in kinds[:NAMED]]
    rest = sum(counts[kind] for kind in kinds[NAMED:])
    return "Galley: " + ", ".join([*told, f"{rest} more"] if rest else told)


def _counted(kind: str, count: int) -> str:
    one, many = COUNTED.get(kind, OTHER)
    return f"{count} {one if count == 1 else many}"


def _rank(kind: str) -> int:
    return RANK.get(kind, len(RANK))


def _lead(count: int, *, whole: bool) -> str:
    what = "thing" if count == 1 else "things"
    return f"{count} {what} you have not looked at yet." if whole else f"{count} {what} that cannot wait."
