"""A delivery: one publication on one channel. `failed` means certainly not there."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Grant, Lifecycle, Move, State

STATES = (
    State("pending", "Waiting", "ready", "clock", "Nothing has been sent yet."),
    State("sending", "Sending", "work", "send", "A call is open."),
    State("retrying", "Trying again", "work", "rotate-ccw", "It is tried or looked up again."),
    State("handed_off", "Handed over", "ready", "clock", "The platform holds it with our time and publishes it."),
    State("published", "Published", "live", "circle-check", "Confirmed live."),
    State("withdrawn", "Taken down", "stopped", "archive-restore", "Was live, was taken down."),
    State("unconfirmed", "Not confirmed", "problem", "octagon-alert",
          "We may or may not have published it; it is never sent again by itself."),
    State("failed", "Failed", "problem", "octagon-alert", "Certainly not there."),
    State("canceled", "Canceled", "stopped", "ban", "Taken back before it was sent."),
)  # fmt: skip

SENDER = Grant(worker=True)
ANSWER = Grant(worker=True, platform=True)
PERSON = Grant(person="editor", worker=True, platform=True)

DELIVERY: Lifecycle[PostFacts] = Lifecycle(
    "delivery",
    STATES,
    (
        Move("send", ("pending", "retrying"), ("sending",), SENDER),
        Move("confirm", ("unconfirmed",), ("published",), PERSON, "It is live", "circle-check", "primary",
             confirm=True, fields=("url",)),
        Move("confirm", ("pending", "sending", "retrying", "handed_off", "canceled", "withdrawn", "failed"),
             ("published",), ANSWER),
        Move("hand_off", ("pending", "sending", "retrying"), ("handed_off",), ANSWER),
        Move("retry_later", ("sending", "retrying"), ("retrying",), ANSWER),
        Move("postpone", ("sending", "retrying"), ("pending",), SENDER),
        Move("refuse", ("retrying",), ("failed",), PERSON, "Stop trying", "x", "danger", confirm=True),
        Move("refuse", ("pending", "sending", "handed_off"), ("failed",), ANSWER),
        Move("lose", ("pending", "sending", "retrying", "handed_off"), ("unconfirmed",), ANSWER),
        Move("deny", ("unconfirmed",), ("failed",), PERSON, "It is not there: send again", "rotate-ccw",
             confirm=True),
        Move("withdraw", ("published",), ("withdrawn",), ANSWER),
        Move("release", ("handed_off",), ("pending",), Grant(person="editor", worker=True)),
        Move("cancel", ("pending", "retrying", "handed_off"), ("canceled",),
             Grant(person="writer", key="publish", worker=True)),
    ),
)  # fmt: skip
STATUSES = DELIVERY.statuses
PUBLIC = {"withdrawn": "published", "unconfirmed": "failed", "failed": "failed", "published": "published"}


def public(status: str) -> str:
    """The status the JSON API shows: pending, published or failed."""
    return PUBLIC.get(status, "pending")
