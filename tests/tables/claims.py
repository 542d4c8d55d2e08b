"""A claim: the statement `breaks` is refused by the rule `rule`, its neighbour `keeps` is accepted."""

from dataclasses import dataclass

import asyncpg
import pytest


@dataclass(frozen=True, slots=True)
class Claim:
    rule: str
    breaks: str
    keeps: str
    given: str = ""

    def __str__(self) -> str:
        return self.rule


async def hold(world: asyncpg.Connection, claim: Claim) -> None:
    """Both halves of the claim, each on the same rows; deferred rules are asked at once."""
    if claim.given:
        await world.execute(claim.given)
    broken = world.transaction()
    await broken.start()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await world.execute(f"{claim.breaks}; set constraints all immediate")
    await broken.rollback()
    assert refused.value.constraint_name == claim.rule
    await world.execute(f"{claim.keeps}; set constraints all immediate")
