"""What a bulk dialog says of each post: version, consequence, and why it starts unticked. For the bulk doors."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import facts as fact_sheet
from app.flow import bulk, plan
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.guards import RECALLED
from app.lifecycles.statuses import PostStatus
from app.pages import checks, details, inbox_query
from app.pages.cards import by_person, may_write
from app.pages.consequences import sentences
from app.pages.words import View
from app.sessions import Team, Who
from app.times import day

CHANGED = "It changed after you opened the page: look again."


@dataclass(frozen=True, slots=True)
class Asked:
    """A post somebody ticked; with the version and digest their page showed, when it told them."""

    post: int
    version: int | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the dialog. `why_not`: it cannot be ticked at all; `doubts`: it starts unticked."""

    id: int
    value: str
    title: str
    version: str
    sentence: str
    why_not: str
    doubts: tuple[str, ...]

    @property
    def ticked(self) -> bool:
        return not (self.why_not or self.doubts)


async def lines(do: str, asked: Sequence[Asked], who: Who, team: Team) -> tuple[Line, ...]:
    """A line for each post that is still there, in the order asked for; as many queries for one as for many."""
    posts = [one.post for one in asked]
    facts, told = await fact_sheet.many(posts), await details.of(posts)
    shown = await inbox_query.digests(posts) if do == "approve" else {}
    failing = await checks.failing(posts) if do == "approve" else {}
    found = {one.post: one for one in asked if one.post in facts and one.post in told}
    views = {post: View(facts[post], told[post], who.zone, team.generation_on) for post in found}
    return tuple(
        _line(do, one, views[post], shown.get(post, ""), failing.get(post, ()), who) for post, one in found.items()
    )


def _line(do: str, one: Asked, view: View, digest: str, failing: tuple[str, ...], who: Who) -> Line:
    facts, detail = view.facts, view.detail
    changed = one.version not in (None, facts.version) or bool(digest and one.digest not in ("", digest))
    return Line(
        id=detail.id,
        value=f"{detail.id}:{facts.version}:{digest}",
        title=detail.title,
        version=f"Version {detail.revision}" if detail.revision else "Not written yet",
        sentence=_means(do, view),
        why_not=_why_not(do, facts, who) or "",
        doubts=(*([CHANGED] if changed else []), *failing),
    )


def _why_not(do: str, facts: PostFacts, who: Who) -> str | None:
    """What the verb would refuse whatever is typed."""
    by = by_person(who)
    match do:
        case "approve":
            return offers.refusal("approve", facts, by)
        case "retry":
            name = bulk.AGAIN.get(PostStatus(facts.status))
            return offers.refusal(name, facts, by) if name else bulk.NOT_FAILED
        case "assign":
            return None if by.reaches("editor") else "This needs the role editor."
    if not may_write(facts, who):
        return "This needs the role editor."
    return RECALLED if facts.recall else _unfit(do, facts, who)


def _unfit(do: str, facts: PostFacts, who: Who) -> str | None:
    if do == "archive":
        return None if plan.archivable(facts) else "It is live or on its way. Take it down first."
    if facts.status == PostStatus.SCHEDULED:
        return offers.refusal("reschedule", facts, by_person(who))
    return None if facts.status in plan.timed(by_person(who)) else "Its time cannot be changed in this state."


def _means(do: str, view: View) -> str:
    facts, detail = view.facts, view.detail
    match do:
        case "move":
            return f"Now {placed(view)}."
        case "assign":
            return f"{detail.author_name}'s until now." if detail.author_name else "Nobody's until now."
        case "retry":
            name = bulk.AGAIN.get(PostStatus(facts.status))
            return " ".join(sentences(name, view)) if name else ""
    return " ".join(sentences(do, view))


def placed(view: View) -> str:
    """Where it stands in the calendar: day and time, only a day, or nowhere."""
    facts = view.facts
    at = (facts.run.due_at if facts.run else None) or facts.publish_at
    if at:
        return view.when(at)
    return day(facts.planned_on, facts.today) if facts.planned_on else "without a date"
