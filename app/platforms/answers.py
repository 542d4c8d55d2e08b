"""What an answer means where a platform's own table is silent. Called by the platforms only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.platforms.contract import (
    Account,
    Answer,
    Content,
    ErrorKind,
    NotSent,
    Parcel,
    Refused,
    Setting,
    TryLater,
    Unknown,
)
from app.safe_http import Failure, Reply, excerpt, json_object, retry_after
from app.safe_http.call import MISTAKEN

REFUSALS: dict[int, tuple[ErrorKind, str]] = {
    400: ("content_rejected", "{name} could not read what was sent."),
    401: ("expired_token", "{name} no longer accepts our credentials."),
    403: ("permission_revoked", "{name} does not allow this to us."),
    404: ("invalid_settings", "{name} has nothing at this address."),
    405: ("invalid_settings", "{name} does not take this kind of request at this address."),
    410: ("invalid_settings", "{name} has closed this address for good."),
    413: ("content_rejected", "{name} finds it too large."),
    415: ("content_rejected", "{name} does not take this format."),
    422: ("content_rejected", "{name} rejected the content."),
}
PATIENCE: dict[int, tuple[ErrorKind, str]] = {
    408: ("platform_unavailable", "{name} was too busy to read it."),
    425: ("platform_unavailable", "{name} is not ready yet."),
    429: ("rate_limited", "{name} asks us to slow down."),
    503: ("platform_unavailable", "{name} is unavailable for now."),
}
MIB = 2**20
PICTURES = Setting(
    "picture_mb", "Largest picture it takes, in MB", "number",
    "Its server's upload limit; heavier pictures go out lighter. Empty: what is usual there.", required=False,
)  # fmt: skip
SPACING = Setting(
    "spacing", "At most one post", "choice", required=False, default="0",
    choices=(
        ("0", "as they come"), ("5", "every 5 seconds"), ("15", "every 15 seconds"), ("60", "every minute"),
        ("300", "every 5 minutes"), ("900", "every 15 minutes"), ("3600", "every hour"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """What a 2xx answer says about the item; empty strings where it says nothing."""

    id: str
    url: str
    status: str
    live_at: datetime | None


def answer(reply: Reply, secrets: Iterable[str]) -> Answer:
    """The answer as the attempt's row keeps it."""
    return Answer(reply.status, excerpt(reply.body, secrets))


def undelivered(failure: Failure, account: Account) -> Refused | NotSent | Unknown:
    """No whole answer came: certainly not sent, or nobody knows."""
    heard = Answer(failure.status)
    if failure.sent:
        return Unknown(f"{account.name} gave no clear answer: {failure.note}", heard)
    if failure.reason in MISTAKEN:
        return Refused("invalid_settings", failure.note, heard)
    return NotSent(failure.note, answer=heard)


def not_connected(missed: Refused | NotSent | TryLater | Unknown) -> Refused:
    """A connection test that found no way through, as the connect page shows it."""
    return missed if isinstance(missed, Refused) else Refused(_kind(missed), missed.note, missed.answer)


def _kind(missed: NotSent | TryLater | Unknown) -> ErrorKind:
    return "platform_unavailable" if isinstance(missed, Unknown) else missed.kind


def declined(reply: Reply, account: Account, heard: Answer) -> Refused | TryLater | Unknown:
    """A whole answer that is no 2xx. A conflict and a 5xx may hide an effect; 503 promises there was none."""
    status, name = reply.status, account.name
    if status in PATIENCE:
        kind, note = PATIENCE[status]
        return TryLater(kind, note.format(name=name), retry_after(reply, datetime.now(UTC)), heard)
    if status in REFUSALS:
        kind, note = REFUSALS[status]
        return Refused(kind, note.format(name=name), heard)
    if status == 409 or status >= 500:
        return Unknown(f"{name} answered {status}; it may or may not have happened.", heard)
    if 300 <= status < 400:
        return Refused("invalid_settings", f"{name} sent us elsewhere; use the final address.", heard)
    return Refused("invalid_settings", f"{name} gave an answer ({status}) that makes no sense here.", heard)


def item(reply: Reply) -> Item | None:
    """The item a JSON answer describes; None when it is not such an answer or reports an error inside."""
    said = json_object(reply)
    if said is None or said.get("error") or said.get("ok") is False:
        return None
    return told(said)


def told(said: dict[str, Any]) -> Item | None:
    """One item of an answer; None when a field has the wrong shape."""
    id, url, status = said.get("id") or "", said.get("url") or "", said.get("status") or ""
    if isinstance(id, int) and not isinstance(id, bool):
        id = str(id)
    if not (isinstance(id, str) and isinstance(url, str) and isinstance(status, str)):
        return None
    if len(id) > 500 or not storable(id):
        return None
    return Item(id, url if web_address(url) else "", status, moment(said.get("live_at")))


def web_address(text: str) -> bool:
    """Whether people may be sent to `text`: absolute, http or https, of bearable length."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and bool(parts.hostname)
    return known and len(text) <= 2048 and storable(text)


def storable(text: str) -> bool:
    """Whether a row can keep it: PostgreSQL takes no NUL and no half of a character, JSON may carry both."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def moment(text: object) -> datetime | None:
    """An ISO 8601 time with its zone, that leaves room to count on; None for anything else."""
    try:
        said = datetime.fromisoformat(str(text))
        at = said.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if said.tzinfo and MINYEAR < at.year < MAXYEAR else None


def stamp(at: datetime | None) -> str | None:
    """A time as we write it on the wire: UTC, ISO 8601, Z."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def written(parcel: Parcel) -> dict[str, Any]:
    """The sealed post as JSON, in the words both our own wire formats share."""
    content = parcel.content
    return {
        "title": content.title,
        "slug": content.slug,
        "excerpt": content.excerpt,
        "body_markdown": content.body,
        "body_html": content.body_html,
        "text": content.fields.get("text", ""),
        "pictures": pictures(content),
        "link": content.link,
    }


def pictures(content: Content) -> list[dict[str, str]]:
    return [{"url": p.url, "alt": p.alt, "mime": p.mime, "sha256": p.sha256} for p in content.pictures]


def lacks(account: Account, needed: Mapping[str, str]) -> tuple[str, ...]:
    """One sentence for every needed thing that is blank."""
    return tuple(f"{account.name} needs a {what}." for what, value in needed.items() if not value.strip())


def lacks_text(content: Content, account: Account, limit: int | None = None) -> tuple[str, ...]:
    """What is wrong with the short text of a caption channel."""
    text = content.fields.get("text", "").strip()
    if limit is not None and len(text) > limit:
        return (f"The text for {account.name} is {len(text) - limit} characters too long (at most {limit}).",)
    return lacks(account, {"short text": text})


def apart(account: Account) -> timedelta:
    """The least time between two sends that the connect form's SPACING asks for."""
    value = str(account.settings.get(SPACING.name) or "0")
    return timedelta(seconds=min(int(value), 86_400)) if value.isdigit() else timedelta(0)


def largest_picture(account: Account, usual: int) -> int:
    """Bytes of one picture: what the connect form's PICTURES says in MB, else what is usual there."""
    value = str(account.settings.get(PICTURES.name) or "")
    return int(value) * MIB if value.isdigit() and 0 < int(value) <= 1024 else usual


def switched_on(account: Account, name: str, default: bool) -> bool:
    """A switch of the connect form, whether it was stored as a boolean or as the form's word."""
    value = account.settings.get(name, default)
    return value if isinstance(value, bool) else str(value).lower() in ("on", "true", "yes", "1")
