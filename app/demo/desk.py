"""The demo's hands: each calls one verb in somebody's name, on a post known by its title. For app/demo only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app import content, seals, sql
from app.content import Text
from app.demo import errands
from app.demo.clock import Clock
from app.flow import comments, compose, draw, generate, plan, recall, review, schedule
from app.flow.comments import Remark
from app.flow.plan import Plan
from app.illustrators.contract import Failed as Undrawn
from app.lifecycles.machine import By
from app.tables import Post
from app.writers.contract import Draft, Failed, ImageWish

RUN = "SELECT id, post, fence, $2::int AS tries, number FROM generation WHERE post = $1 AND ended_at IS NULL"
PICTURE = "SELECT id, post, fence, 1 AS tries, prompt FROM media WHERE post = $1 ORDER BY id DESC LIMIT 1"
BUSY = "It is busy with our earlier requests."
SOON = timedelta(minutes=50)


@dataclass(slots=True)
class Desk:
    """Everybody and everything by a short name; `posts` by title."""

    clock: Clock
    team: Mapping[str, By]
    channels: Mapping[str, int]
    campaigns: Mapping[str, int]
    posts: dict[str, int] = field(default_factory=dict)

    async def post(self, title: str) -> Post:
        return await plan.load(self.posts[title])

    async def plan(self, wanted: Plan, who: str) -> None:
        self.posts[wanted.title] = (await plan.create(wanted, by=self.team[who])).id

    async def approve(self, title: str, who: str) -> None:
        seen = await seals.sealable(self.posts[title])
        await review.approve(await self.post(title), seen.digest, by=self.team[who])

    async def publish(self, title: str, who: str) -> None:
        await schedule.line_up(await self.post(title), None, by=self.team[who])
        await self.send(title)

    async def send(self, title: str) -> None:
        await errands.run(self.posts[title])

    async def take_down(self, title: str, who: str) -> None:
        await recall.unpublish(await self.post(title), by=self.team[who])
        await self.send(title)

    async def edit(self, title: str, more: str, who: str) -> None:
        """One more paragraph."""
        now = await content.current(self.posts[title])
        text = Text(now.title, f"{now.body}\n{more}\n", now.excerpt, now.slug, now.renditions, now.pictures)
        await review.save(await self.post(title), text, by=self.team[who])

    async def picture(self, title: str, wish: str, who: str) -> None:
        """A drawn picture; `wish` is what it shows, and its alt text."""
        now = await content.current(self.posts[title])
        await compose.compose(await self.post(title), now, by=self.team[who], wish=wish)
        await draw.draw(self.posts[title])

    async def reject(self, title: str, reason: str, who: str) -> None:
        await review.reject(await self.post(title), reason, by=self.team[who])

    async def say(self, title: str, body: str, who: str, paragraph: int | None = None) -> None:
        post = await self.post(title)
        remark = Remark(body, revision=post.revision if paragraph else None, paragraph=paragraph)
        await comments.say(post.id, remark, by=self.team[who])

    async def ask_for_changes(self, title: str, body: str, who: str) -> None:
        await comments.request_changes(await self.post(title), body, by=self.team[who])

    async def generate(self, title: str, who: str) -> None:
        """Written and drawn at once, by the writer there is."""
        await self.start(title, who)
        await generate.write(self.posts[title])
        await draw.draw(self.posts[title])

    async def start(self, title: str, who: str) -> None:
        await generate.start(await self.post(title), by=self.team[who])

    async def stop(self, title: str, who: str) -> None:
        await generate.stop(await self.post(title), by=self.team[who])

    async def answer(self, title: str, answer: Draft | Failed, tries: int = 1) -> None:
        """What a writer says to the open run."""
        run = await sql.row(RUN, self.posts[title], tries)
        assert run is not None
        await generate.settle(dict(run), answer)

    async def busy_writer(self, title: str) -> None:
        await self.answer(title, Failed("rate_limited", BUSY, await self._now() + SOON))

    async def half_drawn(self, title: str, text: Text, *wishes: str) -> None:
        """A finished text; of its pictures all are drawn but the last, which has to wait."""
        images = tuple(ImageWish(wish, wish) for wish in wishes)
        await self.answer(title, Draft(text.title, text.excerpt, text.body, images=images))
        last = await sql.row(PICTURE, self.posts[title])
        assert last is not None
        await draw.settle(dict(last), Undrawn("rate_limited", BUSY, await self._now() + SOON))
        await draw.draw(self.posts[title])

    async def _now(self) -> datetime:
        now: datetime = await sql.value("SELECT now()")
        return now
