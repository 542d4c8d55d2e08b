"""Reads what a language model answered: strictly parsed, or a sentence that says why not. For the OpenAI writer."""

from dataclasses import dataclass
from typing import Any

import msgspec

from app.prose import gaps, markdown, sentences
from app.writers.contract import Brief, ChannelBrief, Draft, ImageWish
from app.writers.reading import storable

TITLE_LIMIT, EXCERPT_LIMIT, BODY_LIMIT, PROMPT_LIMIT, ALT_LIMIT = 300, 300, 200_000, 4000, 300
MOST_IMAGES = 3


class Caption(msgspec.Struct, frozen=True):
    channel: int
    text: str


class Picture(msgspec.Struct, frozen=True):
    prompt: str
    alt: str


class Written(msgspec.Struct, frozen=True):
    """The agreed shape. Unknown members are ignored, missing or wrongly typed ones are not."""

    title: str
    excerpt: str
    body: str
    captions: list[Caption]
    images: list[Picture]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first choice of a chat completion."""

    text: str
    finish: str
    refusal: str
    model: str
    tokens_in: int | None
    tokens_out: int | None


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an answer cannot become a draft, as one sentence that can be sent back to the model."""

    problem: str


def choice(value: dict[str, Any] | None) -> Choice | None:
    """The completion's first choice; None when the answer has another shape."""
    try:
        first = (value or {})["choices"][0]
        message = first["message"]
        text, finish = _text(message.get("content")), str(first.get("finish_reason") or "")
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    usage = (value or {}).get("usage")
    counted = usage if isinstance(usage, dict) else {}
    model = str((value or {}).get("model") or "")[:100]
    spent = (_count(counted.get("prompt_tokens")), _count(counted.get("completion_tokens")))
    return Choice(text, finish, str(message.get("refusal") or ""), model, *spent)


def written(text: str) -> Written | Unusable:
    """The agreed JSON out of `text`, a code fence or a leading thought around it forgiven."""
    try:
        answer = msgspec.json.decode(_unfenced(_said(text.strip())), type=Written)
    except msgspec.ValidationError as error:
        return Unusable(f"It does not fit the shape: {error}.")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Unusable("It is not one JSON object.")
    if not _tidy(answer.body):
        return Unusable("Its body is empty.")
    return Unusable(f"Its body is longer than {BODY_LIMIT:,} characters.") if len(answer.body) > BODY_LIMIT else answer


def _said(text: str) -> str:
    """What comes after a leading thought. No patterns here: some models write line ends without end, and a pattern
    would try every pair of them while the worker stands still."""
    thought, closed, said = text.partition("</think>")
    return said.strip() if closed and thought.startswith("<think>") else text


def _unfenced(text: str) -> str:
    head, _, rest = text.partition("\n")
    fenced = head.strip().lower() in ("```", "```json") and rest.endswith("```")
    return rest.removesuffix("```").strip() if fenced else text


def drafted(answer: Written, brief: Brief, choice: Choice) -> Draft:
    """A draft; texts over their limits are shortened, unknown channels dropped, a missing picture wished for."""
    title = _one_line(answer.title)[:TITLE_LIMIT] or brief.title
    return Draft(
        title=title,
        excerpt=_fit(_one_line(answer.excerpt), EXCERPT_LIMIT) or gaps.mark("an excerpt of one or two sentences"),
        body=_untitled(_tidy(answer.body)) + "\n",
        captions=_captions(answer.captions, brief.captions),
        images=_images(answer.images) or (ImageWish(title, f"Cover: {title}"),),
        model=choice.model,
        tokens_in=choice.tokens_in,
        tokens_out=choice.tokens_out,
    )


def _text(content: Any) -> str:
    """Content is a string, or in some servers a list of parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _captions(answered: list[Caption], wanted: tuple[ChannelBrief, ...]) -> dict[int, str]:
    limits = {channel.channel: channel.limit or 5000 for channel in wanted}
    fitting = {one.channel: _fit(_tidy(one.text), limits[one.channel]) for one in answered if one.channel in limits}
    return {channel: text for channel, text in fitting.items() if text}


def _images(answered: list[Picture]) -> tuple[ImageWish, ...]:
    wishes = ((_one_line(picture.prompt)[:PROMPT_LIMIT], _one_line(picture.alt)) for picture in answered)
    kept = [ImageWish(prompt, markdown.shorten(alt or prompt, ALT_LIMIT)) for prompt, alt in wishes if prompt]
    return tuple(kept[:MOST_IMAGES])


def _fit(text: str, limit: int) -> str:
    """Whole leading sentences where they fit, else whole words."""
    if len(text) <= limit:
        return text
    kept = ""
    for sentence in sentences.split(text):
        if len(kept) + len(sentence) + 1 > limit:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or markdown.shorten(text, limit)


def _untitled(body: str) -> str:
    """The body without a level 1 heading on top: the page shows the title itself."""
    first, _, rest = body.partition("\n")
    return rest.lstrip("\n") if first.startswith("# ") and rest.strip() else body


def _tidy(text: str) -> str:
    return storable(text).strip()


def _one_line(text: str) -> str:
    return " ".join(storable(text).split())
