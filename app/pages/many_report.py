"""What became of each of many posts, on the page that bulk acts have. For the doors of campaigns and plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request

from app import facts as fact_sheet
from app.flow.bulk import Done
from app.lifecycles.post import label
from app.pages import details, words
from app.pages.bulk_report import Report, Told
from app.pages.bulk_rows import placed
from app.pages.move_words import said
from app.pages.render import Page, page, team_of
from app.pages.words import View
from app.sessions import Who

MADE = ("create", "duplicate")


async def report(
    request: Request[Who, Any, Any], done: Sequence[Done], name: str, word: str, *, back: str,
    titles: Mapping[int, str] | None = None, nav: str = "campaigns",
) -> Page:  # fmt: skip
    """The page after an act over many posts; `titles` are those of plans that never became a post."""
    lines = await _lines(request, done, name, titles)
    context = Report(_summary(lines, word), lines, (), back, 1)
    status = 200 if context.anything else 409
    return await page("bulk/report.html", context, request=request, title="Report", nav=nav, status=status)


async def _lines(
    request: Request[Who, Any, Any], done: Sequence[Done], name: str, titles: Mapping[int, str] | None
) -> tuple[Told, ...]:
    """What was refused comes first; two queries however many."""
    there = [one.fresh.id if one.fresh else one.post for one in done if one.fresh or titles is None]
    facts, told = await fact_sheet.many(there), await details.of(there)
    zone, automatic = request.user.zone, team_of(request).generation_on
    views = {post: View(facts[post], told[post], zone, automatic) for post in told if post in facts}
    lines = (_told(one, name, views, titles or {}) for one in done)
    return tuple(sorted(lines, key=lambda line: line.done))


def _told(one: Done, name: str, views: Mapping[int, View], titles: Mapping[int, str]) -> Told:
    if one.fresh is None:
        view = views.get(one.post)
        why = f"{titles[one.post]}: {one.why}" if one.post in titles else one.why
        return Told(one.post, view.detail.title if view else "", False, why)
    view = views[one.fresh.id]
    means = words.why(view) if name not in MADE else _planned(view)
    return Told(one.fresh.id, view.detail.title, True, means if name in MADE else f"{said(name, view.facts)} {means}")


def _planned(view: View) -> str:
    """What a new post is, and for when."""
    when = f" Planned for {placed(view)}." if view.facts.planned_on else ""
    return f"{label(view.facts, connected=view.facts.connected)}.{when}"


def _summary(lines: Sequence[Told], word: str) -> str:
    """5 scheduled. 1 not."""
    well = sum(line.done for line in lines)
    parts = [f"{well} {word}."] if well else []
    parts += [f"{len(lines) - well} not."] if well < len(lines) else []
    return " ".join(parts) or "There was nothing to copy: the campaign has no posts."
