"""A channel's categories and tags by name: WordPress drops unknown numbers without a word, so each is looked up."""

import asyncio
import html
import re
from collections.abc import Awaitable, Iterable

from app.platforms.contract import Account, Parcel, Refused, WentOn
from app.platforms.wordpress_wire import Line, Stopped

TAXONOMIES = ("categories", "tags")
NOT_YOURS = "{name} lets this user make no {taxonomy}; make “{term}” there, or take it out of the channel's settings."


async def terms(line: Line, parcel: Parcel) -> dict[str, list[int]] | WentOn:
    """Their numbers, as {"categories": [...], "tags": [...]}; or the step that made the first one missing."""
    known: dict[str, list[int]] | None = parcel.progress.get("terms")
    if known is not None:
        return known
    wanted = [(taxonomy, name) for taxonomy in TAXONOMIES for name in names(parcel.account, taxonomy)]
    ids = await _all(_known(line, parcel, *one) for one in wanted)
    found: dict[str, list[int]] = {}
    for (taxonomy, name), id in zip(wanted, ids, strict=True):
        if id is None:
            return await _make(line, taxonomy, name)
        found.setdefault(taxonomy, []).append(id)
    return found


async def _all(questions: Iterable[Awaitable[int | None]]) -> list[int | None]:
    """Asked at once, since a slow site would use up the attempt's time; none is left running when one fails."""
    heard = await asyncio.gather(*questions, return_exceptions=True)
    if wrong := next((one for one in heard if isinstance(one, BaseException)), None):
        raise wrong
    return [one for one in heard if not isinstance(one, BaseException)]


async def _known(line: Line, parcel: Parcel, taxonomy: str, name: str) -> int | None:
    made: int | None = parcel.progress.get(_key(taxonomy, name))
    return made or await find(line, taxonomy, name)


def names(account: Account, taxonomy: str) -> list[str]:
    """What people typed, separated by commas; each once."""
    typed = (name.strip() for name in re.split(r"[,\n]", str(account.settings.get(taxonomy, ""))))
    return list(dict.fromkeys(name for name in typed if name))


async def find(line: Line, taxonomy: str, name: str) -> int | None:
    """Searched as WordPress stores it, with &amp;; what is found in parts of names is not the one."""
    said = await line.read(f"/{taxonomy}", search=html.escape(name, quote=False), per_page="100", _fields="id,name")
    named = (row for row in said.many if html.unescape(str(row.get("name"))).casefold() == name.casefold())
    return next((row["id"] for row in named if isinstance(row.get("id"), int)), None)


async def _make(line: Line, taxonomy: str, name: str) -> WentOn:
    """Its number is kept: WordPress takes names for equal (ü and u) that we do not, and would be asked for ever."""
    try:
        said = await line.write(f"/{taxonomy}", {"name": name}, _fields="id")
    except Stopped as stopped:
        if stopped.code == "term_exists" and stopped.data.get("term_id"):
            return WentOn(taxonomy, {_key(taxonomy, name): stopped.data["term_id"]}, stopped.outcome.answer)
        raise _explained(stopped, line.account, taxonomy, name) from stopped
    return WentOn(taxonomy, {_key(taxonomy, name): said.number}, said.heard)


def _explained(stopped: Stopped, account: Account, taxonomy: str, name: str) -> Stopped:
    """A right that is missing for a term says nothing against the channel's other posts."""
    if stopped.code != "rest_cannot_create":
        return stopped
    note = NOT_YOURS.format(name=account.name, taxonomy=taxonomy, term=name)
    return Stopped(Refused("invalid_settings", note, stopped.outcome.answer), stopped.code)


def _key(taxonomy: str, name: str) -> str:
    return f"{taxonomy}: {name}"
