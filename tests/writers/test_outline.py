"""The outline writer: useful structure, no invented sentence, whatever people paste."""

import asyncio
import re

import pytest
from hypothesis import given, settings, strategies

from app.prose import gaps, markdown
from app.writers.contract import Brief, ChannelBrief, Draft
from app.writers.outline import OutlineWriter
from app.writers.reading import storable

STRUCTURE = {"At a glance", "Why it matters", "What to know", "Links", "What to do next"}
CHANNELS = (ChannelBrief(1, "Masto", "mastodon", 500), ChannelBrief(2, "X", "x", 80), ChannelBrief(3, "Any", "any"))
COLD_BREW = """\
Most cold brew is weak because the recipe was written for a paper filter. Show the table we use behind the bar.

Audience: home brewers with a scale
Tone: plain

Key points:
- 1:5 for concentrate, 1:15 ready to drink
- Steep 14 to 16 hours in the fridge
  (never on the counter)
* Grind coarse

Why weight matters

A cup of coarse coffee can weigh anything from 70 to 95 grams. Weigh it once and the rest is easy.

| For | Coffee | Water |
|---|---|---|
| Concentrate | 100 g | 500 g |

"Scales before grinders, always in that order," says Jonas, our head of coffee.

How long does it keep?

Can I use hot water?

No. Hot water pulls bitterness first.

https://harborcoffee.example/guide

CTA: Book a tasting on Saturday.
"""


async def quiet(stage: str) -> None:
    del stage


async def written(brief: Brief) -> Draft:
    answer = await OutlineWriter().draft(brief, quiet)
    assert isinstance(answer, Draft), answer
    return answer


def letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def unfounded(made: Draft, brief: Brief) -> list[str]:
    """The sentences of a draft, gaps and structural headings aside, whose letters the plan does not hold in a row."""
    plan = storable(
        "\n".join((brief.title, brief.keyword, brief.angle, brief.campaign, brief.brief, brief.campaign_brief))
    )
    known = (letters(plan), letters(markdown.plain(plan, len(plan))))
    told = "\n".join((made.body, made.title, made.excerpt, *made.captions.values()))
    lines = (re.sub(r"^\s*(?:#+|>|-|\d+\.)\s", "", line) for line in told.split("\n") if line not in STRUCTURE)
    return [
        sentence
        for line in lines
        if line not in STRUCTURE and not line.startswith("[write: ")
        for sentence in re.split(r"(?<=[.!?…؟。！？])\W*?\s+", line)
        if not any(letters(sentence) in words for words in known)
    ]


async def test_a_real_brief_becomes_a_structured_draft() -> None:
    made = await written(
        Brief("Cold brew ratios", "cold brew", "Weigh it, never scoop it.", COLD_BREW, captions=CHANNELS)
    )
    headings = re.findall(r"^## (.*)$", made.body, re.MULTILINE)
    assert headings == [
        "Key points", "Why weight matters", "How long does it keep?", "Can I use hot water?", "Links",
        "What to do next",
    ]  # fmt: skip
    assert made.body.startswith("Weigh it, never scoop it.\n\nMost cold brew is weak")
    assert "- Grind coarse" in made.body and "| Concentrate | 100 g | 500 g |" in made.body
    assert '> "Scales before grinders' in made.body
    assert "- <https://harborcoffee.example/guide>" in made.body
    assert made.body.index("What to do next") < made.body.index("Book a tasting on Saturday.")
    assert [gap.partition(":")[0] for gap in gaps.find(made.body)] == [
        "the answer to “How long does it keep?”",
        "keep this in mind, then delete this line",
        "keep this in mind, then delete this line",
    ]


async def test_excerpt_captions_and_cover_are_the_teams_own_words() -> None:
    brief = Brief("Cold brew ratios", "cold brew", "Weigh it, never scoop it.", COLD_BREW, captions=CHANNELS)
    made = await written(brief)
    assert made.excerpt.startswith("Weigh it, never scoop it. Most cold brew")
    assert made.captions[2] == "Cold brew ratios\n\nWeigh it, never scoop it."
    assert all("http" not in text for text in made.captions.values())
    assert "No. Hot water" not in made.captions[1]
    (image,) = made.images
    assert (image.prompt, image.alt) == ("Cold brew ratios. cold brew", "Cover: Cold brew ratios")


async def test_an_empty_plan_is_nothing_but_headings_and_gaps() -> None:
    made = await written(Brief("Only a title"))
    lines = [line for line in made.body.split("\n") if line]
    assert all(line.startswith(("## ", "[write: ")) for line in lines)
    assert len(gaps.find(made.body)) == 4 and gaps.find(made.excerpt)
    assert not gaps.find((await written(Brief("T", captions=CHANNELS))).captions[1])


async def test_every_heading_without_words_has_a_gap() -> None:
    made = await written(Brief("T", brief="# One\n\n## Two\n\nThree:\n\nWords of three are here.\n\n**Four**\n"))
    parts = re.split(r"^## .*$", made.body, flags=re.MULTILINE)
    assert len(parts) == 6 and all(part.strip() for part in parts)


async def test_a_campaigns_brief_is_read_when_the_post_has_none() -> None:
    brief = Brief("T", campaign="Summer", campaign_brief="We open the garden in June.")
    assert (await written(brief)).body.startswith("We open the garden in June.")
    other = Brief("T", brief="Only this.", campaign_brief="We open the garden in June.")
    assert "garden" not in (await written(other)).body


async def test_an_instruction_for_the_writer_never_reaches_the_reader() -> None:
    made = await written(Brief("T", angle="practical, for beginners", brief="Zielgruppe: Stammgäste\n\nAlles ist neu."))
    shown = "\n".join(line for line in made.body.split("\n") if not line.startswith("[write: "))
    assert "practical" not in shown and "Stammgäste" not in shown
    assert any("practical, for beginners" in gap for gap in gaps.find(made.body))
    assert "Zielgruppe" not in made.excerpt


async def test_other_scripts_keep_their_words_and_their_sentences() -> None:
    made = await written(Brief("咖啡", brief="冷萃咖啡很淡。称一次就好。\n\n为什么要称重?\n\n一杯粗粉重70到95克。"))
    assert "## 为什么要称重?\n\n一杯粗粉重70到95克。" in made.body
    arabic = await written(Brief("القهوة", brief="القهوة الباردة ضعيفة. زنها مرة واحدة.\n\n- ماء بارد\n- طحن خشن"))
    assert "- ماء بارد\n- طحن خشن" in arabic.body


async def test_a_sentence_is_not_split_after_a_date_or_an_abbreviation() -> None:
    long = "Wir rösten ab 1. Dezember z. B. in der Hafenstr. 12 bei Dr. Meier. " + "Das ist ein Satz mit Wörtern. " * 14
    made = await written(Brief("T", brief=long))
    assert made.body.startswith(
        "Wir rösten ab 1. Dezember z. B. in der Hafenstr. 12 bei Dr. Meier. Das ist ein Satz mit Wörtern.\n"
    )


async def test_a_gap_left_in_the_brief_stays_a_gap_and_out_of_the_excerpt() -> None:
    made = await written(Brief("T", brief="We open at [write: the hour]. Come early."))
    assert "the hour" in gaps.find(made.body)
    assert made.excerpt == "Come early."


async def test_the_same_plan_makes_the_same_draft() -> None:
    brief = Brief("Cold brew ratios", "cold brew", "", COLD_BREW, captions=CHANNELS)
    assert await written(brief) == await written(brief)


async def test_the_stages_are_told() -> None:
    told: list[str] = []

    async def say(stage: str) -> None:
        told.append(stage)

    await OutlineWriter().draft(Brief("T"), say)
    assert told == ["reading the brief", "arranging", "checking"]


@pytest.mark.parametrize(
    "brief",
    [
        "word " * 10_000,
        "A sentence of words. " * 2500,
        "- item\n" * 7000,
        "Heading:\n\n" * 4000,
        "x" * 50_000,
        "# " + "#" * 50_000 + "x",
        "**" * 25_000,
        "[" * 50_000,
        "\n" * 50_000 + "end.",
        "[write: " * 6000,
        "a: b\n" * 10_000,
        "```\n" + "code\n" * 10_000,
        "|" * 50_000,
        '"' * 50_000,
        "? " * 25_000,
        ". " * 25_000,
    ],
)  # fmt: skip
async def test_fifty_kilobytes_of_anything_are_read_to_the_end(brief: str) -> None:
    given_brief = Brief("T", "k", "An angle of some words.", brief, captions=CHANNELS)
    async with asyncio.timeout(60):  # some seconds on a busy machine; what looks back again and again needs minutes
        made = await written(given_brief)
    assert not unfounded(made, given_brief)


@pytest.mark.parametrize(
    "odd",
    ["\x00\x01text\x7f", "\ud800 half", "a\u2028b\u2029c\x0bd\x85e", "\u202eevil\u202c", "\ufeffbom", "e\u0301" * 50,
     "{{ title }} {% raw %}", "<script>alert(1)</script>", "👩‍👩‍👧‍👦 family.", "\u200b\u200b",
     "\r\n\r\n- a\r\n- b\r\n"],
)  # fmt: skip
async def test_odd_characters_do_no_harm(odd: str) -> None:
    made = await written(Brief(odd, odd, odd, odd, odd, odd, odd, CHANNELS))
    made.body.encode()
    assert "\x00" not in made.body
    assert "<script" not in markdown.render(made.body)


PIECES = strategies.sampled_from(
    ["Words of one. And two!", "A line", "Heading:", "# Hashes #", "- point one\n- point two", "1. first\n2) second",
     "Is it so?", "> quoted words", '"A quotation of more than twenty letters," she said.', "https://a.example/x?y=1",
     "Tone: dry", "CTA: Call us.", "| a | b |\n|---|---|\n| 1 | 2 |", "```\ncode here\n```", "Under\n=====", "***",
     "**Bold line**", "See [this page](https://b.example) now. More follows.", "12. Mai war kalt. Dann nicht.",
     "Wer:\tich", "— Hola. — Adiós.", "Hafenstr. 12.",
     "¿Qué es? ¡Esto!", "日本語の文。次の文。", "   indented words here.", "z. B. hier."]
)  # fmt: skip
WILD = strategies.text(
    strategies.characters(blacklist_characters="[]()<>&\\`*_~|!#", blacklist_categories=("Cs", "Cc")), max_size=60
)
BRIEFS = strategies.lists(PIECES | WILD, max_size=12).map("\n\n".join) | strategies.lists(
    PIECES | WILD, max_size=8
).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(title=WILD, angle=PIECES | WILD, brief=BRIEFS)
def test_no_sentence_is_invented(title: str, angle: str, brief: str) -> None:
    plan = Brief(title, "keyword", angle, brief, "Campaign", "Campaign words. More of them.", "Team", CHANNELS)
    made = asyncio.run(written(plan))
    assert not unfounded(made, plan)
    assert all(len(made.captions[one.channel]) <= (one.limit or 500) for one in CHANNELS)
    assert all(made.captions[one.channel].strip() for one in CHANNELS)
    assert made.title.strip() and made.body.strip() and made.excerpt.strip()
