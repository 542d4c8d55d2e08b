"""The types of our webhooks, made of the lifecycles: `post.<move>`, and of everything smaller the status it reached.

The trigger `event_told` (migration 57) says the same of each event. For the sender and the page that lists them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.lifecycles.delivery import DELIVERY
from app.lifecycles.machine import Lifecycle
from app.lifecycles.media import MEDIA
from app.lifecycles.post import POST
from app.lifecycles.publication import PUBLICATION

SMALL: tuple[Lifecycle[Any], ...] = (PUBLICATION, DELIVERY, MEDIA)
TEST = "galley.test"


@dataclass(frozen=True, slots=True)
class Type:
    """One type of message, with what it says in words."""

    name: str
    meaning: str


@cache
def types() -> tuple[Type, ...]:
    """Every type that an endpoint may hear of, in the order of the lifecycles."""
    return (*_of_posts(), *(kind for lifecycle in SMALL for kind in _of_small(lifecycle)))


@cache
def patterns() -> frozenset[str]:
    """What a filter may hold: a type, or `post.*` for all of a kind."""
    names = [kind.name for kind in types()]
    return frozenset(names) | {f"{name.partition('.')[0]}.*" for name in names}


def unknown(wanted: Iterable[str]) -> list[str]:
    """Those that no message ever has."""
    return [one for one in wanted if one not in patterns()]


def _of_posts() -> Iterator[Type]:
    for name in dict.fromkeys(move.name for move in POST.moves):
        reached = dict.fromkeys(target for move in POST.moves if move.name == name for target in move.targets)
        labels = " or ".join(f"“{POST.state(status).label}”" for status in reached)
        yield Type(f"post.{name}", f"The post is {labels} now.")


def _of_small(lifecycle: Lifecycle[Any]) -> Iterator[Type]:
    for state in lifecycle.states:
        yield Type(f"{lifecycle.name}.{state.name}", state.meaning)
