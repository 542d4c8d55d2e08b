"""The images endpoint on a real socket: base64 and addresses, sizes, refusals."""

import time
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from app.illustrators.contract import Drawn, Failed, Wish
from app.illustrators.openai_images import OpenAIImages, size
from tests.writers.endpoint import Endpoint

WISH = Wish("A jar of cold brew", "Cold brew", "Harbor Coffee")
KEY = "sk-test-key-1234"


async def ask(endpoint: Endpoint, *script: str, model: str = "gpt-image-1-mini", seconds: float = 10) -> Drawn | Failed:
    endpoint.images[:] = script
    return await OpenAIImages(endpoint.url, model, KEY, seconds).draw(WISH)


async def test_base64_becomes_the_picture(endpoint: Endpoint) -> None:
    answer = await ask(endpoint)
    assert isinstance(answer, Drawn) and answer.mime == "image/png"
    assert Image.open(BytesIO(answer.bytes)).size == (48, 32)
    call = endpoint.calls[0]
    assert call.path == "/v1/images/generations" and call.headers["authorization"] == f"Bearer {KEY}"
    assert call.body["prompt"].startswith("A jar of cold brew") and "#c07600" in call.body["prompt"]
    assert "response_format" not in call.body and call.body["size"] == "1536x1024"


async def test_an_address_is_fetched_at_once_without_the_key(endpoint: Endpoint) -> None:
    answer = await ask(endpoint, "url", model="dall-e-3")
    assert isinstance(answer, Drawn) and answer.mime == "image/png"
    assert endpoint.calls[0].body["response_format"] == "b64_json"


KINDS = {
    "moderation": "refused", "policy": "refused", "401": "bad_key", "404": "model_unavailable", "429": "rate_limited",
    "quota": "out_of_credit", "billing": "out_of_credit", "400": "invalid_request", "500": "provider_unavailable",
    "drop": "provider_unavailable", "none": "incomplete_output", "not-base64": "incomplete_output",
    "not-a-picture": "incomplete_output", "gone": "incomplete_output", "private": "incomplete_output",
}  # fmt: skip


@pytest.mark.parametrize(("word", "kind"), KINDS.items())
async def test_each_signal_ends_in_its_kind_after_one_paid_call(endpoint: Endpoint, word: str, kind: str) -> None:
    answer = await ask(endpoint, word)
    assert isinstance(answer, Failed)
    assert answer.kind == kind and answer.note and KEY not in answer.note
    assert len(endpoint.calls) == 1


async def test_the_named_time_to_come_back_is_kept(endpoint: Endpoint) -> None:
    answer = await ask(endpoint, "429")
    assert isinstance(answer, Failed) and answer.retry_at is not None
    assert abs(answer.retry_at - datetime.now(UTC) - timedelta(seconds=7)) < timedelta(seconds=3)


async def test_an_endpoint_that_holds_the_request_is_left_at_the_deadline(endpoint: Endpoint) -> None:
    began = time.monotonic()
    answer = await ask(endpoint, "hold", seconds=0.5)
    assert isinstance(answer, Failed) and answer.kind == "provider_unavailable"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("model", "width", "height", "asked"),
    [
        ("gpt-image-1-mini", 1600, 900, "1536x1024"),
        ("gpt-image-1.5", 900, 1600, "1024x1536"),
        ("gpt-image-1", 800, 800, "1024x1024"),
        ("gpt-image-2", 1600, 900, "1600x896"),
        ("gpt-image-2-mini", 99, 9999, "256x768"),
        ("dall-e-3", 1600, 900, "1792x1024"),
        ("dall-e-3", 900, 1600, "1024x1792"),
        ("dall-e-2", 1600, 900, "1024x1024"),
        ("flux", 1600, 900, "1536x1024"),
    ],
)
def test_each_model_is_asked_for_a_size_it_draws(model: str, width: int, height: int, asked: str) -> None:
    assert size(model, Wish("", "", "", width=width, height=height)) == asked
