"""How each platform signs, written down once more from its own documentation; and calls that only look as if it had."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from app.signing import new_secret

Headers = list[tuple[str, str]]
OTHERS = "whsec_" + base64.b64encode(b"the secret of another channel....").decode()


def mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def standard(secret: str, body: bytes, at: float, id: str) -> Headers:
    key, stamp = base64.b64decode(secret.removeprefix("whsec_")), str(int(at))
    signature = base64.b64encode(mac(key, b".".join((id.encode(), stamp.encode(), body)))).decode()
    return [("webhook-id", id), ("webhook-timestamp", stamp), ("webhook-signature", f"v1,{signature}")]


def stripe(secret: str, body: bytes, at: float, id: str) -> Headers:
    stamp = str(int(at))
    return [("Stripe-Signature", f"t={stamp},v1={mac(secret.encode(), f'{stamp}.'.encode() + body).hex()}")]


def github(secret: str, body: bytes, at: float, id: str) -> Headers:
    return [("X-GitHub-Delivery", id), ("X-Hub-Signature-256", f"sha256={mac(secret.encode(), body).hex()}")]


def meta(secret: str, body: bytes, at: float, id: str) -> Headers:
    return [("X-Hub-Signature-256", f"sha256={mac(secret.encode(), body).hex()}")]


def x(secret: str, body: bytes, at: float, id: str) -> Headers:
    return [("x-twitter-webhooks-signature", "sha256=" + base64.b64encode(mac(secret.encode(), body)).decode())]


def slack(secret: str, body: bytes, at: float, id: str) -> Headers:
    stamp = str(int(at))
    signature = mac(secret.encode(), b"v0:" + stamp.encode() + b":" + body).hex()
    return [("X-Slack-Request-Timestamp", stamp), ("X-Slack-Signature", f"v0={signature}")]


def shopify(secret: str, body: bytes, at: float, id: str) -> Headers:
    signature = base64.b64encode(mac(secret.encode(), body)).decode()
    return [("X-Shopify-Hmac-Sha256", signature), ("X-Shopify-Webhook-Id", id)]


def ghost(secret: str, body: bytes, at: float, id: str) -> Headers:
    stamp = str(int(at * 1000))
    return [("X-Ghost-Signature", f"sha256={mac(secret.encode(), body + stamp.encode()).hex()}, t={stamp}")]


def webflow(secret: str, body: bytes, at: float, id: str) -> Headers:
    stamp = str(int(at * 1000))
    signature = mac(secret.encode(), stamp.encode() + b":" + body).hex()
    return [("x-webflow-signature", signature), ("x-webflow-timestamp", stamp)]


def telegram(secret: str, body: bytes, at: float, id: str) -> Headers:
    return [("X-Telegram-Bot-Api-Secret-Token", secret)]


def mailchimp(secret: str, body: bytes, at: float, id: str) -> Headers:
    return []


SIGNERS: dict[str, Callable[[str, bytes, float, str], Headers]] = {
    one.__name__: one
    for one in (standard, stripe, github, meta, x, slack, shopify, ghost, webflow, telegram, mailchimp)
}
STAMPED = ("standard", "stripe", "slack", "ghost", "webflow")
BODILESS = ("telegram", "mailchimp")  # whose proof says nothing of the body
UNSIGNED = ("x-github-delivery", "x-shopify-webhook-id")  # names that nobody vouches for


@dataclass(frozen=True, slots=True)
class Sent:
    """One call as it goes over the wire."""

    scheme: str
    headers: Headers
    body: bytes
    query: Headers

    def flat(self, name: str) -> str:
        return next((value for one, value in self.headers if one.lower() == name), "")


def genuine(scheme: str, secret: str, body: bytes, at: datetime | None = None, id: str = "evt-1") -> Sent:
    """A call that has to be believed."""
    when = (at or datetime.now(UTC)).timestamp()
    query = [("secret", secret)] if scheme == "mailchimp" else []
    return Sent(scheme, SIGNERS[scheme](secret, body, when, id), body, query)


def forged(chance: random.Random, secret: str, body: bytes, scheme: str) -> tuple[str, Sent]:
    """A call that must not be believed, and what is wrong with it; `chance` decides."""
    known = [name for name, (fits, _) in WAYS.items() if fits(scheme)]
    while True:
        way = chance.choice(known)
        right = genuine(scheme, secret, body, id=f"evt-{chance.randrange(10**9)}")
        wrong = WAYS[way][1](chance, right, secret)
        if wrong is not None and wrong != right:
            return way, wrong


def _proof(sent: Sent) -> int:
    """Where the signature's header stands."""
    return max(range(len(sent.headers)), key=lambda n: len(sent.headers[n][1]) * (_guarded(sent.headers[n][0])))


def _guarded(name: str) -> bool:
    return name.lower() not in UNSIGNED


def _with_proof(sent: Sent, change: Callable[[str], str]) -> Sent:
    at, headers = _proof(sent), list(sent.headers)
    headers[at] = (headers[at][0], change(headers[at][1]))
    return replace(sent, headers=headers)


def _flipped(chance: random.Random, sent: Sent, secret: str) -> Sent:
    at = chance.randrange(len(sent.body))
    body = bytearray(sent.body)
    body[at] ^= 1 << chance.randrange(8)
    return replace(sent, body=bytes(body))


def _dropped(chance: random.Random, sent: Sent, secret: str) -> Sent | None:
    guarded = [one for one in sent.headers if _guarded(one[0])]
    gone = chance.choice(guarded)
    return replace(sent, headers=[one for one in sent.headers if one != gone])


def _doubled(chance: random.Random, sent: Sent, secret: str) -> Sent:
    return replace(sent, headers=[*sent.headers, chance.choice(sent.headers)])


def _respelled(chance: random.Random, sent: Sent, secret: str) -> Sent | None:
    """The body as another program would have written it."""
    said: Any = json.loads(sent.body)
    spelled = chance.choice(
        [json.dumps(said, indent=1), json.dumps(said, sort_keys=True) + "\n", json.dumps(said, separators=(",", ":"))]
    )
    return replace(sent, body=spelled.encode())


def _recoded(chance: random.Random, sent: Sent, secret: str) -> Sent:
    """The right signature, written in another way than the platform does."""

    def change(text: str) -> str:
        return chance.choice([text.upper(), text[::-1], f"v1a,{text[3:]}", f"{text}0", text.encode().hex()])

    return _with_proof(sent, change)


def _anothers(chance: random.Random, sent: Sent, secret: str) -> Sent:
    return genuine(sent.scheme, chance.choice([OTHERS, new_secret()]), sent.body)


def _late(chance: random.Random, sent: Sent, secret: str) -> Sent:
    off = chance.choice([-1, 1]) * chance.choice([310, 3600, 86_400, 10**7])
    return genuine(sent.scheme, secret, sent.body, datetime.fromtimestamp(datetime.now(UTC).timestamp() + off, UTC))


def _cut(chance: random.Random, sent: Sent, secret: str) -> Sent:
    return _with_proof(sent, lambda text: text[: -chance.randrange(5, 30)])


def _shortened(chance: random.Random, sent: Sent, secret: str) -> Sent:
    return replace(sent, body=sent.body[: chance.randrange(len(sent.body))])


def _longer(chance: random.Random, sent: Sent, secret: str) -> Sent:
    return replace(sent, body=sent.body + chance.randbytes(chance.randrange(1, 9)))


def _scratched(chance: random.Random, sent: Sent, secret: str) -> Sent:
    """One character of the signature is another one, well before its end."""

    def change(text: str) -> str:
        at = len(text) - chance.randrange(8, 30)
        return text[:at] + chance.choice([c for c in "0123456789abcdef" if c != text[at].lower()]) + text[at + 1 :]

    return _with_proof(sent, change)


def _emptied(chance: random.Random, sent: Sent, secret: str) -> Sent:
    return _with_proof(sent, lambda text: chance.choice(["", " ", "v1,", "sha256=", "t=1", "=" * 40, "\u00e9\u00ff"]))


def _confused(chance: random.Random, sent: Sent, secret: str) -> Sent | None:
    """Signed with the right secret in somebody else's style."""
    header = _family(sent.scheme)
    other = chance.choice([name for name in SIGNERS if _family(name) != header and name != "mailchimp"])
    return replace(genuine(other, secret, sent.body), scheme=sent.scheme)


def _family(scheme: str) -> str:
    return "meta" if scheme == "github" else scheme


def _addressed(chance: random.Random, sent: Sent, secret: str) -> Sent:
    """A secret address that is not quite it."""
    wrong: list[Headers] = [
        [], [("secret", "")], [("secret", secret[:-1])], [("secret", secret), ("secret", secret)], [("Secret", secret)],
        [("secret", secret.swapcase())], [("secret", OTHERS)], [("secret", f"{secret}\x00")],
    ]  # fmt: skip
    return replace(sent, query=chance.choice(wrong), headers=[("secret", secret)])


def _restamped(chance: random.Random, sent: Sent, secret: str) -> Sent:
    """The signature of one moment with the time of another."""
    moved = genuine(sent.scheme, secret, sent.body, datetime.fromtimestamp(datetime.now(UTC).timestamp() - 90, UTC))
    if len(sent.headers) == 1:
        return _with_proof(moved, lambda text: text.replace("t=", "t=1") if "t=" in text else text)
    at = _proof(moved)
    return replace(sent, headers=[moved.headers[n] if n == at else one for n, one in enumerate(sent.headers)])


def _odd_times(chance: random.Random, sent: Sent, secret: str) -> Sent:
    odd = chance.choice(["nan", "1e999", "1_0", "-1", "", " ", "9" * 5000, "\u0661\u0662"])
    named = ("webhook-timestamp", "x-slack-request-timestamp", "x-webflow-timestamp")
    if any(name.lower() in named for name, _ in sent.headers):
        return replace(sent, headers=[(n, odd if n.lower() in named else value) for n, value in sent.headers])
    return _with_proof(sent, lambda text: ",".join(f"t={odd}" if "t=" in part else part for part in text.split(",")))


def _bodily(scheme: str) -> bool:
    return scheme not in BODILESS


WAYS: dict[str, tuple[Callable[[str], bool], Callable[[random.Random, Sent, str], Sent | None]]] = {
    "a bit of the body flipped": (_bodily, _flipped),
    "a header dropped": (lambda s: s != "mailchimp", _dropped),
    "a header twice": (lambda s: s != "mailchimp", _doubled),
    "the body written anew": (_bodily, _respelled),
    "the signature written anew": (_bodily, _recoded),
    "another channel's secret": (lambda s: True, _anothers),
    "too old or too new": (lambda s: s in STAMPED, _late),
    "the time of another moment": (lambda s: s in STAMPED, _restamped),
    "no time at all": (lambda s: s in STAMPED, _odd_times),
    "the signature cut": (lambda s: s != "mailchimp", _cut),
    "the body cut": (_bodily, _shortened),
    "the body longer": (_bodily, _longer),
    "the signature scratched": (lambda s: s != "mailchimp", _scratched),
    "no signature": (lambda s: s != "mailchimp", _emptied),
    "another style": (lambda s: s != "mailchimp", _confused),
    "another address": (lambda s: s == "mailchimp", _addressed),
}
