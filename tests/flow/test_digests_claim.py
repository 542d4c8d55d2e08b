"""A claim takes one person, whatever plan PostgreSQL picks for it."""

from app import sql
from app.atomic import atomic
from app.flow import digests
from tests.flow.test_digests import notice, reader

NESTED = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off"


async def test_a_claim_takes_one_person_even_where_a_subquery_would_be_run_again_and_again() -> None:
    for _ in range(4):
        await notice(await reader())
    async with atomic():
        await sql.run(NESTED)
        await sql.run("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        assert len(await sql.rows(digests.CLAIM)) == 1
