"""Connecting a WordPress: whether the user may do what publishing needs, in words people can act on."""

from collections.abc import Mapping
from typing import Any

from app.platforms.contract import Connected, Refused
from app.platforms.wordpress_address import address
from app.platforms.wordpress_terms import TAXONOMIES, find, names
from app.platforms.wordpress_wire import Line, Said, Stopped

NEEDED = {"edit_posts": "write posts", "publish_posts": "publish posts", "upload_files": "upload pictures"}
MAKES = {"categories": "manage_categories", "tags": "edit_posts"}
LACKS = "{name} lets {user} not {what}. Give this user the role Author or, better, Editor."
OFF = "{name} has application passwords switched off; WordPress allows them over https:// only."


async def welcome(line: Line) -> Connected | Refused:
    """The account as it stands: signed in, with the rights, and with terms that exist or may be made."""
    index = await line.discover()
    me = await _me(line, index)
    rights = me.one.get("capabilities")
    rights = rights if isinstance(rights, dict) else {}
    user = str(me.one.get("name") or line.account.settings.get("user"))[:60]
    lacking = [what for right, what in NEEDED.items() if not rights.get(right)]
    if lacking:
        note = LACKS.format(name=line.account.name, user=user, what=" or ".join(lacking))
        return Refused("permission_revoked", note, me.heard)
    if why := await _unmakable(line, rights):
        return Refused("invalid_settings", why, me.heard)
    return Connected(f"{address(line.account)} takes posts from {user}{_role(me.one)}.")


async def _me(line: Line, index: Said) -> Said:
    try:
        return await line.read("/users/me", context="edit", _fields="id,name,roles,capabilities")
    except Stopped as stopped:
        if stopped.code and not _offers_passwords(index.one):
            off = Refused("invalid_settings", OFF.format(name=line.account.name), stopped.outcome.answer)
            raise Stopped(off) from stopped
        raise


def _offers_passwords(index: Mapping[str, Any]) -> bool:
    ways = index.get("authentication")
    return isinstance(ways, dict) and "application-passwords" in ways


async def _unmakable(line: Line, rights: Mapping[str, Any]) -> str:
    """A term that is not there and that this user may not make; "" when all is well."""
    for taxonomy in TAXONOMIES:
        if rights.get(MAKES[taxonomy]):
            continue
        for name in names(line.account, taxonomy):
            if await find(line, taxonomy, name) is None:
                return f"{line.account.name} has no “{name}” among its {taxonomy}, and this user may not make it."
    return ""


def _role(me: Mapping[str, Any]) -> str:
    roles = me.get("roles")
    return f" ({roles[0]})" if isinstance(roles, list) and roles and isinstance(roles[0], str) else ""
