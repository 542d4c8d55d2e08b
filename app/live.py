"""Which posts changed a moment ago: asked of the database once a second, for all open pages of this process.

It is only a hint, for pages ask again by themselves. So a look need not find everything: the ids of events do not
become visible in their order, therefore the last seconds are read again each time and what was told is left out.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextvars import Context

from app import sql
from app.sessions import IDLE_HOURS

log = logging.getLogger("galley.live")
EACH, ALL = 6, 500  # streams of one person, streams of this process
NAMES = 200  # told to one page at a time; one that is behind by more is told that everything changed
EVERYTHING = "all"
EVERY = 1.0  # seconds between two looks
BEAT = 20.0  # seconds after which a silent stream shows that it lives
LOOKS = 10  # that reach back over the same events
CHECKS = 20  # looks between two questions whether the readers are still signed in
AGAIN = 3000  # milliseconds before a page connects anew
START = "SELECT id FROM event WHERE at < now() - interval '5 seconds' ORDER BY id DESC LIMIT 1"
MOST = 1000  # events of one look
NEWS = f"SELECT id, post FROM event WHERE id > $1 AND post IS NOT NULL ORDER BY id DESC LIMIT {MOST}"  # noqa: S608
STAGES = "SELECT post, stage, tries FROM generation WHERE ended_at IS NULL ORDER BY id DESC LIMIT 200"
SIGNED_IN = """
SELECT s.id FROM session s JOIN person p ON p.id = s.person AND p.disabled_at IS NULL
JOIN unnest($1::bigint[]) asked (id) ON asked.id = s.id
WHERE s.expires_at > now() AND s.seen_at > now() - make_interval(hours => $2)
"""


class Crowded(Exception):
    """No more streams; `own`: too many of this person."""

    def __init__(self, *, own: bool) -> None:
        super().__init__("Too many pages of yours listen already." if own else "Too many pages listen already.")
        self.own = own


class Reader:
    """One open stream: what it has not been told yet. A slow one has its names collapsed, never queued."""

    def __init__(self, person: int, session: int) -> None:
        self.person, self.session = person, session
        self.over = False
        self._names: set[str] = set()
        self._wake = asyncio.Event()

    def tell(self, names: Iterable[str]) -> None:
        self._names.update(names)
        if len(self._names) > NAMES:
            self._names = {EVERYTHING}
        if self._names:
            self._wake.set()

    def end(self) -> None:
        self.over = True
        self._wake.set()

    async def told(self) -> str:
        """The next piece of the stream: what changed, or after a while of silence a comment.

        The names are data, not kinds of event: a page would have to know every kind before it hears of one.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT):
                await self._wake.wait()
        self._wake.clear()
        names, self._names = self._names, set()
        return "".join(f"data: {name}\n\n" for name in sorted(names)) or ":\n\n"


class News:
    """What looks at the database have found: each event once, whatever order they become visible in."""

    def __init__(self) -> None:
        self.lately: deque[set[str]] = deque(maxlen=5)
        self._marks: deque[int] = deque(maxlen=LOOKS)
        self._seen: set[int] = set()
        self._stages: dict[int, tuple[str, int]] | None = None

    async def look(self) -> set[str]:
        """Names of what changed since the last look."""
        names = await self._events() | await self._progress()
        self.lately.append(names)
        return names

    async def _events(self) -> set[str]:
        if not self._marks:
            self._marks.append(await sql.value(START) or 0)
        found = await sql.rows(NEWS, self._marks[0])
        fresh = [record for record in found if record["id"] not in self._seen]
        self._seen = {record["id"] for record in found}
        self._marks.append(max(self._seen, default=self._marks[-1]))
        if fresh and len(found) == MOST:
            return {EVERYTHING}
        return {f"post-{record['post']}" for record in fresh}

    async def _progress(self) -> set[str]:
        """Posts whose writer has come to another stage, which is no event."""
        now = {record["post"]: (record["stage"], record["tries"]) for record in await sql.rows(STAGES)}
        before, self._stages = self._stages, now
        return {f"post-{post}" for post, stage in now.items() if (before or now).get(post) != stage}


class Live:
    """The streams of this process. Looks are made only while there is one."""

    def __init__(self) -> None:
        self._readers: set[Reader] = set()
        self._news = News()
        self._looking: asyncio.Task[None] | None = None

    def join(self, person: int, session: int) -> Reader:
        """A new stream, which is told the last seconds too: they may be younger than its page."""
        if sum(reader.person == person for reader in self._readers) >= EACH:
            raise Crowded(own=True)
        if len(self._readers) >= ALL:
            raise Crowded(own=False)
        reader = Reader(person, session)
        self._readers.add(reader)
        if self._looking is None or self._looking.done():
            self._news = News()
            self._looking = asyncio.get_running_loop().create_task(self._look(), context=Context())
        reader.tell(name for names in self._news.lately for name in names)
        return reader

    async def stream(self, reader: Reader) -> AsyncIterator[str]:
        """What the page behind `reader` is sent until it leaves or has to."""
        try:
            yield f"retry: {AGAIN}\n\n"
            while not reader.over:
                yield await reader.told()
        finally:
            self._readers.discard(reader)

    def end(self) -> None:
        """Let every stream end now: the process stops."""
        for reader in self._readers:
            reader.end()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        looks, away = 0, False
        while self._readers:
            try:
                self._tell(await self._news.look())
                looks, away = looks + 1, False
                if looks % CHECKS == 0:
                    await self._dismiss()
            except Exception as error:  # a database that is away must end no stream
                if not away:
                    log.warning("Pages are not told what changes (%s); they ask by themselves.", type(error).__name__)
                away = True
            await asyncio.sleep(EVERY)
        self._looking = None

    def _tell(self, names: set[str]) -> None:
        for reader in self._readers:
            reader.tell(names)

    async def _dismiss(self) -> None:
        """End the streams of those who were signed out or switched off."""
        found = await sql.rows(SIGNED_IN, [reader.session for reader in self._readers], IDLE_HOURS)
        known = {record["id"] for record in found}
        for reader in self._readers:
            if reader.session not in known:
                reader.end()


live = Live()
