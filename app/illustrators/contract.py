"""What every illustrator promises: a wish in, an image or a typed failure out. Knows no table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.writers.contract import FailureKind


@dataclass(frozen=True, slots=True)
class Wish:
    """What to draw. Colours are #rrggbb; width and height in pixels."""

    prompt: str
    title: str
    team: str
    ink: str = "#1b2230"
    paper: str = "#f3eee4"
    accent: str = "#c07600"
    width: int = 1600
    height: int = 900


@dataclass(frozen=True, slots=True)
class Drawn:
    """The file as the provider made it; it still goes through the guarded re-encode."""

    bytes: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Failed:
    kind: FailureKind
    note: str
    retry_at: datetime | None = None


class Illustrator(Protocol):
    name: str
    label: str

    async def draw(self, wish: Wish) -> Drawn | Failed: ...
