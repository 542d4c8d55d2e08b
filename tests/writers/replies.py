"""What the scripted endpoint answers, word by word of its script."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 429: "Too Many Requests", 500: "Server Error"}
ERRORS: dict[str, tuple[int, Json, dict[str, str]]] = {
    "401": (401, {"code": "invalid_api_key", "message": "Incorrect API key provided: sk-test-key-1234."}, {}),
    "402": (402, {"code": None, "message": "Insufficient credits"}, {}),
    "403": (403, {"code": "unsupported_country_region_territory", "message": "Country not supported"}, {}),
    "404": (404, {"code": "model_not_found", "message": "The model does not exist"}, {}),
    "408": (408, {"message": "Request timeout"}, {}),
    "429": (429, {"code": "rate_limit_exceeded", "message": "Slow down"}, {"retry-after": "7"}),
    "429-reset": (429, {}, {"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-reset-requests": "1s"}),
    "429-ms": (429, {"message": "Slow down"}, {"retry-after-ms": "1500"}),
    "429-absurd": (429, {"message": "Slow down"}, {"retry-after": "999999999"}),
    "quota": (429, {"code": "insufficient_quota", "message": "You exceeded your current quota"}, {"retry-after": "1"}),
    "billing": (400, {"code": "billing_hard_limit_reached", "message": "Billing hard limit has been reached"}, {}),
    "long": (400, {"code": "context_length_exceeded", "message": "This model's maximum context length is 8192"}, {}),
    "policy": (400, {"code": "content_policy_violation", "message": "Rejected by our safety system"}, {}),
    "moderation": (400, {"code": "moderation_blocked", "message": "Blocked"}, {}),
    "400": (400, {"code": None, "message": "Unrecognised request argument"}, {}),
    "500": (500, {"message": "The server had an error"}, {}),
    "503": (503, {"message": "Overloaded"}, {"retry-after": "20"}),
    "529": (529, {"message": "Overloaded"}, {}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: Any, headers: dict[str, str] | None = None) -> "Reply":
        return cls(status, json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})})

    def wire(self) -> bytes:
        lines = {**self.headers, "content-length": str(len(self.body)), "connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Said')}\r\n{head}\r\n".encode() + self.body


def refused(word: str) -> Reply | None:
    if word not in ERRORS:
        return None
    status, error, headers = ERRORS[word]
    return Reply.json(status, {"error": error}, headers)


def completion(word: str, asked: Json) -> Reply:
    """The answer to a chat completion."""
    options = {
        "no-schema": asked.get("response_format", {}).get("type") == "json_schema",
        "no-format": "response_format" in asked,
        "old": "max_completion_tokens" in asked,
    }
    if options.get(word):
        about = "max_completion_tokens" if word == "old" else "response_format"
        return Reply.json(400, {"error": {"message": f"Unsupported parameter: '{about}'.", "param": about}})
    if word in ("html", "5mb", "list"):
        return _foreign(word)
    return refused(word) or Reply.json(200, _said(word, asked))


def drawing(word: str, url: str, picture: bytes) -> Reply:
    """The answer to an image generation."""
    items: dict[str, Any] = {
        "ok": [{"b64_json": base64.b64encode(picture).decode()}],
        "url": [{"url": f"{url}/pictures/1.png"}],
        "gone": [{"url": f"{url}/control"}],
        "private": [{"url": "http://127.0.0.1:9/secret.png"}],
        "not-base64": [{"b64_json": "%%%"}],
        "not-a-picture": [{"b64_json": base64.b64encode(b"<html>hello</html>").decode()}],
        "none": [],
    }
    return refused(word) or Reply.json(200, {"created": 1, "data": items[word]})


def _foreign(word: str) -> Reply:
    if word == "html":
        return Reply(200, b"<!doctype html><script>alert(1)</script><p>Sign in", {"content-type": "text/html"})
    return Reply(200, b"[]") if word == "list" else Reply.json(200, {"choices": [], "pad": "x" * 5_000_000})


def _said(word: str, asked: Json) -> Json:
    article = _article(asked)
    content = json.dumps(article)
    said: dict[str, Json] = {
        "ok": {"content": content},
        "refusal": {"content": None, "refusal": "I cannot help with that."},
        "empty": {"content": ""},
        "prose": {"content": "Here is your article! It is about coffee."},
        "fenced": {"content": f"```json\n{content}\n```"},
        "thinking": {"content": f"<think>\nHm {{}}\n</think>\n\n{content}"},
        "parts": {"content": [{"type": "text", "text": content}]},
        "bad-shape": {"content": json.dumps({"title": "T", "body": 7})},
        "no-body": {"content": json.dumps({**article, "body": " \n\u200a "})},
        "huge-body": {"content": json.dumps({**article, "body": "word " * 50_000})},
        "nul": {"content": json.dumps({**article, "body": "One\x00 two.\n\nThree."})},
        "loose": {"content": json.dumps(_loose(article))},
        "script": {"content": json.dumps({**article, "body": "Hello <script>alert(1)</script> there."})},
    }
    finish = {"truncated": "length", "filter": "content_filter"}.get(word, "stop")
    message = said.get(word) or {"content": content[: len(content) // 2]}
    return {
        "model": "scripted-1",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}],
        "usage": {"prompt_tokens": 812, "completion_tokens": 345},
    }


def _article(asked: Json) -> Json:
    found = re.search(r"<plan>\n(.*)\n</plan>", asked["messages"][1]["content"], re.DOTALL)
    plan = json.loads(found.group(1)) if found else {"title": "Untitled", "brief": "", "channels": []}
    return {
        "title": plan["title"],
        "excerpt": f"All about {plan['title']}.",
        "body": f"An opening about {plan['title']}.\n\n## From the brief\n\n{plan['brief'] or '[write: the facts]'}\n",
        "captions": [{"channel": one["channel"], "text": f"{plan['title']}. Read on."} for one in plan["channels"]],
        "images": [{"prompt": f"A picture of {plan['title']}", "alt": f"Cover of {plan['title']}"}],
    }


def _loose(article: Json) -> Json:
    """Valid, but over every limit: a heading on top, long captions, a channel nobody asked for, no picture."""
    captions = [{**one, "text": "First sentence. " + "More words here. " * 40} for one in article["captions"]]
    return {
        **article,
        "title": "Long " * 100,
        "excerpt": "One sentence. " * 60,
        "body": "# Title again\n\n" + article["body"],
        "captions": [*captions, {"channel": 999, "text": "Not asked for."}],
        "images": [{"prompt": " ", "alt": ""}],
        "extra": True,
    }
