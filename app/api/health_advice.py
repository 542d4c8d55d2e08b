"""What somebody should see to, as advice in words, the gravest first. Pure; for app/api/health.py."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.api.shapes_publishing import Advice, Code, Freeze, Lately, ProfileHealth, Queue
from app.forecast_reasons import BROKEN, SILENT
from app.settings import settings


@dataclass(frozen=True, slots=True)
class Known:
    """What the advice is made of. `skewed` and `refused` are sentences, or empty."""

    silence: float | None
    frozen: Freeze | None
    queue: Queue
    lately: Lately
    profiles: Sequence[ProfileHealth]
    red: int
    breaches: int
    skewed: str
    refused: str


Rule = Callable[[Known], Iterator[Advice]]


def advice(known: Known) -> list[Advice]:
    """Everything there is to say; nothing while all is well."""
    found = [one for rule in RULES for one in rule(known)]
    return sorted(found, key=lambda one: not one.grave)


def _publisher(known: Known) -> Iterator[Advice]:
    if known.silence is not None and known.silence <= SILENT:
        return
    since = "yet" if known.silence is None else f"for {max(int(known.silence // 60), 1)} min"
    yield _grave(
        "publisher_missing", f"The publisher has not been seen {since}. Scheduled posts are safe but will be late:"
        " start `galley worker`, or read its log.", "/log",
    )  # fmt: skip


def _stopped(known: Known) -> Iterator[Advice]:
    if known.frozen and known.frozen.cause == "restore":
        yield _mild("frozen", "Sending is frozen since this desk was restored: check what is live, then lift it.",
                    "/restored")  # fmt: skip
    elif known.frozen:
        yield _mild("frozen", "Sending is frozen until an admin lifts it.", "/settings/freeze")


def _channels(known: Known) -> Iterator[Advice]:
    for one in known.profiles:
        url = f"/channels/{one.id}"
        if one.problem:
            why = BROKEN.get(one.problem, "it answered in a way that we do not understand")
            told = f"{one.name} does not work: {why}. {_posts(one.waiting, 'waits', 'wait')} for it."
            yield Advice("profile_not_working", one.waiting > 0, told, _page(url))
        elif one.state == "paused" and one.waiting:
            told = f"{one.name} is paused; {_posts(one.waiting, 'waits', 'wait')} for it."
            yield _mild("profile_paused", told, url)


def _waiting(known: Known) -> Iterator[Advice]:
    queue = known.queue
    if queue.late and not known.frozen:
        yield _grave("late", f"{_posts(queue.late, 'is', 'are')} late. See what the publisher does.", "/log")
    if queue.held:
        yield _mild("held", f"{_posts(queue.held, 'is', 'are')} held: send now, move, or drop.", "/inbox")
    if queue.unconfirmed:
        many = queue.unconfirmed != 1
        told = f"{queue.unconfirmed} {'deliveries are' if many else 'delivery is'} not confirmed: look on the platform"
        yield _mild("not_confirmed", f"{told} and say whether {'they are' if many else 'it is'} live.", "/inbox")


def _lately(known: Known) -> Iterator[Advice]:
    if failed := known.lately.failed:
        told = f"{failed} {'delivery' if failed == 1 else 'deliveries'} failed in the last 24 hours."
        yield _mild("failed_lately", f"{told} The log says why.", "/log?outcome=failed")
    if known.red:
        told = f"{_posts(known.red, 'will', 'will')} not publish as things stand."
        yield _mild("forecast_red", f"{told} The forecast says what helps.", "/forecast?verdict=red")


def _ourselves(known: Known) -> Iterator[Advice]:
    if known.breaches:
        told = f"The desk found {known.breaches} of its own rules broken. Tell whoever maintains it."
        yield _grave("breaches", told, "/forecast")
    if known.skewed:
        yield _grave("clocks_apart", known.skewed, "/forecast")
    if known.refused:
        yield _mild("indexnow_refused", f"Search engines were not told. {known.refused}", "/settings/workspace")


RULES: tuple[Rule, ...] = (_publisher, _stopped, _channels, _waiting, _lately, _ourselves)


def _grave(code: Code, message: str, path: str) -> Advice:
    return Advice(code, True, message, _page(path))


def _mild(code: Code, message: str, path: str) -> Advice:
    return Advice(code, False, message, _page(path))


def _page(path: str) -> str:
    return settings().origin + path


def _posts(count: int, one: str, more: str) -> str:
    return f"{count} post {one}" if count == 1 else f"{count} posts {more}"
