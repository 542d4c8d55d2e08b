"""What workers would do for one post, by hand: send, look, recall, until nothing of it is due. For app/demo only."""

from app import sql
from app.flow import lookups, publish, recall

ROUNDS = 8
DUE = "SELECT id FROM delivery WHERE post = $1 AND next_at <= now() ORDER BY id"


async def run(post: int) -> None:
    for _ in range(ROUNDS):
        await publish.advance(post)
        await recall.work(post)
        due = [found["id"] for found in await sql.rows(DUE, post)]
        for delivery in due:
            await publish.send(delivery)
            await lookups.look(delivery)
        if not due:
            return


async def accepted() -> None:
    """What was lined up goes on its schedule, or on its platform's."""
    for found in await sql.rows("SELECT post FROM publication WHERE next_at <= now() ORDER BY post"):
        await run(found["post"])
