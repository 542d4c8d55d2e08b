"""A person's own choice of e-mail: digest, at once or never; how the last mail went; a letter to try it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post

from app import throttles
from app.flow import digests, mail_wishes
from app.flow.mail_wishes import How, Standing, Wish
from app.mail import Sent, mail_server
from app.pages.forms import Invalid, choice, given, number, read
from app.pages.render import Page, page, see_other
from app.pages.settings import Corner, corners
from app.sessions import Who
from app.settings import SettingsError, settings
from app.throttles import MINUTES_5, Limit
from app.times import ago, city, moment

TEMPLATE = "settings/notifications.html"
HERE = "/settings/notifications"
WAYS = (
    (How.DAILY.value, "Once a day", "One e-mail with everything that you have not looked at by then."),
    (How.HOURLY.value, "Every hour", "The same on the hour, when there is something new."),
    (How.AT_ONCE.value, "At once", "As soon as something happens. What happens together comes together."),
    (How.NEVER.value, "Never", "Nothing by e-mail. The bell still counts."),
)
HOURS = tuple((str(hour), f"{hour:02}:00") for hour in range(24))
OFF = (
    "E-mail is off, since this desk has no mail server yet. "
    "Whoever runs it sets SMTP_URL and MAIL_FROM and restarts it; README says how."
)
WRONG = "E-mail is off, since the mail server's settings are wrong. An admin sees here what to correct."


@dataclass(frozen=True, slots=True)
class WishForm:
    how: str = choice(*How)
    hour: int = number(0, 23)
    urgent: bool = given(default=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about how mail stands, in a group's colour."""

    tone: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class NotificationsPage:
    """`on`: a letter could go out, so one may be tried."""

    corners: tuple[Corner, ...]
    email: str
    zone: str
    ways: tuple[tuple[str, str, str], ...]
    hours: tuple[tuple[str, str], ...]
    typed: dict[str, str]
    notes: tuple[Note, ...]
    last: str
    on: bool
    errors: dict[str, str] = field(default_factory=dict)


@get(HERE)
async def notifications_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@post(HERE)
async def save_notifications(request: Request[Who, Any, Any]) -> Page:
    try:
        form = await read(request, WishForm)
    except Invalid as why:
        return await _page(request, typed=why.typed, errors=why.errors)
    await mail_wishes.save(request.user.id, Wish(form.how, form.hour, form.urgent))
    return see_other(HERE, flash="Saved.")


@post(f"{HERE}/test")
async def try_mail(request: Request[Who, Any, Any]) -> Page:
    """Send one letter now and say what the server answered."""
    who = request.user
    await throttles.take([Limit(f"mail:{who.id}", 3, MINUTES_5), Limit("mail", 30, MINUTES_5)])
    try:
        answer = await digests.try_out(who.id)
    except SettingsError:
        return await _page(request, status=409)
    if answer is None:
        return await _page(request, status=409)
    if isinstance(answer, Sent):
        return see_other(HERE, flash=f"The mail server took it ({answer.note}). Look for it at {who.email}.")
    said = Note("problem", "octagon-alert", f"The e-mail did not go out: “{answer.note}”.")
    return await _page(request, said=said, status=422)


async def _page(
    request: Request[Who, Any, Any],
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    said: Note | None = None,
    status: int = 200,
) -> Page:
    who, now = request.user, await mail_wishes.of(request.user.id)
    off = _why_off(who)
    notes = (said,) if said else (off, _trouble(who, now))
    context = NotificationsPage(
        corners=corners(who, "notifications"),
        email=who.email,
        zone=city(who.zone),
        ways=WAYS,
        hours=HOURS,
        typed=typed or _shown(now.wish),
        notes=tuple(note for note in notes if note),
        last=_last(now),
        on=off is None,
        errors=errors or {},
    )
    status = 422 if errors else status
    return await page(TEMPLATE, context, request=request, title="Notifications", nav="settings", status=status)


def _why_off(who: Who) -> Note | None:
    """Why nothing can be sent; what is wrong with the settings is told to admins only."""
    try:
        on = mail_server(settings()) is not None
    except SettingsError as wrong:
        return Note("problem", "octagon-alert", str(wrong) if who.role == "admin" else WRONG)
    return None if on else Note("plan", "info", OFF)


def _trouble(who: Who, now: Standing) -> Note | None:
    if now.refused_at:
        gone = f"The mail server takes nothing for {who.email}: “{now.note}”. Nothing more is sent there"
        return Note("problem", "octagon-alert", f"{gone} until you save this page again.")
    if now.tries:
        again = f" It is tried again {moment(now.next_at, who.zone, now.next_at.date())}." if now.next_at else ""
        return Note("review", "triangle-alert", f"The last e-mail did not go out: “{now.note}”.{again}")
    return None


def _last(now: Standing) -> str:
    if now.mailed_at is None:
        return "No e-mail has gone out to you yet."
    when = ago(now.mailed_at, datetime.now(UTC))
    return f"The last e-mail went out {when if when == 'just now' else f'{when} ago'}."


def _shown(wish: Wish) -> dict[str, str]:
    return {"how": wish.how, "hour": str(wish.hour), "urgent": "on" if wish.urgent else ""}
