"""Both texts of a lost race: what somebody else saved meanwhile, beside what was typed. For the editor and forms."""

from dataclasses import dataclass

from app import sql
from app.content import Revision, Text
from app.prose import diff


@dataclass(frozen=True, slots=True)
class Theirs:
    """The version that was faster. `others`: its fields besides the text that differ from what was typed, in full."""

    title: str
    body: str
    changes: tuple[diff.Change, ...]
    others: tuple[tuple[str, str], ...]


async def theirs(stored: Text, typed: Text) -> Theirs:
    return Theirs(
        title=await _title(stored),
        body=stored.body,
        changes=tuple(diff.paragraphs(stored.body, typed.body)),
        others=tuple(_others(stored, typed)),
    )


async def _title(stored: Text) -> str:
    """Who saved which version; the writer and the worker have no name of their own here."""
    if not isinstance(stored, Revision):
        return "The post changed while you were typing"
    name = await sql.value("SELECT name FROM person WHERE id = $1", stored.person)
    return f"{name or 'Galley'} saved version {stored.number} while you were typing"


def differing(*fields: tuple[str, str, str]) -> tuple[tuple[str, str], ...]:
    """Of label, what stands there now and what was typed: the first two where they differ. For forms of plain words."""
    return tuple((label, stands or "(empty)") for label, stands, typed in fields if stands.split() != typed.split())


def _others(stored: Text, typed: Text) -> list[tuple[str, str]]:
    pairs = (
        ("Title", stored.title, typed.title),
        ("Excerpt", stored.excerpt, typed.excerpt),
        ("Address", stored.slug, typed.slug),
    )
    return [(label, old) for label, old, new in pairs if old.strip() != new.strip()]
