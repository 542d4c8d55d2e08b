"""Signed webhook: any site that takes Standard Webhooks.

`POST {url}` with `webhook-id`, `webhook-timestamp`, `webhook-signature` (HMAC-SHA256 under the channel's
`whsec_` secret) and `{"type", "timestamp", "data"}`. Types: post.publish, post.update, post.unpublish, ping.
`data` is `{delivery_id, idempotency_key, remote_id, remote_url, scheduled_at, post}`; `post` is
`{title, slug, excerpt, body_markdown, body_html, text, pictures: [{url, alt, mime, sha256}], link}`.
Every repetition has the same webhook-id and a new timestamp, so a receiver that remembers ids acts once.
Any 2xx means done; `{id, url}` in it is kept. 409 with `{id, url}` means it was there already.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.platforms import answers
from app.platforms.contract import (
    Account,
    Answer,
    Connected,
    Content,
    NotSent,
    Outcome,
    Parcel,
    Published,
    Refused,
    Removed,
    Setting,
    Traits,
    TryLater,
    Unknown,
)
from app.platforms.soft import Soft
from app.platforms.wire import digest, encoded
from app.safe_http import Call, Failure, Reply, send
from app.signing import signed_headers, usable
from app.verifiers import CALLBACK, STANDARD, choices

TYPES = {"create": "post.publish", "update": "post.update", "remove": "post.unpublish"}
NO_SECRET = Refused("invalid_settings", "The signing secret is missing or not a whsec_ secret; set a new one.")


@dataclass(frozen=True, slots=True)
class Heard:
    """A 2xx, or the 409 that means the same: what it says and how the attempt's row keeps it."""

    item: answers.Item
    answer: Answer


class Webhook(Soft):
    name = "webhook"
    label = "Signed webhook"
    letter = "W"
    blurb = "Sends each post, its changes and its removal as signed requests to an address of yours."
    settings: tuple[Setting, ...] = (
        Setting("url", "Address", "url", "Receives a signed POST for every post."),
        Setting("secret", "Signing secret", "secret", "Left empty, one is made for you.", required=False),
        Setting(
            "content", "What to send", "choice", default="article",
            choices=(("article", "The whole article"), ("text", "A short text with a link")),
        ),
        answers.SPACING,
        Setting(
            "callbacks", "Its callbacks are signed like", "choice", required=False, default=STANDARD.name,
            help="How whatever takes the posts signs when it reports back.", choices=choices(),
        ),
        Setting(
            CALLBACK, "Secret of its callbacks", "secret", required=False,
            help="Left empty, the signing secret counts.",
        ),
    )  # fmt: skip

    def traits(self, account: Account) -> Traits:
        return Traits("keyed", caption=_short(account), files=False, spacing=answers.apart(account))

    def check(self, content: Content, account: Account) -> tuple[str, ...]:
        if _short(account):
            return answers.lacks_text(content, account)
        return answers.lacks(account, {"title": content.title, "text": content.body})

    def digest(self, parcel: Parcel, intent: str) -> bytes:
        """Of the type and `data`: the envelope's timestamp is the clock of the try, not content."""
        return digest(TYPES.get(intent, intent), encoded(_data(parcel, intent)))

    async def connect(self, account: Account) -> Connected | Refused:
        key = f"ping_{token_hex(12)}"
        heard = await _post(account, key, "ping", {"delivery_id": key, "idempotency_key": key})
        if isinstance(heard, Heard):
            return Connected(f"{account.name} answered a signed ping with {heard.answer.status}.")
        return answers.not_connected(heard)

    async def publish(self, parcel: Parcel) -> Outcome:
        return await _put(parcel, "create")

    async def update(self, parcel: Parcel) -> Outcome:
        return await _put(parcel, "update")

    async def remove(self, parcel: Parcel) -> Outcome:
        heard = await _send(parcel, "remove")
        return Removed(heard.answer) if isinstance(heard, Heard) else heard

    async def look(self, parcel: Parcel) -> Unknown:
        return Unknown("A webhook cannot be asked; the same message is sent again under the same id.")


def _short(account: Account) -> bool:
    return account.settings.get("content") == "text"


async def _put(parcel: Parcel, intent: str) -> Outcome:
    heard = await _send(parcel, intent)
    if not isinstance(heard, Heard):
        return heard
    id, url = heard.item.id or parcel.remote_id or parcel.key, heard.item.url or parcel.remote_url
    return Published(id, url, heard.item.live_at, heard.answer)


async def _send(parcel: Parcel, intent: str) -> Heard | Refused | TryLater | NotSent | Unknown:
    return await _post(parcel.account, _message(parcel, intent), TYPES[intent], _data(parcel, intent))


async def _post(
    account: Account, message: str, type: str, data: dict[str, Any]
) -> Heard | Refused | TryLater | NotSent | Unknown:
    secret = account.secrets.get("secret", "")
    if not usable(secret):
        return NO_SECRET
    now = datetime.now(UTC)
    body = encoded({"type": type, "timestamp": answers.stamp(now), "data": data})
    headers = signed_headers(secret, id=message, at=now, body=body)
    call = Call("POST", _url(account), headers | {"content-type": "application/json"}, body)
    match await send(call):
        case Failure() as failure:
            return answers.undelivered(failure, account)
        case Reply() as reply:
            return _heard(reply, account)


def _heard(reply: Reply, account: Account) -> Heard | Refused | TryLater | Unknown:
    answer = answers.answer(reply, _hidden(account))
    said = _said(reply) if reply.ok else answers.item(reply)
    if reply.status == 409 and said is not None and said.id:
        return Heard(said, answer)
    if not reply.ok:
        return answers.declined(reply, account, answer)
    if said is None:
        return Unknown(f"{account.name} answered {reply.status} with something that is no receipt.", answer)
    return Heard(said, answer)


def _said(reply: Reply) -> answers.Item | None:
    """JSON is optional in a 2xx; a web page or broken JSON shows that something else answered."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith("json") and reply.body.strip() not in (b"", b"null"):
        return answers.item(reply)
    looks_like_a_page = kind == "text/html" or reply.body.lstrip()[:1] == b"<"
    return None if looks_like_a_page else answers.item(reply) or answers.Item("", "", "", None)


def _message(parcel: Parcel, intent: str) -> str:
    """The webhook-id. A removal comes with the key of the delivery it undoes and must not look repeated; nor must the
    removal of what came back since."""
    if intent == "remove" and parcel.recall:
        return f"{parcel.key}_{intent}_{parcel.recall}"
    return parcel.key if intent == "create" else f"{parcel.key}_{intent}"


def _data(parcel: Parcel, intent: str) -> dict[str, Any]:
    post = answers.written(parcel)
    if _short(parcel.account):
        post |= {"body_markdown": "", "body_html": ""}
    return {
        "delivery_id": parcel.key,
        "idempotency_key": _message(parcel, intent),
        "remote_id": parcel.remote_id,
        "remote_url": parcel.remote_url,
        "scheduled_at": answers.stamp(parcel.due_at),
        "post": post,
    }


def _url(account: Account) -> str:
    return str(account.settings.get("url", ""))


def _hidden(account: Account) -> list[str]:
    """The secrets, and whatever the address carries in its query: often a token."""
    queried = [value for _, value in parse_qsl(urlsplit(_url(account)).query)]
    return [*account.secrets.values(), *queried]
