"""Assign: a post gets another owner, who may then write it as their own."""

from app import sql
from app.atomic import atomic
from app.lifecycles.machine import By
from app.lifecycles.post_moves import EDITOR
from app.moves import Refused, lock, touch
from app.tables import Post

OWNER = "SELECT name FROM person WHERE id = $1 AND disabled_at IS NULL AND role <> 'viewer'"


async def assign(post: Post, owner: int | None, *, by: By) -> Post:
    """Editors give a post to anybody who may write."""
    async with atomic():
        await lock(post.id)
        name = await sql.value(OWNER, owner)
        if name is None:
            raise Refused("Only somebody who may write can own a post. Pick another person.")
        if post.author == owner:
            raise Refused(f"It is {name}'s already.")
        told = {"from": post.author, "to": owner}
        return await touch(
            post, "assign", by=by, values={Post.author: owner}, note=f"To {name}.", told=told, grant=EDITOR
        )
