"""The outline writer: the embedded default. It arranges the plan's own words and invents no sentence."""

import asyncio

from app.prose import gaps, markdown, sentences
from app.writers import outlines
from app.writers.contract import Brief, ChannelBrief, Draft, Failed, ImageWish, Say
from app.writers.material import Material, gather
from app.writers.reading import LINK

EXCERPT_LIMIT = 200
CAPTION_LIMIT = 500  # where a channel has none of its own


class OutlineWriter:
    """Needs no key and no network; what the brief does not say becomes a gap that blocks approval."""

    name = "outline"
    label = "Outline writer"
    invents = False

    async def draft(self, brief: Brief, say: Say) -> Draft | Failed:
        await say("reading the brief")
        material = await asyncio.to_thread(gather, brief)
        await say("arranging")
        try:
            body = await asyncio.to_thread(outlines.render, brief.outline.strip() or outlines.BUILT_IN, material)
        except outlines.Broken as broken:
            return Failed("invalid_request", f"The team's outline has a mistake, {broken}. Correct it in Settings.")
        if not body.strip():
            return Failed("invalid_request", "The team's outline makes an empty draft. Correct it in Settings.")
        await say("checking")
        return await asyncio.to_thread(_drafted, brief, material, body)


def _drafted(brief: Brief, material: Material, body: str) -> Draft:
    title = material.title or gaps.mark("a title")
    lines = _quotable(material)
    return Draft(
        title=title,
        excerpt=_excerpt(lines),
        body=body,
        captions={channel.channel: _caption(channel, title, lines) for channel in brief.captions},
        images=(ImageWish(". ".join(dict.fromkeys(filter(None, (title, material.keyword)))), f"Cover: {title}"),),
        model="outline",
    )


def _quotable(material: Material) -> list[str]:
    """Whole sentences that can stand side by side outside the article; else the first words there are."""
    lines = [line for line in material.sentences if not LINK.search(line) and not gaps.find(line)]
    return [line for line in lines if sentences.complete(line)] or lines[:1]


def _excerpt(lines: list[str]) -> str:
    """The first sentences that fit; a gap where the brief has none."""
    if not lines:
        return gaps.mark("one or two sentences that say what the reader gets")
    return _fitting(lines, EXCERPT_LIMIT) or markdown.shorten(lines[0], EXCERPT_LIMIT)


def _caption(channel: ChannelBrief, title: str, lines: list[str]) -> str:
    """The title, then as many leading sentences as fit; links are left to the platform."""
    limit = channel.limit or CAPTION_LIMIT
    head = " ".join(LINK.sub("", title).split())
    more = _fitting(lines, min(limit, CAPTION_LIMIT) - len(head) - 2)
    return f"{head}\n\n{more}".strip() if more else markdown.shorten(head, limit)


def _fitting(lines: list[str], room: int) -> str:
    kept = ""
    for line in lines:
        longer = f"{kept} {line}".strip()
        if len(longer) > room:
            break
        kept = longer
    return kept
