"""What a button asks before it acts: the consequence in words and the fields it needs. Read by the moves door."""

from collections.abc import Callable
from dataclasses import dataclass

from app.lifecycles.facts import PostFacts
from app.lifecycles.offers import CHAINS
from app.lifecycles.post import POST
from app.lifecycles.statuses import DeliveryStatus
from app.pages.words import View
from app.times import city, local


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `kind`: date, time, datetime-local, text, textarea."""

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question with its consequence. `kind` colours the button that does it."""

    name: str
    title: str
    sentences: tuple[str, ...]
    submit: str
    icon: str
    kind: str
    fields: tuple[Field, ...] = ()
    back: str = "Cancel"


BESIDE = {
    "set_time": ("Change date", "calendar-clock", ("on", "wall")),
    "archive": ("Archive", "archive", ()),
    "unarchive": ("Bring back", "archive-restore", ()),
    "duplicate": ("Duplicate", "copy", ()),
}


def confirm(name: str, view: View) -> Confirm | None:
    """The question of a button, or None for a name that nothing has."""
    found = _line(name, view.facts)
    if found is None:
        return None
    label, icon, tone, asks = found
    sentences = SENTENCES.get(name, _nothing)(view)
    title = TITLES.get(name, f"{label}?")
    kind = "danger" if tone == "danger" else "primary"
    back = "Keep scheduled" if name in ("unschedule", "reopen") and view.facts.run else "Cancel"
    return Confirm(name, title, tuple(s for s in sentences if s), SUBMITS.get(name, label), icon, kind,
                   tuple(_field(field, view) for field in asks), back)  # fmt: skip


def _line(name: str, facts: PostFacts) -> tuple[str, str, str, tuple[str, ...]] | None:
    if name in BESIDE:
        label, icon, asks = BESIDE[name]
        return label, icon, "", asks
    chain = next((chain for chain in CHAINS if chain.name == name), None)
    if chain:
        return chain.label, chain.icon, chain.tone, chain.fields
    move = POST.find(name, facts.status)
    return (move.label, move.icon, move.tone, move.fields) if move and move.label else None


def _field(name: str, view: View) -> Field:
    facts, detail = view.facts, view.detail
    zone = city(detail.zone)
    planned = facts.planned_on.isoformat() if facts.planned_on else facts.today.isoformat()
    wall = detail.planned_time.strftime("%H:%M") if detail.planned_time else ""
    match name:
        case "on":
            value = planned if facts.planned_on and facts.planned_on >= facts.today else facts.today.isoformat()
            return Field("on", "Day", "date", value)
        case "wall":
            return Field("wall", f"Time ({zone})", "time", wall, optional=True)
        case "at":
            return Field("at", f"Day and time ({zone})", "datetime-local", _suggested(facts, detail.zone))
        case "reason":
            return Field("reason", "Why?", "textarea", hint="The writer reads this.")
        case "note":
            return Field("reason", "Why is it good as it is?", "textarea", optional=True)
        case "title":
            return Field("title", "Title", "text", detail.title)
        case "keyword":
            return Field("keyword", "Keyword", "text", detail.keyword, optional=True)
    return Field(name, name.capitalize(), "text", optional=True)


def _suggested(facts: PostFacts, zone: str) -> str:
    """The planned time while it lies ahead; else a full hour ahead of now."""
    at = facts.run.due_at if facts.run and facts.run.due_at else facts.publish_at
    if at is None or at <= facts.now:
        here = local(facts.now, zone)
        return f"{here.date().isoformat()}T{min(here.hour + 1, 23):02d}:{'00' if here.hour < 23 else '59'}"
    return f"{local(at, zone):%Y-%m-%dT%H:%M}"


def _names(view: View, *, removes: bool | None = None) -> str:
    targets = view.facts.live if removes is not None else view.facts.sendable
    return ", ".join(t.name for t in targets if removes is None or t.removes == removes)


def _nothing(view: View) -> tuple[str, ...]:
    return ()


def _sends(view: View) -> tuple[str, ...]:
    """A retry leaves out what stands; the sentence says so."""
    live = ", ".join(target.name for target in view.facts.live)
    unclear = ", ".join(target.name for target in view.facts.unconfirmed)
    return (
        f"It goes out on {_names(view)}.",
        f"Already live and not sent again: {live}." if live else "",
        f"Not confirmed and not sent again: {unclear}." if unclear else "",
    )


def _publish_now(view: View) -> tuple[str, ...]:
    run = view.facts.run
    if run is None:
        return (*_sends(view), "It is sent as soon as a worker is free, usually within seconds.")
    return ("It goes out as soon as a worker is free, whatever its time was.",)


def _reopen(view: View) -> tuple[str, ...]:
    kept = "Your text and date are kept; nothing is published until it is approved again."
    held = [sent.name for sent in view.detail.deliveries if sent.status == DeliveryStatus.HANDED_OFF]
    asks = f"We will ask {', '.join(held)} to cancel it first." if held else ""
    leaves = "It leaves the schedule and goes back to Pending review." if view.facts.run else ""
    return (leaves or "It goes back to Pending review, and its approval is void.", kept, asks)


def _unschedule(view: View) -> tuple[str, ...]:
    held = [sent.name for sent in view.detail.deliveries if sent.status == DeliveryStatus.HANDED_OFF]
    return (
        "It stays approved and goes out nowhere until somebody schedules it again.",
        f"We will ask {', '.join(held)} to cancel it first." if held else "",
    )


def _unpublish(view: View) -> tuple[str, ...]:
    stays = _names(view, removes=False)
    return (
        f"{_names(view, removes=True)} will be asked to take it down.",
        f"It stays live on {stays}, which does not let apps remove posts." if stays else "",
        "The text becomes an editable draft again.",
    )


def _changes(view: View) -> tuple[str, ...]:
    goes = ", ".join(target.name for target in view.facts.stale if target.updates)
    stays = ", ".join(target.name for target in view.facts.stale if not target.updates)
    return (
        f"The text you see now replaces what is live on {goes}.",
        f"{stays} cannot be changed by apps and keeps the older version." if stays else "",
    )


def _accept(view: View) -> tuple[str, ...]:
    failed = ", ".join(t.name for t in view.facts.wanted if t.delivery != DeliveryStatus.PUBLISHED)
    return (f"It counts as published. It will not be sent to {failed}.",)


def _replan(view: View) -> tuple[str, ...]:
    return ("The draft you have is kept among the versions; approvals given are void.",)


SENTENCES: dict[str, Callable[[View], tuple[str, ...]]] = {
    "schedule": _sends, "approve_and_schedule": _sends, "publish_now": _publish_now,
    "approve_and_publish": _publish_now, "reopen": _reopen, "unschedule": _unschedule, "unpublish": _unpublish,
    "set_back": _unpublish, "publish_changes": _changes, "accept": _accept, "replan": _replan,
    "replan_and_generate": _replan,
    "finish": lambda view: ("It goes to review without the pictures that are not ready.",),
    "reject": lambda view: ("It will not publish unless somebody plans it again or changes their mind.",),
    "archive": lambda view: ("It disappears from lists and calendar. Nothing is deleted.",),
    "duplicate": lambda view: ("A new post with this text and these channels, without a date or history.",),
    "set_time": lambda view: ("Only the planned time changes; approvals stay.",),
    "reschedule": lambda view: ("It stays approved; only the time changes.",),
    "retry_generation": lambda view: ("It waits for its day again; nothing was charged.",),
}  # fmt: skip
TITLES = {
    "reject": "Why do you reject it?", "set_date": "Which day?", "set_time": "When?",
    "schedule": "When does it go out?",
    "approve_and_schedule": "Approve it, and when does it go out?", "reschedule": "When does it go out?",
    "approve_and_publish": "Approve it and publish now?", "retry_generation": "Back to the plan?",
    "replan_and_generate": "Write it again?", "set_back": "Take down what is live and edit?",
}  # fmt: skip
SUBMITS = {
    "set_date": "Set date", "approve_and_publish": "Approve and publish now", "reschedule": "Change time",
    "set_time": "Change date", "replan_and_generate": "Write it again", "set_back": "Take it down",
    "unpublish": "Take it down", "reopen": "Back to editing", "finish": "Go on without pictures",
}  # fmt: skip
