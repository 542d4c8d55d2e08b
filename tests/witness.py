"""What tests ask after the fact: who a person is to the lifecycles, a post's row and events, what was rung."""

import os
from typing import Any

from redis.asyncio import from_url

from app import doorbell
from app.lifecycles.machine import By
from app.tables import Event, Person, Post


def by(person: Person) -> By:
    return By("person", person=person.id, role=person.role)


async def stored(post: Post) -> Post:
    """The post's row as it is now."""
    found = await Post.objects().get(Post.id == post.id)
    assert found is not None
    return found


async def events(post: Post) -> list[dict[str, Any]]:
    """The post's events that belong to a version, oldest first."""
    return await Event.select().where((Event.post == post.id) & Event.version.is_not_null()).order_by(Event.id)


async def rung() -> list[str]:
    """The ids of the jobs that wait in both queues."""
    async with from_url(os.environ["REDIS_URL"]) as redis:
        queues = [await redis.zrange(queue, 0, -1) for queue in (doorbell.PUBLISHING, doorbell.GENERATION)]
    return sorted(name.decode() for queue in queues for name in queue)
