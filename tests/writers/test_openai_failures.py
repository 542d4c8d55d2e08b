"""Every signal of the error table ends in its kind, its sentence and its time, on a real socket."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.writers.contract import RETRIED, Failed
from app.writers.openai_compatible import OpenAIWriter
from tests.writers.endpoint import Endpoint
from tests.writers.test_openai_compatible import BRIEF, KEY, failed, quiet

KINDS = {
    "401": "bad_key", "403": "model_unavailable", "404": "model_unavailable", "429": "rate_limited",
    "quota": "out_of_credit", "billing": "out_of_credit", "402": "out_of_credit", "long": "input_too_long",
    "policy": "refused", "400": "invalid_request", "500": "provider_unavailable", "503": "provider_unavailable",
    "529": "provider_unavailable", "408": "provider_unavailable", "drop": "provider_unavailable",
    "refusal": "refused", "filter": "refused", "html": "incomplete_output", "5mb": "incomplete_output",
    "list": "incomplete_output",
}  # fmt: skip


@pytest.mark.parametrize(("word", "kind"), KINDS.items())
async def test_each_signal_ends_in_its_kind_after_one_call(endpoint: Endpoint, word: str, kind: str) -> None:
    answer = await failed(endpoint, word)
    assert answer.kind == kind
    assert KEY not in answer.note
    assert len(endpoint.calls) == 1


@pytest.mark.parametrize(
    ("word", "seconds"), [("429", 7), ("429-reset", 360), ("429-ms", 1.5), ("429-absurd", 86_400), ("503", 20)]
)
async def test_the_named_time_to_come_back_is_kept(endpoint: Endpoint, word: str, seconds: float) -> None:
    answer = await failed(endpoint, word)
    assert answer.kind in RETRIED
    assert answer.retry_at is not None
    assert abs(answer.retry_at - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=3)


async def test_an_empty_account_is_not_told_to_retry(endpoint: Endpoint) -> None:
    answer = await failed(endpoint, "quota")
    assert answer.retry_at is None and answer.kind not in RETRIED


async def test_an_endpoint_that_holds_the_request_is_left_at_the_deadline(endpoint: Endpoint) -> None:
    began = time.monotonic()
    assert (await failed(endpoint, "hold", seconds=0.5)).kind == "provider_unavailable"
    assert time.monotonic() - began < 10


async def test_the_deadline_covers_the_repair_too(endpoint: Endpoint) -> None:
    began = time.monotonic()
    assert (await failed(endpoint, "prose", "hold", seconds=6)).kind == "provider_unavailable"
    assert time.monotonic() - began < 20
    endpoint.forget()
    assert (await failed(endpoint, "prose", "ok", seconds=4)).kind == "incomplete_output"
    assert len(endpoint.calls) == 1


async def test_a_closed_port_is_an_unavailable_provider() -> None:
    answer = await OpenAIWriter("http://127.0.0.1:9", "m", KEY, 2).draft(BRIEF, quiet)
    assert isinstance(answer, Failed) and answer.kind == "provider_unavailable"


async def test_an_address_that_is_none_is_an_invalid_request() -> None:
    answer = await OpenAIWriter("ftp://models.example", "m", KEY, 2).draft(BRIEF, quiet)
    assert isinstance(answer, Failed) and answer.kind == "invalid_request"
