"""The rehearsal channel: real calls to this installation's own receiver, which plays any class and fault.

The wire format is in `sandbox_wire`; the receiver's door is the web process's `/sandbox/{channel}`.
"""

from datetime import UTC, datetime

from app.platforms import answers
from app.platforms.contract import (
    Account,
    Class,
    Connected,
    Content,
    Outcome,
    Parcel,
    Refused,
    Renewal,
    Setting,
    Sighting,
    Traits,
    Unknown,
)
from app.platforms.sandbox_wire import (
    ask,
    callback_secret,
    do,
    expiry,
    heard_of,
    listed,
    look_by_id,
    look_by_stamp,
    plays,
    renew,
    request,
)
from app.platforms.soft import Plain
from app.platforms.wire import digest
from app.safe_http import Reply

__all__ = ["Sandbox", "callback_secret"]

CLASSES: tuple[Class, ...] = ("keyed", "lookup", "blind")
TEXT_LIMIT = 500
PASSED = Refused("unexpected", "Its time has passed, so nothing was handed over.")


class Sandbox(Plain):
    name = "sandbox"
    label = "Rehearsal"
    letter = "R"
    blurb = "Publishes to a receiver inside this installation that can be told to fail as platforms do."
    settings: tuple[Setting, ...] = (
        Setting(
            "plays", "Plays a platform that", "choice", default="keyed",
            choices=(
                ("keyed", "recognises a repeated request"),
                ("lookup", "can be asked what it has"),
                ("blind", "does neither, so an unclear answer waits for a person"),
            ),
        ),
        Setting("schedules", "Keeps a schedule of its own", "switch", required=False),
        Setting("updates", "Lets posts be changed", "switch", required=False, default="on"),
        Setting("removes", "Lets posts be taken down", "switch", required=False, default="on"),
        Setting("caption", "Takes a short text, not the article", "switch", required=False),
        Setting("expires", "Its token runs out after ten minutes", "switch", required=False),
        answers.SPACING,
    )  # fmt: skip

    def traits(self, account: Account) -> Traits:
        caption = answers.switched_on(account, "caption", False)
        return Traits(
            next((part for part in CLASSES if plays(account, part)), "blind"),
            schedules=answers.switched_on(account, "schedules", False),
            updates=answers.switched_on(account, "updates", True),
            removes=answers.switched_on(account, "removes", True),
            caption=caption,
            files=False,
            caption_limit=TEXT_LIMIT if caption else None,
            refreshes=_expires(account),
            spacing=answers.apart(account),
        )

    def check(self, content: Content, account: Account) -> tuple[str, ...]:
        if answers.switched_on(account, "caption", False):
            return answers.lacks_text(content, account, TEXT_LIMIT)
        return answers.lacks(account, {"title": content.title, "text": content.body})

    def digest(self, parcel: Parcel, intent: str) -> bytes:
        method, path, body = request(parcel, intent)
        return digest(f"{method} {path}", body)

    async def connect(self, account: Account) -> Connected | Refused:
        heard = await ask(account, ("GET", "/items?stamp=connect", b""))
        if isinstance(heard, Reply):
            if listed(heard) is not None:
                return Connected(f"{account.name} answers.", expiry(heard) if _expires(account) else None)
            return answers.not_connected(answers.declined(heard, account, heard_of(heard, account)))
        return answers.not_connected(answers.undelivered(heard, account))

    async def publish(self, parcel: Parcel) -> Outcome:
        return await do(parcel, "create")

    async def update(self, parcel: Parcel) -> Outcome:
        return await do(parcel, "update")

    async def remove(self, parcel: Parcel) -> Outcome:
        return await do(parcel, "remove")

    async def hand_off(self, parcel: Parcel) -> Outcome:
        return await do(parcel, "hand_off") if _ahead(parcel) else PASSED

    async def reschedule(self, parcel: Parcel) -> Outcome:
        return await do(parcel, "reschedule") if _ahead(parcel) else PASSED

    async def unschedule(self, parcel: Parcel) -> Outcome:
        return await do(parcel, "unschedule")

    async def refresh(self, account: Account) -> Renewal:
        return await renew(account) if _expires(account) else await super().refresh(account)

    async def look(self, parcel: Parcel) -> Sighting:
        if parcel.remote_id:
            return await look_by_id(parcel)
        if plays(parcel.account, "lookup"):
            return await look_by_stamp(parcel)
        return Unknown("This rehearsal cannot be asked about something it gave no number.")


def _expires(account: Account) -> bool:
    return answers.switched_on(account, "expires", False)


def _ahead(parcel: Parcel) -> bool:
    """Platforms publish at once what is handed over with a past time, so a past time never leaves."""
    return parcel.due_at is not None and parcel.due_at > datetime.now(UTC)
