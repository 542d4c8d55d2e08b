"""An image the product owns. Drawing again is a new row; failed stays failed."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import Grant, Lifecycle, Move, State

STATES = (
    State("pending", "Being drawn", "work", "image", "The picture is on its way."),
    State("processed", "Ready", "live", "circle-check", "Its file is stored and checked."),
    State("failed", "Failed", "problem", "octagon-alert", "It could not be made; the text is safe."),
)

MEDIA: Lifecycle[PostFacts] = Lifecycle(
    "media",
    STATES,
    (
        Move("store", ("pending",), ("processed",), Grant(person="writer", key="write", worker=True)),
        Move("fail", ("pending",), ("failed",), Grant(person="writer", worker=True)),
    ),
)
STATUSES = MEDIA.statuses
