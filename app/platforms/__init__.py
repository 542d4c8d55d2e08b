"""The registry: every kind of destination by its technical name. Flows and doors may call it."""

from app.platforms.contract import Platform
from app.platforms.sandbox import Sandbox
from app.platforms.site import Site
from app.platforms.webhook import Webhook
from app.platforms.wordpress import WordPress

PLATFORMS: dict[str, Platform] = {p.name: p for p in (Site(), WordPress(), Webhook(), Sandbox())}


def platform(name: str) -> Platform:
    """The platform of that name; KeyError for one that this version does not know."""
    return PLATFORMS[name]


def letter(platform: str, name: str) -> str:
    """What a channel's tile shows: its platform's, or the first of its own name where it rehearses some other one."""
    kind = PLATFORMS.get(platform)
    return name[:1].upper() if kind is None or kind.name == Sandbox.name else kind.letter
