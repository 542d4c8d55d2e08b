"""A WordPress on a real socket, as far as Galley meets one; it answers as 6.8.7 and 7.1.4 were measured to.

It decides statuses by its clock, loses schedules under concurrent writes (all its cron events are one value, read,
changed and written back), ticks only when somebody visits, and misbehaves when told to (`play`, as the receiver).
"""

import asyncio
import base64
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .faults import AFTER, BEFORE, http
from .receiver import Receiver, say
from .shelf import Asked
from .wordpress_library import HTML, RIGHTS, Library, Said, Wrong, demand

PASSWORD = "abcd EFGH ijkl MNOP qrst UVWX"
STATUSES = ("publish", "future", "draft", "pending", "private")


class WordPressSite(Receiver):
    def __init__(self, log: Path | None = None) -> None:
        super().__init__(log)
        self.posts: dict[int, dict[str, Any]] = {}
        self.library = Library(self.log)
        self.events: frozenset[int] = frozenset()
        self.plain = False  # plain permalinks: no /wp-json
        self.cron = True  # False: DISABLE_WP_CRON and nobody calls wp-cron.php
        self.ahead = timedelta(0)  # its clock against ours
        self.cached: set[str] = set()  # addresses a cache still serves

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_time(self, **delta: float) -> None:
        """Everything here lies that much further back."""
        for post in self.posts.values():
            post["date"] -= timedelta(**delta)

    async def _play(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        fault = self._next(asked)
        self.log.write("request", method=asked.method, target=asked.target, key="", fault=fault.kind)
        if fault.kind in BEFORE:
            return await self._answer(fault, asked, b"", writer)
        said = await self._act(asked)
        body = said.page or json.dumps(said.json).encode()
        if fault.kind in AFTER:
            return await self._answer(fault, asked, body, writer)
        return await say(http(said.status, body, date=format_datetime(self.now, usegmt=True), **said.headers), writer)

    async def _act(self, asked: Asked) -> Said:
        self._tick()
        query = dict(parse_qsl(urlsplit(asked.target).query))
        route = query.pop("rest_route", None)
        if route is None and asked.path.startswith("/wp-json") and not self.plain:
            route = asked.path.removeprefix("/wp-json")
        if route is None:
            return self._page(asked.path)
        try:
            return await self._rest(asked, route.rstrip("/") or "/", query)
        except Wrong as wrong:
            return wrong.said

    def _tick(self) -> None:
        """A visit: what is due and still has its event goes live."""
        for id in self.events if self.cron else ():
            if self.posts[id]["status"] == "future" and self.posts[id]["date"] <= self.now:
                self._effect("publish", id, status="publish")

    def _page(self, path: str) -> Said:
        for id, post in self.posts.items():
            if path == f"/{post['slug']}/" and (post["status"] == "publish" or path in self.cached):
                page = f'<!doctype html><body class="single postid-{id} wp-theme"><h1>{post["title"]}</h1>'
                return Said(200, page=page.encode(), headers=HTML)
        near = next((p for p in self.posts.values() if p["status"] == "publish" and p["slug"] in path), None)
        if near is not None:
            return Said(301, page=b"moved", headers=HTML | {"location": f"/{near['slug']}/"})
        return Said(404, page=b"<!doctype html><title>Nothing here</title>", headers=HTML)

    async def _rest(self, asked: Asked, route: str, query: dict[str, str]) -> Said:
        role = self._role(asked)
        if route == "/":
            ways = {"application-passwords": {"endpoints": {}}}
            return Said(200, {"namespaces": ["oembed/1.0", "wp/v2"], "authentication": ways})
        kind, _, number = route.removeprefix("/wp/v2/").partition("/")
        if kind == "users" and number == "me":
            demand(role, None, "rest_not_logged_in")
            return Said(
                200, {"id": 2, "name": role, "roles": [role], "capabilities": dict.fromkeys(RIGHTS[role], True)}
            )
        if kind == "posts":
            return await self._posts(asked, role, number, query)
        if kind == "media":
            return self.library.act(asked, role, number, query, self.origin)
        if kind in self.library.terms and not number:
            return self.library.name(asked, role, kind, query)
        raise Wrong(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _role(self, asked: Asked) -> str:
        """Nobody when the credentials are wrong: WordPress does not say so, it answers as to anybody."""
        scheme, _, coded = asked.headers.get("authorization", "").partition(" ")
        user, _, password = base64.b64decode(coded if scheme == "Basic" else "").decode().partition(":")
        return user if user in RIGHTS and password.replace(" ", "") == PASSWORD.replace(" ", "") else ""

    async def _posts(self, asked: Asked, role: str, number: str, query: dict[str, str]) -> Said:
        if asked.method == "GET" and not number:
            return self._listed(role, query)
        if number and int(number) not in self.posts:
            raise Wrong(404, "rest_post_invalid_id", "Invalid post ID.")
        if asked.method == "GET":
            demand(role, "edit_posts", "rest_forbidden_context")
            return Said(200, self._shown(int(number)))
        demand(role, "edit_posts", "rest_cannot_edit" if number else "rest_cannot_create")
        if asked.method == "DELETE":
            return self._trash(int(number))
        return await self._write(role, int(number) if number else None, asked.json)

    def _listed(self, role: str, query: dict[str, str]) -> Said:
        if not role:
            details = {"status": {"code": "rest_forbidden_status", "message": "…", "data": {"status": 401}}}
            raise Wrong(400, "rest_invalid_param", params={"status": "Status is forbidden."}, details=details)
        wanted = query.get("status", "publish").split(",")
        found = [id for id, post in self.posts.items() if post["status"] in wanted]
        if slug := query.get("slug"):
            found = [id for id in found if self.posts[id]["slug"] == slug]
        if search := query.get("search"):
            found = [id for id in found if search in self.posts[id]["content"]]
        return Said(200, [self._shown(id) for id in sorted(found, reverse=True)])

    async def _write(self, role: str, id: int | None, said: dict[str, Any]) -> Said:
        events = self.events
        await asyncio.sleep(0.01)  # meanwhile others read the same events
        post = self.posts[id] if id else {"status": "draft", "slug": "", "date": None, "title": "", "content": ""}
        new = post | {name: said[name] for name in ("title", "content", "excerpt") if name in said}
        if not (new["title"] or new["content"]):
            raise Wrong(400, "empty_content", "Content, title, and excerpt are empty.")
        status = said.get("status", post["status"])
        if status not in (*STATUSES, post["status"]):
            raise Wrong(400, "rest_invalid_param", params={"status": "status is not one of publish, future, …"})
        if status in ("publish", "future"):
            demand(role, "publish_posts", "rest_cannot_publish")
        new |= self._dated(post, said, status) | self._linked(post, said)
        new["modified"] = self.now  # not by the clock that publishes what was scheduled
        new["slug"] = self._slugged(id, said.get("slug", post["slug"]), new)
        id = id or self.library.number()
        self._effect(_verb(post, new), id, **new)
        self.events = events | {id} if new["status"] == "future" else events - {id}
        return Said(200 if post["date"] else 201, self._shown(id))

    def _dated(self, post: dict[str, Any], said: dict[str, Any], status: str) -> dict[str, Any]:
        """The clock has the last word on the status; a draft without a date floats."""
        date, floating = post["date"], post.get("floating", True)
        if "date_gmt" in said:
            date, floating = datetime.fromisoformat(said["date_gmt"] + "+00:00"), False
        elif "date" in said:
            date, floating = None, True
        if floating or date is None:
            date = self.now.replace(microsecond=0)
        if status in ("publish", "future"):
            status = "future" if date - self.now >= timedelta(seconds=60) else "publish"
            floating = False
        return {"status": status, "date": date, "floating": floating}

    def _linked(self, post: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        """Unknown numbers are dropped without a word."""
        image = said.get("featured_media", post.get("featured_media", 0))
        linked: dict[str, Any] = {"featured_media": image if image in self.library.media else 0}
        for kind, known in self.library.terms.items():
            linked[kind] = [id for id in said.get(kind, post.get(kind, [])) if id in known]
        return linked

    def _slugged(self, id: int | None, slug: str, new: dict[str, Any]) -> str:
        slug = slug.removesuffix("__trashed")
        if new["status"] not in ("publish", "future", "private"):
            return slug
        slug = slug or re.sub(r"[^a-z0-9]+", "-", new["title"].lower()).strip("-")
        taken = {post["slug"] for other, post in self.posts.items() if other != id}
        return next(name for name in (slug, *(f"{slug}-{n}" for n in range(2, 99))) if name not in taken)

    def _trash(self, id: int) -> Said:
        if self.posts[id]["status"] == "trash":
            raise Wrong(410, "rest_already_trashed", "The post has already been deleted.")
        self._effect("trash", id, status="trash", slug=f"{self.posts[id]['slug']}__trashed")
        return Said(200, self._shown(id))

    def _shown(self, id: int) -> dict[str, Any]:
        post = self.posts[id]
        pretty = post["status"] in ("publish", "private", "trash")
        link = f"{self.origin}/{post['slug']}/" if pretty else f"{self.origin}/?p={id}"
        content = {"raw": post["content"], "rendered": post["content"]}
        shown = {"id": id, "link": link, "date_gmt": post["date"].strftime("%Y-%m-%dT%H:%M:%S"), "content": content}
        shown["modified_gmt"] = post["modified"].strftime("%Y-%m-%dT%H:%M:%S")
        kept = ("status", "slug", "featured_media", "categories", "tags")
        titled = {name: {"raw": post.get(name, ""), "rendered": post.get(name, "")} for name in ("title", "excerpt")}
        return shown | titled | {name: post[name] for name in kept}

    def _effect(self, verb: str, id: int, **values: Any) -> None:
        self.posts[id] = self.posts.get(id, {}) | values
        self.log.write("effect", verb=verb, id=str(id), key="", sha256="")


def _verb(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What the world sees of a write."""
    if before["status"] == after["status"] == "publish":
        return "update"
    if after["status"] == "publish":
        return "publish"
    if after["status"] == "future":
        return "hand_off" if before["status"] != "future" else "reschedule"
    return "draft" if before["status"] in ("draft", "trash") else "remove"
