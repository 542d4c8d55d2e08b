"""A post of the API as `galley` prints it for people: its state, when it goes out, and each channel's result."""

from typing import Any

from app.client import Desk
from app.commands_channels import names
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.post import POST, STATUSES
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.terminal import Cell, plain, table, toned, when

TONES = {DeliveryStatus.PUBLISHED: "good", DeliveryStatus.FAILED: "bad", DeliveryStatus.PENDING: "waiting"}
QUEUED = "Queued"  # what is scheduled for no time
HEADINGS = ("CHANNEL", "RESULT", "WHERE OR WHY")


async def card(desk: Desk, post: dict[str, Any]) -> str:
    """Some lines about the post, and a table of its channels once it is on its way."""
    lines = [f"Post {post['id']}  {plain(post['title'])}", f"{_state(post)}  {toned(plain(post['url']), 'faint')}"]
    if post["deliveries"]:
        known = await names(desk)
        lines += ["", table(HEADINGS, [_row(delivery, known) for delivery in post["deliveries"]])]
    return "\n".join(lines)


def how_it_went(post: dict[str, Any]) -> str:
    """One sentence about a post that is settled and is not live everywhere."""
    if post["canceled_at"]:
        return f"post {post['id']} was canceled"
    failed = [one for one in post["deliveries"] if one["status"] != DeliveryStatus.PUBLISHED]
    return f"post {post['id']} is not live on {len(failed) or 'any'} of its {len(post['deliveries'])} channels"


def _state(post: dict[str, Any]) -> str:
    known = post["editorial_status"] in STATUSES
    label = POST.state(post["editorial_status"]).label if known else plain(post["editorial_status"])
    if post["cancel_requested_at"]:
        return f"{label}; its platform is being asked to cancel it."
    if post["canceled_at"]:
        return f"{label}; canceled."
    if post["status"] in OPEN and not post["scheduled_at"]:
        return f"{QUEUED if post['editorial_status'] == PostStatus.SCHEDULED else label}; goes out now."
    if post["status"] in OPEN:
        return f"{label}; goes out {when(post['scheduled_at'])}."
    return f"{label}; planned for {when(post['planned_at'])}." if post["planned_at"] else f"{label}."


def _row(delivery: dict[str, Any], known: dict[int, str]) -> tuple[Cell, ...]:
    channel = known.get(delivery["profile_id"], f"{delivery['provider']} #{delivery['profile_id']}")
    label = DELIVERY.state(delivery["detail"]).label if delivery["detail"] in DELIVERY.statuses else delivery["status"]
    error = delivery["error"] or {}
    said = delivery["url"] or error.get("message") or error.get("kind") or when(delivery["next_attempt_at"])
    return Cell(channel), Cell(label, TONES.get(delivery["status"], "")), Cell(said or "")
