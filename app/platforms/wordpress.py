"""WordPress: articles with pictures, categories and tags through its REST API, with a schedule of its own.

One attempt reads what it needs, writes once and reads the status back from the answer, since WordPress decides
it by its own clock: `future` less than a minute ahead is published at once, `publish` with a later date waits.
A new article takes these steps: every picture the library lacks, every missing term, an empty draft under our
mark, then text and status in one write to that draft's number, which may be repeated. Nothing but the empty
draft can therefore come to be twice, and that is looked for by its mark before it is made.

It loses schedules when several write to it at once, so a site is a lane: one call at a time. And its clock only
ticks when somebody visits, so what has missed its time is published by `nudge`.
"""

from collections.abc import Awaitable

from app.platforms import answers
from app.platforms import wordpress_verbs as verbs
from app.platforms.contract import (
    Account,
    Connected,
    Content,
    Outcome,
    Parcel,
    Refused,
    Removed,
    Setting,
    Sighting,
    Traits,
    Unknown,
)
from app.platforms.soft import NO_RENEWAL
from app.platforms.wire import digest, encoded
from app.platforms.wordpress_account import welcome
from app.platforms.wordpress_address import address
from app.platforms.wordpress_media import ENDINGS, shown
from app.platforms.wordpress_posts import held, sighting
from app.platforms.wordpress_wire import Line, Stopped
from app.safe_http import host_port

LONGEST_SLUG = 200  # bytes
USUAL_PICTURE = 2 * answers.MIB  # what PHP takes unless its administrator raised it


class WordPress:
    name = "wordpress"
    label = "WordPress"
    letter = "Wp"
    blurb = "Publishes articles with their pictures to a WordPress site, and can leave the schedule to it."
    settings: tuple[Setting, ...] = (
        Setting("url", "Address of the site", "url", "Its front page, such as https://blog.example.com."),
        Setting("user", "User name", "text", "Somebody with the role Editor, or Author."),
        Setting(
            "password", "Application password", "secret",
            "Made in WordPress under Users, Profile, Application Passwords; not the one for signing in.",
        ),
        Setting("categories", "Categories", "text", "Of every new post, with commas between.", required=False),
        Setting("tags", "Tags", "text", "Of every new post, with commas between.", required=False),
        Setting("schedules", "Let WordPress keep the schedule of its posts", "switch", required=False, default="on"),
        answers.PICTURES,
    )  # fmt: skip

    def traits(self, account: Account) -> Traits:
        schedules = answers.switched_on(account, "schedules", True)
        largest = answers.largest_picture(account, USUAL_PICTURE)
        return Traits(
            "lookup", schedules=schedules, removed_comes_back=True, nudges=True, at_once=1, picture_limit=largest
        )

    def lane(self, account: Account) -> str:
        """The site, whoever writes to it and however it is spelled."""
        site = address(account)
        host = host_port(site).removeprefix("www.").removesuffix(":443").removesuffix(":80")
        return f"wordpress {host}/{site.partition('://')[2].partition('/')[2]}"

    def check(self, content: Content, account: Account) -> tuple[str, ...]:
        said = list(answers.lacks(account, {"title": content.title, "text": content.body}))
        if len(content.slug.encode()) > LONGEST_SLUG:
            said.append(f"The web address is too long for {account.name} (at most {LONGEST_SLUG} bytes).")
        # Asked before anything is packed, nobody has read the type yet.
        odd = sorted({picture.mime for picture in shown(content) if picture.mime} - ENDINGS.keys())
        return (*said, *(f"{account.name} takes no pictures of type {mime}." for mime in odd))

    def digest(self, parcel: Parcel, intent: str) -> bytes:
        """Of the step and the sealed post: the numbers of pictures and terms there are looked up on the way."""
        progress = {name: str(value) for name, value in parcel.progress.items()}
        when = {"due_at": answers.stamp(parcel.due_at), "remote_id": parcel.remote_id, "progress": progress}
        return digest(intent, encoded(answers.written(parcel) | when))

    async def connect(self, account: Account) -> Connected | Refused:
        try:
            return await welcome(Line(account))
        except Stopped as stopped:
            return answers.not_connected(stopped.outcome)

    async def refresh(self, account: Account) -> Refused:
        return NO_RENEWAL

    async def publish(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.put(parcel, schedule=False))

    async def hand_off(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.put(parcel, schedule=True))

    async def update(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.update(parcel))

    async def remove(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.remove(parcel))

    async def reschedule(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.reschedule(parcel))

    async def unschedule(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.unschedule(parcel))

    async def nudge(self, parcel: Parcel) -> Outcome:
        return await _settled(verbs.nudge(parcel))

    async def look(self, parcel: Parcel) -> Sighting:
        try:
            found = await held(Line(parcel.account), parcel)
        except Stopped as stopped:
            return Unknown(stopped.outcome.note, stopped.outcome.answer)
        return Removed() if found is None and parcel.remote_id else sighting(found)


async def _settled(verb: Awaitable[Outcome]) -> Outcome:
    try:
        return await verb
    except Stopped as stopped:
        return stopped.outcome
