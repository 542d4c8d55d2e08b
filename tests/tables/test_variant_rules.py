"""A file has one copy for each purpose, and a purpose is a width or a weight."""

import asyncpg
import pytest

from .claims import Claim, hold

COPY = "insert into variant (source, purpose, blob) values ('b1', '{}', 'b1')"
CLAIMS = (
    Claim("variant_once", COPY.format("width 320"), COPY.format("width 640")),
    Claim("variant_purpose_known", COPY.format("width 0"), COPY.format("width 1280")),
    Claim("variant_purpose_known", COPY.format("thumbnail"), COPY.format("weight 2097152")),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_variants_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
