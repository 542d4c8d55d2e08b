"""An OpenAI-compatible endpoint: one guarded call, every refusal typed. For the writer and the illustrator.

Source of the error table: the error objects of openai-python and of compatible servers.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app import safe_http
from app.safe_http import Call, Failure, Reply
from app.safe_http.call import MISTAKEN
from app.writers.contract import Failed, FailureKind

VERSION = re.compile(r"/v\d+\w*(?:/|$)")
DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits"}
POLICY = {"content_policy_violation", "content_filter", "moderation_blocked", "responsibleaipolicyviolation"}
LONG = re.compile(r"context[ _](?:length|window|size)|maximum context|too many tokens", re.IGNORECASE)
LONGEST_WAIT = timedelta(hours=24)
BODY_CAP = 2_000_000  # a long article with its captions stays below 200 kB
NOTES: dict[FailureKind, str] = {
    "bad_key": "The endpoint did not accept the key.",
    "model_unavailable": "The endpoint does not offer this model to this key.",
    "rate_limited": "The endpoint is busy with our earlier requests.",
    "out_of_credit": "The endpoint's account has no credit left.",
    "input_too_long": "The plan and brief are too long for this model.",
    "refused": "The endpoint refused the subject under its content policy.",
    "invalid_request": "The endpoint did not accept the request.",
    "provider_unavailable": "The endpoint has a problem of its own.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What the endpoint itself said went wrong. `text` is its own message, secrets masked."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to call and with which key. The operator named it, so it may be on a private address."""

    base_url: str
    api_key: str = ""

    async def post(self, path: str, payload: Mapping[str, Any], seconds: float, cap: int = BODY_CAP) -> Reply | Failed:
        """POST JSON to `path` below the versioned base. A Reply may still be a refusal: ask `failed`."""
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        body = json.dumps(payload).encode()
        return await self._send(Call("POST", self._root() + path, headers, body, seconds, cap))

    async def fetch(self, url: str, seconds: float, cap: int) -> Reply | Failed:
        """GET what an answer pointed at; no key goes along."""
        return await self._send(Call("GET", url, {}, b"", seconds, cap))

    async def _send(self, call: Call) -> Reply | Failed:
        allow = safe_http.opened() | {safe_http.host_port(self._root())}
        answer = await safe_http.send(call, allow=allow)
        return unanswered(answer) if isinstance(answer, Failure) else answer

    def _root(self) -> str:
        base = self.base_url.strip().rstrip("/").removesuffix("/chat/completions").removesuffix("/images/generations")
        return base if VERSION.search(base) else base + "/v1"

    def problem(self, reply: Reply) -> Problem:
        """The endpoint's own words about a refused call, in any of the shapes in use."""
        value = safe_http.json_object(reply) or {}
        error = value.get("error") or value.get("message") or value.get("detail") or ""
        told = error if isinstance(error, dict) else {"message": error}
        text = told.get("message") or ""
        masked = safe_http.excerpt(str(text).encode("utf-8", "replace"), [self.api_key])
        return Problem(str(told.get("code") or told.get("type") or "").lower(), " ".join(masked.split())[:240])

    def failed(self, reply: Reply) -> Failed:
        """A refused call as a typed failure with one sentence."""
        problem = self.problem(reply)
        kind = classify(reply.status, problem)
        note = NOTES[kind] + (f" It said: {problem.text}" if problem.text else f" It answered {reply.status}.")
        retry = retry_at(reply, datetime.now(UTC)) if kind in ("rate_limited", "provider_unavailable") else None
        return Failed(kind, note, retry)


def classify(status: int, problem: Problem) -> FailureKind:
    """The kind of a refused call."""
    if status == 402 or problem.code in CREDIT:
        return "out_of_credit"
    if problem.code in POLICY:
        return "refused"
    if status == 413 or problem.code == "context_length_exceeded" or (status == 400 and LONG.search(problem.text)):
        return "input_too_long"
    known: dict[int, FailureKind] = {401: "bad_key", 403: "model_unavailable", 404: "model_unavailable"}
    if status in (408, 409, 425) or status >= 500:
        return "provider_unavailable"
    return "rate_limited" if status == 429 else known.get(status, "invalid_request")


def unanswered(failure: Failure) -> Failed:
    """A call without a whole answer. Nothing public happened, so sent or not makes no difference here."""
    if failure.reason in MISTAKEN:
        return Failed("invalid_request", f"The endpoint's address cannot be called. {failure.note}")
    if failure.reason in ("too_large", "undecodable"):
        return Failed("incomplete_output", f"The endpoint's answer could not be read. {failure.note}")
    return Failed("provider_unavailable", f"The endpoint could not be reached. {failure.note}")


def retry_at(reply: Reply, now: datetime) -> datetime | None:
    """When the endpoint asks us back: retry-after-ms, Retry-After, or the later of its rate-limit resets."""
    milliseconds = reply.headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d{1,9}", milliseconds):
        return now + min(timedelta(milliseconds=int(milliseconds)), LONGEST_WAIT)
    resets = (reply.headers.get(f"x-ratelimit-reset-{what}", "") for what in ("requests", "tokens"))
    waits = [wait for wait in map(_duration, resets) if wait]
    return safe_http.retry_after(reply, now) or (now + min(max(waits), LONGEST_WAIT) if waits else None)


def _duration(text: str) -> timedelta | None:
    """Durations such as `6m0s`, `1h2m`, `120ms`."""
    found = DURATION.fullmatch(text.strip()[:24])
    if not found or not text.strip():
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
