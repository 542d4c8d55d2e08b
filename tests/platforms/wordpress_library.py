"""The library and the terms of the WordPress that tests run, the rights of its users, and how it says no."""

import html
import re
from dataclasses import dataclass, field
from typing import Any

from .effects import Log
from .shelf import Asked

AUTHOR = ("edit_posts", "publish_posts", "upload_files")
RIGHTS = {"editor": (*AUTHOR, "manage_categories"), "author": AUTHOR, "contributor": ("edit_posts",)}
HTML = {"content-type": "text/html; charset=UTF-8"}
MAGIC = (b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF")


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    json: Any = None
    page: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Wrong(Exception):
    def __init__(self, status: int, code: str, message: str = "Sorry.", **data: Any) -> None:
        self.said = Said(status, {"code": code, "message": message, "data": {"status": status, **data}})


def demand(role: str, right: str | None, code: str) -> None:
    if not role or (right is not None and right not in RIGHTS[role]):
        raise Wrong(403 if role else 401, code)


class Library:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.media: dict[int, dict[str, Any]] = {}
        self.terms: dict[str, dict[int, str]] = {"categories": {1: "Uncategorized"}, "tags": {}}
        self.limit = 2_000_000
        self.searched = True  # False: a search that lags behind and finds nothing yet
        self._last = 1

    def number(self) -> int:
        self._last += 1
        return self._last

    def act(self, asked: Asked, role: str, number: str, query: dict[str, str], origin: str) -> Said:
        if asked.method == "GET":
            wanted = [int(id) for id in query.get("include", "").split(",") if id]
            slugs = query["slug"].split(",") if "slug" in query else None
            found = [m for id, m in self.media.items() if id in wanted or (slugs and m["slug"] in slugs)]
            return Said(200, found)
        demand(role, "upload_files", "rest_cannot_edit" if number else "rest_cannot_create")
        if number:
            self.media[int(number)]["alt_text"] = _plain(asked.json["alt_text"])
            self.log.write("effect", verb="describe", id=number, key="", sha256="")
            return Said(200, self.media[int(number)])
        return self._take_in(asked, query, origin)

    def _take_in(self, asked: Asked, query: dict[str, str], origin: str) -> Said:
        if len(asked.body) > self.limit:
            return Said(413, page=b"<html><title>413 Request Entity Too Large</title></html>", headers=HTML)
        if not asked.body.startswith(MAGIC):
            raise Wrong(500, "rest_upload_sideload_error", "Sorry, you are not allowed to upload this file type.")
        id, name = self.number(), re.search(r'filename="([^"]+)"', asked.headers["content-disposition"])
        assert name, asked.headers
        taken = {one["slug"] for one in self.media.values()}
        slug = query.get("slug", name[1])
        self.media[id] = {
            "id": id, "slug": f"{slug}-2" if slug in taken else slug, "alt_text": _plain(query.get("alt_text", "")),
            "source_url": f"{origin}/wp-content/uploads/2026/11/{name[1]}",
        }  # fmt: skip
        self.log.write("effect", verb="upload", id=str(id), key="", sha256="")
        return Said(201, self.media[id])

    def name(self, asked: Asked, role: str, kind: str, query: dict[str, str]) -> Said:
        known = self.terms[kind]
        if asked.method == "GET":
            part, one = query.get("search", "").casefold(), query.get("include", "")
            found = ((id, name) for id, name in known.items() if part in name.casefold() and one in ("", str(id)))
            found = found if self.searched else iter(())
            return Said(200, [{"id": id, "name": name} for id, name in found])
        demand(role, "manage_categories" if kind == "categories" else "edit_posts", "rest_cannot_create")
        name = html.escape(asked.json["name"], quote=False)
        for id, there in known.items():
            if there.casefold() == name.casefold():
                raise Wrong(400, "term_exists", "A term with the name provided already exists.", term_id=id)
        id = self.number()
        known[id] = name
        self.log.write("effect", verb="term", id=str(id), key="", sha256="")
        return Said(201, {"id": id, "name": name})


def _plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", text).split())
