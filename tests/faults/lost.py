"""Lost answers: the platform acts, or may have, and we do not hear it. 200 per class; none repeated, none lost."""

import httpx

from app import sql
from tests.faults import verdict
from tests.faults.load import World, world
from tests.faults.oracle import effects, read
from tests.faults.tally import Tally
from tests.servers import Place

# What becomes of the first request of every post, which share of the trials, and whether the effect happened.
FAULTS: tuple[tuple[dict[str, object], float, bool], ...] = (
    ({"kind": "drop_after"}, 0.3, True),
    ({"kind": "status_after", "status": 500}, 0.2, True),
    ({"kind": "cut"}, 0.2, True),
    ({"kind": "drop_before"}, 0.2, False),
    ({"kind": "slow", "seconds": 25.0}, 0.1, True),  # longer than we wait
)
ENDS = (
    "SELECT coalesce(c.settings->>'plays', 'keyed') AS plays, d.status, count(*) AS n FROM delivery d"
    " JOIN channel c ON c.id = d.channel GROUP BY 1, 2 ORDER BY 1, 2"
)
PATIENCE = 60.0  # seconds, and as many more as the slow ones need of ten at once


async def run(place: Place, tally: Tally, *, n: int) -> None:
    """`n` posts, each on a keyed, a lookup, a blind channel and a webhook."""
    async with world(place, tally.seed, lag=0.0) as here:
        await here.begin_work(2)
        for fault, share, acted in FAULTS:
            posts = max(1, round((n or 200) * share))
            await _play(here, tally, fault, posts, acted=acted)
            await here.start_over()


async def _play(here: World, tally: Tally, fault: dict[str, object], posts: int, *, acted: bool) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.post(f"{here.origin}/_first", json=fault)).raise_for_status()
    before = len(read(here.log))
    await here.line_up(posts, 0)
    slow = posts * len(here.targets) * 2.0 if fault["kind"] == "slow" else 0.0
    await here.settled(PATIENCE + slow)
    made = effects(read(here.log)[before:])
    wrong = await verdict.breaches() + await verdict.against(made) + await _ends(posts)
    expected = posts * len(here.targets) - (0 if acted else posts)  # a blind one that never arrived is not repeated
    if len(made) != expected:
        wrong.append(f"{len(made)} effects instead of {expected}")
    tally.count(f"{fault['kind']} x {posts}", wrong, trials=posts * len(here.targets))


async def _ends(posts: int) -> list[str]:
    """Keyed and lookup: published. Blind: not confirmed, a person decides."""
    ends = {(row["plays"], row["status"]): row["n"] for row in await sql.rows(ENDS)}
    wanted = {("keyed", "published"): 2 * posts, ("lookup", "published"): posts, ("blind", "unconfirmed"): posts}
    return [] if ends == wanted else [f"ended as {ends}"]
