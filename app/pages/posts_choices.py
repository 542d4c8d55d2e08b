"""The form above the posts list: groups as links, everything else to choose from. For the list only."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record

from app.lifecycles.post import GROUPS, POST
from app.pages.posts_filters import BEST, USUAL, Wanted

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A colour group as a link; `current` when it is the one shown."""

    group: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """The form above the list: what may be chosen, and what is."""

    chips: tuple[Chip, ...]
    statuses: Options
    weeks: Options
    channels: Options
    campaigns: Options
    owners: Options
    wanted: Wanted
    count: int
    clear: str
    best: bool
    matches: str


def filters(want: Wanted, choices: Sequence[Record]) -> Filters:
    """What may be chosen, and what is."""
    chips = tuple(Chip(key, label, want.address(group=key), key == want.group) for key, label in GROUPS.items())
    return Filters(
        chips=(Chip("", "All", want.address(group=""), not want.group), *chips),
        statuses=_options([(state.name, state.label) for state in POST.states], want.status),
        weeks=_options([("week", "This week"), ("next", "Next week")], want.when),
        channels=_offered(choices, "channel", want.channel),
        campaigns=_offered(choices, "campaign", want.campaign),
        owners=_offered(choices, "owner", want.owner),
        wanted=want,
        count=want.filtered - bool(want.group) - bool(want.q),
        clear=Wanted(sort=USUAL if want.column == "match" else want.sort).address(),
        best=want.sort == BEST,
        matches=want.address(sort=USUAL if want.sort == BEST else BEST),
    )


def _offered(choices: Sequence[Record], kind: str, chosen: int | None) -> Options:
    """The rows of one kind as options; what is over and done only while it is chosen."""
    named = [(str(row["id"]), row["name"], row["connected"]) for row in choices if row["kind"] == kind]
    offered = [(key, name) for key, name, current in named if current or key == str(chosen)]
    return _options(offered, str(chosen or "")) if named else ()


def _options(offered: Sequence[tuple[str, str]], chosen: str) -> Options:
    """With `Any` first, and with the chosen one even when nothing has that id any more."""
    lost = [(chosen, "Unknown")] if chosen and chosen not in dict(offered) else []
    return (("", "Any"), *offered, *lost)
