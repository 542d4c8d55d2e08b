"""What a delivery waits to be told by a person: its mark, its sentence, its buttons. For rows, inbox and doors."""

from dataclasses import dataclass

from app.flow import changed_there, resurfaced
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts, Target
from app.lifecycles.guards import RECALLED
from app.pages.buttons import Button, by_person
from app.pages.details import Sent
from app.sessions import Who
from app.times import moment


@dataclass(frozen=True, slots=True)
class Way:
    """One answer: the button's words, and what the button that does it says."""

    label: str
    icon: str
    tone: str
    submit: str


CHANGED = {
    "use_their_time": Way("Use their time", "calendar-check", "primary", "Use their time"),
    "hand_over_again": Way("Hand over again", "rotate-ccw", "", "Hand it over again"),
}
RESURFACED = {
    "take_down": Way("Take down", "archive-restore", "danger", "Take it down"),
    "keep": Way("Keep", "check", "", "Keep it live"),
}
WAYS = CHANGED | RESURFACED
BACK = "You took it back, and it is live all the same."


def mark(sent: Sent) -> tuple[str, str, str] | None:
    """Label, colour group and icon of the pill, where they are not those of its status."""
    if sent.resurfaced:
        return "Live again", "problem", "octagon-alert"
    return ("Changed there", "problem", "triangle-alert") if _changed(sent) else None


def said(sent: Sent, target: Target, facts: PostFacts, zone: str) -> str:
    """What happened there and what follows when nobody answers; nothing for a delivery that waits for no answer."""
    if sent.resurfaced:
        since = f" Live since {moment(sent.published_at, zone, facts.today)}." if sent.published_at else ""
        return f"{BACK}{since}{'' if target.removes else ' ' + resurfaced.BY_HAND.format(name=target.name)}"
    if not _changed(sent):
        return ""
    at, due = changed_there.their_time(sent.error_note), facts.run.due_at if facts.run else None
    what = f"It was moved there to {moment(at, zone, facts.today)}." if at else sent.error_note
    if due is None or (at and at < due):
        return f"{what} Unanswered, it goes live there then." if at else what
    if sent.error_note == changed_there.EDITED:
        return f"{what} Unanswered, it goes live {moment(due, zone, facts.today)} as it stands there."
    return f"{what} Unanswered, it counts as failed {moment(due, zone, facts.today)}."


def buttons(post: int, sent: Sent, target: Target, facts: PostFacts, who: Who) -> tuple[Button, ...]:
    """The open answers, in the order they are read."""
    found = [_button(sent, name) for name in WAYS if closed(name, sent, target, facts, who) is None]
    if _changed(sent) and offers.refusal("reopen", facts, by_person(who)) is None:
        name = f"delivery-{sent.id}-reopen"
        found.append(Button(name, "reopen", "Back to editing…", "pencil", "", True, f"/posts/{post}/moves/reopen"))
    return tuple(found)


def closed(name: str, sent: Sent, target: Target, facts: PostFacts, who: Who) -> str | None:
    """Why this answer cannot be given now, or None."""
    by = by_person(who)
    if name in CHANGED:
        if not _changed(sent):
            return changed_there.ANSWERED
        return changed_there.refusal(name, sent.error_note, facts, by)
    if not sent.resurfaced:
        return resurfaced.DECIDED
    if name == "take_down" and not target.removes:
        return resurfaced.BY_HAND.format(name=target.name)
    return RECALLED if facts.recall else resurfaced.EDITOR.refusal(by, own=False)


def question(name: str, sent: Sent, target: Target, facts: PostFacts, zone: str) -> str:
    """What the answer will do, in sentences."""
    match name:
        case "use_their_time":
            return _their_time(sent, facts, zone)
        case "hand_over_again":
            return _again(sent, facts, zone)
        case "take_down":
            return f"{BACK} {target.name} is asked to take it down; the post stays as it is."
    by_hand = "" if target.removes else " " + resurfaced.BY_HAND.format(name=target.name)
    return f"It stays live on {target.name}, and nothing is sent there again.{by_hand}"


def _changed(sent: Sent) -> bool:
    return changed_there.waits(sent.status, sent.error_kind)


def _button(sent: Sent, name: str) -> Button:
    way, href = WAYS[name], f"/deliveries/{sent.id}/moves/{name}"
    return Button(f"delivery-{sent.id}-{name}", name, f"{way.label}…", way.icon, way.tone, True, href)


def _their_time(sent: Sent, facts: PostFacts, zone: str) -> str:
    at, due = changed_there.their_time(sent.error_note), facts.run.due_at if facts.run else None
    when = moment(at, zone, facts.today) if at else ""
    instead = f" instead of {moment(due, zone, facts.today)}" if due else ""
    held = "Other platforms that hold it are asked to follow first; it stays approved."
    return f"It goes out {when}{instead}, on every channel. {held}"


def _again(sent: Sent, facts: PostFacts, zone: str) -> str:
    due = facts.run.due_at if facts.run else None
    when = moment(due, zone, facts.today) if due else "its time"
    if changed_there.their_time(sent.error_note):
        return f"{sent.name} is asked to publish it {when}, as planned."
    if sent.error_note == changed_there.EDITED:
        return f"{sent.name} gets what was approved once more, in place of what stands there, to publish it {when}."
    return f"{sent.name} gets it once more, to publish it {when}."
