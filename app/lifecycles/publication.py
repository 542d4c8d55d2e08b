"""A publication: one run of publishing a post (002's "post workflow")."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Grant, Lifecycle, Move, State

STATES = (
    State("pending", "Accepted", "ready", "clock", "Accepted; a worker takes it from here."),
    State("scheduled", "Scheduled", "ready", "clock", "Waits for its time, or is being sent."),
    State(
        "completed",
        "Completed",
        "live",
        "circle-check",
        "Every channel has settled; says nothing of success.",
    ),
    State("canceled", "Canceled", "stopped", "ban", "Taken back before anything was sent."),
)

PUBLICATION: Lifecycle[PostFacts] = Lifecycle(
    "publication",
    STATES,
    (
        Move("advance", ("pending",), ("scheduled",), Grant(person="editor", worker=True, platform=True)),
        Move("complete", ("scheduled",), ("completed",), Grant(worker=True, platform=True, person="editor")),
        Move("cancel", ("scheduled",), ("canceled",), Grant(person="writer", key="publish", worker=True)),
    ),
)
STATUSES = PUBLICATION.statuses
OPEN = ("pending", "scheduled")
