"""What search engines last heard of the blog, in a sentence with its tone. For the team's settings."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.flow import announcing
from app.settings import settings
from app.times import ago

USUAL = "Search engines are told through IndexNow when a post is published, changed or taken down."


@dataclass(frozen=True, slots=True)
class Told:
    tone: str
    icon: str
    text: str


async def told() -> Told | None:
    """None while no key is set: then nobody is told, and there is nothing to say."""
    if not settings().indexnow_key:
        return None
    latest = await announcing.latest()
    if latest is None:
        return Told("live", "circle-check", f"{USUAL} There was nothing to tell yet.")
    many = "1 address" if latest.urls == 1 else f"{latest.urls:,} addresses"
    since = ago(latest.ended_at or latest.made_at, datetime.now(UTC))
    when = since if since == "just now" else f"{since} ago"
    match latest.result:
        case "heard":
            return Told("live", "circle-check", f"{USUAL} They heard of {many} {when}.")
        case "refused":
            return Told("problem", "octagon-alert", f"Search engines did not take {many} {when}. {latest.note}")
        case "given_up":
            return Told("review", "triangle-alert", f"Search engines were not told of {many}: it is no news any more."
                        " They find them in the sitemap.")  # fmt: skip
    asked = f" {latest.note} They are asked again by themselves." if latest.note else ""
    return Told("review", "clock", f"Search engines have yet to hear of {many}.{asked}")
