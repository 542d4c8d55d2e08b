"""The illustrator behind any OpenAI-compatible images endpoint. A repeated call costs twice, so it makes one."""

import asyncio
import base64
import binascii
from time import monotonic
from typing import Any

from app import safe_http
from app.illustrators.contract import Drawn, Failed, Wish
from app.safe_http import MEDIA_CAP, Reply
from app.writers.contract import Failed as Refused
from app.writers.endpoint import Endpoint

ANSWER_CAP = MEDIA_CAP * 4 // 3 + 65_536  # the largest picture in base64, and its envelope
PROMPT_LIMIT, OLD_PROMPT_LIMIT = 32_000, 4000
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
NOTES = {
    "refused": "The image model refused this picture under its content policy.",
    "input_too_long": "The description of the picture is too long for this model.",
}


class OpenAIImages:
    """Asks for one picture in the closest size the model knows."""

    name = "openai"
    label = "OpenAI-compatible images"

    def __init__(self, base_url: str, model: str, api_key: str, seconds: float) -> None:
        self._endpoint = Endpoint(base_url, api_key)
        self._model = model
        self._seconds = seconds

    async def draw(self, wish: Wish) -> Drawn | Failed:
        end = monotonic() + self._seconds
        reply = await self._endpoint.post("/images/generations", self._request(wish), self._seconds, ANSWER_CAP)
        if isinstance(reply, Refused):
            return _told(reply)
        if not reply.ok:
            return _told(self._endpoint.failed(reply))
        return await self._picture(await asyncio.to_thread(_first, reply), end)

    def _request(self, wish: Wish) -> dict[str, Any]:
        dalle = self._model.startswith("dall-e")
        asked = {"model": self._model, "prompt": _prompt(wish, dalle), "n": 1, "size": size(self._model, wish)}
        # GPT-image models always answer base64 and reject the parameter.
        return asked | {"response_format": "b64_json"} if dalle else asked

    async def _picture(self, item: dict[str, Any], end: float) -> Drawn | Failed:
        if isinstance(item.get("b64_json"), str):
            return await asyncio.to_thread(_decoded, item["b64_json"])
        if isinstance(item.get("url"), str):
            return await self._download(item["url"], max(1.0, end - monotonic()))
        return Failed("incomplete_output", "The endpoint answered without a picture.")

    async def _download(self, url: str, seconds: float) -> Drawn | Failed:
        """At once: such an address lives an hour at most."""
        reply = await self._endpoint.fetch(url, seconds, MEDIA_CAP)
        if isinstance(reply, Refused):
            kind = "incomplete_output" if reply.kind == "invalid_request" else reply.kind
            return Failed(kind, f"The picture could not be fetched. {reply.note}")
        if not reply.ok:
            return Failed(
                "incomplete_output", f"The picture could not be fetched: its address answered {reply.status}."
            )
        return _drawn(reply.body)


def size(model: str, wish: Wish) -> str:
    """The size this model draws that is closest to the wish's shape."""
    wide, tall = wish.width > wish.height, wish.height > wish.width
    if model.startswith("dall-e-3"):
        return "1792x1024" if wide else "1024x1792" if tall else "1024x1024"
    if model.startswith("dall-e-2"):
        return "1024x1024"
    if model.startswith("gpt-image-2"):
        return _free(wish.width, wish.height)
    return "1536x1024" if wide else "1024x1536" if tall else "1024x1024"


def _free(width: int, height: int) -> str:
    """Any multiple of 16 up to 3840, no side more than three times the other."""
    across, down = _sixteenth(width), _sixteenth(height)
    return f"{min(across, 3 * down)}x{min(down, 3 * across)}"


def _sixteenth(length: int) -> int:
    return min(max(round(length / 16) * 16, 256), 3840)


def _prompt(wish: Wish, dalle: bool) -> str:
    limit = OLD_PROMPT_LIMIT if dalle else PROMPT_LIMIT
    colours = f"Colours that suit {wish.ink}, {wish.paper} and {wish.accent}. No lettering."
    return f"{(wish.prompt or wish.title)[: limit - len(colours) - 2]}\n\n{colours}"


def _first(reply: Reply) -> dict[str, Any]:
    data = (safe_http.json_object(reply) or {}).get("data")
    item = data[0] if isinstance(data, list) and data else None
    return item if isinstance(item, dict) else {}


def _decoded(encoded: str) -> Drawn | Failed:
    try:
        return _drawn(base64.b64decode(encoded.partition("base64,")[2] or encoded, validate=True))
    except (binascii.Error, ValueError):
        return Failed("incomplete_output", "The endpoint's picture is damaged.")


def _drawn(body: bytes) -> Drawn | Failed:
    mime = next((mime for magic, mime in MAGIC.items() if body.startswith(magic)), "")
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        mime = "image/webp"
    return Drawn(body, mime) if mime else Failed("incomplete_output", "What the endpoint sent is not a picture.")


def _told(refused: Refused) -> Failed:
    """A writer's failure in an illustrator's words."""
    note = NOTES.get(refused.kind, refused.note)
    return Failed(refused.kind, note, refused.retry_at)
