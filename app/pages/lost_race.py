"""Both texts of a lost race: what somebody else saved meanwhile, beside what was typed. For the editor."""

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


def _others(stored: Text, typed: Text) -> list[tuple[str, str]]:
    pairs = (
        ("Title", stored.title, typed.title),
        ("Excerpt", stored.excerpt, typed.excerpt),
        ("Address", stored.slug, typed.slug),
    )
    return [(label, old) for label, old, new in pairs if old.strip() != new.strip()]
