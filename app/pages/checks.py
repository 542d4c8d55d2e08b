"""The checks beside a draft: what would better be mended before it goes out, and who let what pass. Read-only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app import content, forecast_limits, seals
from app import facts as fact_sheet
from app.content import Revision
from app.flow import links, waivers
from app.lifecycles.facts import PostFacts
from app.lifecycles.phrases import counted
from app.lifecycles.statuses import MediaStatus
from app.pages import beside, details
from app.pages.beside import Kept, Twin, Waived
from app.seals import Channel, Sealable
from app.times import day

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checks box. A `name` may be waived; `href`: where it is mended; `waits`: not known yet."""

    ok: bool
    text: str
    name: str = ""
    href: str = ""
    fix: str = ""
    waits: bool = False
    waived: Waived | None = None

    @property
    def passes(self) -> bool:
        return self.ok or self.waived is not None

    @property
    def waivable(self) -> bool:
        return not self.passes and bool(waivers.WAIVABLE.fullmatch(self.name))


@dataclass(frozen=True, slots=True)
class Checks:
    """All of them, and how many pass; what the worker has yet to find out counts on neither side."""

    all: tuple[Check, ...] = ()

    @property
    def passed(self) -> int:
        return sum(check.passes for check in self.all if not check.waits)

    @property
    def known(self) -> int:
        return sum(not check.waits for check in self.all)

    @property
    def waits(self) -> bool:
        return any(check.waits for check in self.all)

    @property
    def failing(self) -> tuple[str, ...]:
        """What an approval would pass over; gaps and pictures forbid it instead."""
        return tuple(check.text for check in self.all if check.waivable)


async def failing(posts: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What an approval of each post would pass over; a number of queries that does not grow. For confirm pages."""
    facts, told = await fact_sheet.many(posts), await details.of(posts)
    texts = await content.many([one.revision_id for one in told.values() if one.revision_id])
    kept = await beside.kept(posts)
    found: dict[int, tuple[str, ...]] = {}
    for post, detail in told.items():
        text = texts.get(detail.revision_id or 0)
        what = seals.canonical(post, text, detail.channels) if text else None
        all = checks(facts[post], text, detail.channels, what, kept.get(post), post=post)
        found[post] = Checks(all).failing
    return found


def passed_over(failing: Sequence[str]) -> str:
    """What somebody who approves should know."""
    if not failing:
        return ""
    return f"Approving passes over {counted(len(failing), 'check', 'checks')}: {'; '.join(failing)}."


def checks(
    facts: PostFacts, revision: Revision | None, targets: Sequence[Channel], what: Sealable | None,
    kept: Kept | None = None, *, post: int = 0,
) -> tuple[Check, ...]:  # fmt: skip
    """What stands in the way, what would better be mended, and what is well; what somebody waived says so.

    Without `kept` only what the text itself tells: nothing of links, weights and posts that say the same.
    """
    if revision is None or what is None:
        return ()
    edit = f"/posts/{post}/edit"
    waived = {one.name: one for one in kept.waived} if kept else {}
    found = (_gaps(facts, edit), *_pictures(revision, edit), *_channels(revision, targets, what, edit))
    if kept:
        weights, asked = _weights(revision, targets, kept), _links(revision, kept, edit)
        found = (*found, *weights, *asked, *_twins(facts, targets, kept.twins))
    return tuple(replace(check, waived=None if check.ok else waived.get(check.name)) for check in found)


def _gaps(facts: PostFacts, edit: str) -> Check:
    if facts.gaps:
        text = f"{facts.gaps} {'gap' if facts.gaps == 1 else 'gaps'} to fill: look for [write: …]"
        return Check(False, text, href=edit, fix="Fill")
    return Check(True, "No gaps left")


def _pictures(revision: Revision, edit: str) -> Iterator[Check]:
    if not revision.pictures:
        yield Check(True, "No pictures")
        return
    for picture in revision.pictures:
        if picture.status == MediaStatus.FAILED:
            yield Check(False, f"A picture failed: {picture.error}")
    everything = len(revision.pictures)
    ready = sum(picture.status == MediaStatus.PROCESSED for picture in revision.pictures)
    yield Check(ready == everything, f"{ready} of {everything} pictures ready")
    yield _alt([picture.media for picture in revision.pictures if not picture.alt.strip()], edit)


def _alt(mute: list[int], edit: str) -> Check:
    if not mute:
        return Check(True, "Every picture has alt text", "alt")
    text = f"{len(mute)} {'picture has' if len(mute) == 1 else 'pictures have'} no alt text"
    return Check(False, text, "alt", f"{edit}#alt-{mute[0]}", "Add it")


def _weights(revision: Revision, targets: Sequence[Channel], kept: Kept) -> Iterator[Check]:
    """Which channel gets a lighter copy, or may refuse; nothing where all is light or no limit is known."""
    weights = kept.weights or {}
    heaviest = max((weights.get(picture.media, 0) for picture in revision.pictures), default=0)
    for target in targets:
        takes = seals.traits(target)
        if not takes.picture_limit or heaviest <= takes.picture_limit:
            continue
        told = f"a picture of {heaviest / MIB:.1f} MB (limit {takes.picture_limit // MIB} MB)"
        verb = "gets a lighter copy of" if takes.files else "may refuse"
        yield Check(takes.files, f"{target.name} {verb} {told}", f"weight-{target.id}")


def _channels(revision: Revision, targets: Sequence[Channel], what: Sealable, edit: str) -> Iterator[Check]:
    wrong, link = forecast_limits.judged(what.text, targets), seals.link(revision, targets)
    for target in targets:
        told = [misfit.sentence for misfit in wrong if misfit.channel == target.id]
        if told:
            href = f"{edit}#caption-{target.id}" if seals.traits(target).caption else edit
            text = " ".join(told).rstrip(".")
            named = text if text.startswith(target.name) else f"{target.name}: {text}"
            yield Check(False, named, f"fits-{target.id}", href, "Edit")
        else:
            caption = seals.derive(revision, target, link).get("text", "")
            yield Check(True, f"Fits {target.name}{_room(target, caption)}")


def _room(target: Channel, caption: str) -> str:
    limit = seals.traits(target).caption_limit
    return f" ({len(caption):,} of {limit:,})" if limit and caption else ""


def _links(revision: Revision, kept: Kept, edit: str) -> Iterator[Check]:
    count = len(links.found_in(revision))
    if not count:
        return
    known = kept.links
    many = f"{count} {'link' if count == 1 else 'links'}"
    if known is None or known.waits:
        yield Check(True, f"{many} being looked at…", waits=True)
        return
    broken = [answer for answer in known.found if not answer.ok]
    if not broken:
        yield Check(True, f"{many} {'works' if count == 1 else 'work'}", "links")
        return
    told = "; ".join(f"{answer.url} {answer.note}" for answer in broken[:3])
    more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
    which = f"{len(broken)} of {many}" if count > 1 else many
    yield Check(False, f"{which} may not work: {told}{more}", "links", edit, "Edit")


def _twins(facts: PostFacts, targets: Sequence[Channel], twins: Sequence[Twin]) -> Iterator[Check]:
    if not targets:
        return
    if not twins:
        yield Check(True, "Says nothing that went out in the last 30 days", "duplicate")
        return
    first, more = twins[0], f" and {len(twins) - 1} more" if len(twins) > 1 else ""
    when = day(first.at.date(), facts.today) if first.at else "on its way"
    text = f"Says the same as “{first.title}” on {first.channel} ({when}){more}"
    yield Check(False, text, "duplicate", f"/posts/{first.post}", "Open it")
