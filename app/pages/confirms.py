"""What a button asks before it acts: the consequence in words and the fields it needs. Read by the moves door."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from app import platforms
from app.lifecycles.facts import PostFacts
from app.lifecycles.offers import CHAINS
from app.lifecycles.post import POST
from app.pages.consequences import sentences
from app.pages.wall_times import field_of
from app.pages.words import View
from app.times import city


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `kind`: date, time, datetime-local, text, textarea, hidden, or chips: several of `options`."""

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    optional: bool = False
    options: tuple[tuple[str, str, str], ...] = ()  # value, letter, name


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
    "duplicate": ("Duplicate", "copy", ("form_token",)),
}


def known(name: str) -> bool:
    """Whether any post could have a button of that name."""
    return name in BESIDE or any(c.name == name for c in CHAINS) or any(m.name == name and m.label for m in POST.moves)


def confirm(name: str, view: View) -> Confirm | None:
    """The question of a button, or None for a name that nothing has."""
    found = _line(name, view.facts)
    if found is None:
        return None
    label, icon, tone, asks = found
    title = TITLES.get(name, f"{label}?")
    kind = "danger" if tone == "danger" else "primary"
    back = "Keep scheduled" if name in ("unschedule", "reopen") and view.facts.run else "Cancel"
    fields = tuple(_field(field, view) for field in asks if _needed(field, name, view.facts))
    return Confirm(name, title, sentences(name, view), SUBMITS.get(name, label), icon, kind, fields, back)


def _needed(field: str, name: str, facts: PostFacts) -> bool:
    """Going back to the plan needs a new day only when the one it has is over; most posts stayed live nowhere."""
    if field == "again":
        return bool(facts.repeatable)
    over = facts.planned_on is not None and facts.planned_on < facts.today
    return field != "on" or over or name not in ("retry_generation", "replan")


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
    wall = detail.planned_time.strftime("%H:%M") if detail.planned_time else ""
    match name:
        case "on":
            return Field("on", "Day", "date", max(facts.planned_on or facts.today, facts.today).isoformat())
        case "wall":
            return Field("wall", f"Time ({zone})", "time", wall, optional=True)
        case "at":
            return Field("at", f"Day and time ({zone})", "datetime-local", _suggested(facts, detail.zone))
        case "reason":
            return Field("reason", "Why?", "textarea", hint="The writer reads this.")
        case "note":
            return Field("reason", "Why is it good as it is?", "textarea", optional=True)
        case "form_token":
            return Field("form_token", "", "hidden", str(uuid4()))
        case "again":
            return Field("again", "Still live there. Send it again?", "chips", hint=TWICE, options=_live(facts))
        case "title":
            return Field("title", "Title", "text", detail.title)
        case "keyword":
            return Field("keyword", "Keyword", "text", detail.keyword, optional=True)
    return Field(name, name.capitalize(), "text", optional=True)


def _live(facts: PostFacts) -> tuple[tuple[str, str, str], ...]:
    return tuple((str(t.channel), platforms.letter(t.platform, t.name), t.name) for t in facts.repeatable)


def _suggested(facts: PostFacts, zone: str) -> str:
    """The planned time while it lies ahead; else the next full hour."""
    at = facts.run.due_at if facts.run and facts.run.due_at else facts.publish_at
    if at is None or at <= facts.now:
        at = (facts.now + timedelta(hours=1)).replace(minute=0)
    return field_of(at, zone)


TWICE = "Nothing is sent twice unless you tick it: what is live there stays, and a second copy goes out beside it."
TITLES = {
    "reject": "Why do you reject it?", "set_date": "Which day?", "set_time": "When?",
    "schedule": "When does it go out?",
    "approve_and_schedule": "Approve it, and when does it go out?", "reschedule": "When does it go out?",
    "approve_and_publish": "Approve it and publish now?", "retry_generation": "Back to the plan?",
    "replan_and_generate": "Write it again?", "set_back": "Take down what is live and edit?",
    "finish": "Go on without the missing pictures?", "fail_generation": "Stop writing?",
    "restore": "Changed your mind?", "confirm_live": "Is it live everywhere?",
}  # fmt: skip
SUBMITS = {
    "set_date": "Set date", "approve_and_publish": "Approve and publish now", "reschedule": "Change time",
    "set_time": "Change date", "replan_and_generate": "Write it again", "set_back": "Take it down",
    "unpublish": "Take it down", "reopen": "Back to editing", "finish": "Go on without pictures",
    "restore": "Back to review", "confirm_live": "Yes, it is live",
}  # fmt: skip
