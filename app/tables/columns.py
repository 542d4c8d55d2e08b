"""How one table points at another; for the tables only. A row that is pointed at cannot be deleted."""

from typing import TypeVar

from piccolo.columns import ForeignKey, OnDelete, OnUpdate
from piccolo.table import Table

T = TypeVar("T", bound=Table)


def references(table: type[T], *, null: bool = False, primary_key: bool = False) -> ForeignKey[T]:
    return ForeignKey(
        table,
        null=null,
        primary_key=primary_key,
        on_delete=OnDelete.no_action,
        on_update=OnUpdate.no_action,
    )


def belongs_to(table: type[T], *, null: bool = False) -> ForeignKey[T]:
    """A reference of a row that means nothing without the other and goes away with it."""
    return ForeignKey(table, null=null, on_delete=OnDelete.cascade, on_update=OnUpdate.no_action)


def references_sibling() -> ForeignKey[Table]:
    """An optional reference to another row of the same table."""
    return ForeignKey("self", null=True, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action)
