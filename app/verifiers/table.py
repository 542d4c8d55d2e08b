"""How platforms sign what they call back with, one line per style. Pure data, for verify and challenges.

Header names are lower case. Whatever a line leaves out its platform does not have: without a time a replay is only
found by its id, without an id the body's own SHA-256 is one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Scheme:
    """One style. The MAC is HMAC-SHA256 over `before`, the raw body and `after`, with the time's own digits in them.

    `part`: the name before each signature in its header, which is then a list `name=value, …`; "" when the header
    is the signature and nothing else. `several`: more than one may be given, and strange parts are passed over.
    """

    name: str
    label: str
    header: str = ""  # of the proof; "": the secret address is the proof
    part: str = ""
    several: bool = False
    encoding: Literal["hex", "base64", "plain"] = "hex"  # plain: the secret itself
    key: Literal["text", "whsec"] = "text"
    before: str = ""
    after: str = ""
    stamp_header: str = ""
    stamp_part: str = ""  # of the signature's own header
    unit: int = 1  # of the time, in a second
    tolerance: timedelta = timedelta(minutes=5)  # into the past and into the future
    id_header: str = ""
    asks: Literal["", "hub", "crc", "look"] = ""  # how a GET tries the address before anything is sent there
    form: bool = False  # sends its fields as a form, not as JSON

    @property
    def stamped(self) -> bool:
        return bool(self.stamp_header or self.stamp_part)

    @property
    def repeatable(self) -> bool:
        """Whether its id may be another one under the same signature: then only the body tells a replay."""
        return bool(self.id_header) and not self.stamped

    @property
    def headers(self) -> frozenset[str]:
        """What must not come twice."""
        return frozenset({self.header, self.stamp_header, self.id_header} - {""})


STANDARD = Scheme(
    "standard", "Standard Webhooks", "webhook-signature", "v1", several=True, encoding="base64", key="whsec",
    before="{id}.{stamp}.", stamp_header="webhook-timestamp", id_header="webhook-id",
)  # fmt: skip
SCHEMES: dict[str, Scheme] = {
    one.name: one
    for one in (
        STANDARD,
        Scheme("stripe", "Stripe", "stripe-signature", "v1", several=True, before="{stamp}.", stamp_part="t"),
        Scheme("github", "GitHub", "x-hub-signature-256", "sha256", id_header="x-github-delivery"),
        Scheme("meta", "Meta", "x-hub-signature-256", "sha256", asks="hub"),
        Scheme("x", "X", "x-twitter-webhooks-signature", "sha256", encoding="base64", asks="crc"),
        Scheme(
            "slack", "Slack", "x-slack-signature", "v0",
            before="v0:{stamp}:", stamp_header="x-slack-request-timestamp",
        ),
        Scheme(
            "shopify", "Shopify", "x-shopify-hmac-sha256", encoding="base64", id_header="x-shopify-webhook-id",
        ),
        Scheme("ghost", "Ghost", "x-ghost-signature", "sha256", after="{stamp}", stamp_part="t", unit=1000),
        Scheme(
            "webflow", "Webflow", "x-webflow-signature",
            before="{stamp}:", stamp_header="x-webflow-timestamp", unit=1000,
        ),
        Scheme("telegram", "Telegram: the secret in a header", "x-telegram-bot-api-secret-token", encoding="plain"),
        Scheme("mailchimp", "Mailchimp: not signed, a secret address", encoding="plain", asks="look", form=True),
    )
}  # fmt: skip


def choices() -> tuple[tuple[str, str], ...]:
    """Name and label of every style, for a connect form."""
    return tuple((one.name, one.label) for one in SCHEMES.values())
