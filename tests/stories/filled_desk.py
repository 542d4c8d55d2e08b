"""The demo's desk, filled once and brought back for each test; every page that links lead to, one of each kind."""

import re
from collections import deque
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import httpx

from app import sessions, sql
from app.demo import fill
from app.lifecycles.statuses import DeliveryStatus
from app.rules import RULES
from app.tables import Person

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'"
KEEP = f"""
DO $$ DECLARE name text; BEGIN
  DROP SCHEMA IF EXISTS kept CASCADE;
  CREATE SCHEMA kept;
  FOR name IN {TABLES} LOOP EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END LOOP;
END $$
"""
GIVE_BACK = """
DO $$ DECLARE it record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR it IN SELECT table_name AS name, string_agg(quote_ident(column_name), ', ') AS columns
    FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER'
    AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'kept') GROUP BY 1 LOOP
    EXECUTE format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM kept.%I',
      it.name, it.columns, it.columns, it.name);
  END LOOP;
END $$
"""
LINK = re.compile(r'(?:href|hx-get|formaction)="([^"]+)"')
GETS = {
    line: re.compile(re.sub(r"{\w+:(\w+)}", lambda part: ".+" if part[1] == "path" else "[^/]+", line[4:]))
    for line in RULES
    if line.startswith("GET ")
}
SAME = {"back", "place", "began", "at", "on", "date"}  # in the query, and the page is of no other kind
ONE = ("GET /posts/views", "GET /review/")  # one page of these shows them all
BULK = ("approve", "move", "assign", "retry", "archive")


async def filled(address: str) -> dict[str, str]:
    """Fill the empty desk, keep its rows aside, and say which pages there are: address → the door it belongs to."""
    await fill.fill("low-water-abcdef")
    await sql.run(KEEP)
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        client.cookies.set("session", await sessions.start((await ada()).id, ip="127.0.0.1", agent="tests"))
        return await walked(client)


async def give_back() -> None:
    """The rows that were kept, in the empty tables."""
    await sql.run(GIVE_BACK)


async def forget() -> None:
    """Other tests look at what schemas there are."""
    await sql.run("DROP SCHEMA kept CASCADE")


async def ada() -> Person:
    """The demo's admin."""
    return await Person.objects().get(Person.role == "admin")


async def walked(client: httpx.AsyncClient) -> dict[str, str]:
    """Follow the links of every door without parameters, and of one post of each status; one page of a kind."""
    posts = [row["id"] for row in await sql.rows("SELECT min(id) AS id FROM post GROUP BY status")]
    several = "&".join(f"row={post}" for post in posts)
    own = [f"/posts/{post}" for post in posts]
    broken = await sql.value("SELECT max(channel) FROM delivery WHERE status = $1", DeliveryStatus.FAILED)
    more = (f"/calendar/day/{date.today()}", f"/channels/{broken}/requeue")
    plain = [line[4:] for line in GETS if "{" not in line]
    todo = deque([*own, *plain, *more, *(f"/posts/bulk/{do}?{several}" for do in BULK)])
    pages, kinds = dict[str, str](), set[tuple[str, ...]]()
    while todo:
        path = todo.popleft()
        kind = kind_of(path) if path not in own else (path,)
        if path in pages or not kind or kind in kinds:
            continue
        kinds.add(kind)
        if html := await whole_page(client, path):
            pages[path] = str(door_of(path))
            todo.extend(links_in(html, path))
    return pages


def kind_of(path: str) -> tuple[str, ...]:
    """The door, with the move or view it is asked for and its one filter; empty: several filters, or no door."""
    door, query = door_of(path), parse_qs(urlsplit(path).query)
    filters = query.keys() - SAME - {"row"}
    if door is None or len(filters) > 1:
        return ()
    if door.startswith(ONE):
        return (door,)
    name = urlsplit(path).path.rsplit("/", 1)[1] if door.endswith(("moves/{name:str}", "/{do:str}")) else ""
    return (door, name, *filters, *query.get("view", ()))


def door_of(path: str) -> str | None:
    """The door behind an address; of two that fit, the one with fewer parameters."""
    fit = [line for line, pattern in GETS.items() if pattern.fullmatch(urlsplit(path).path)]
    return min(fit, key=lambda line: line.count("{"), default=None)


async def whole_page(client: httpx.AsyncClient, path: str) -> str:
    """Its HTML; empty for parts of pages, feeds, streams, redirections and what is missing."""
    async with client.stream("GET", path) as answer:
        if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
            return ""
        html = (await answer.aread()).decode()
    return html if html.lstrip().startswith("<!doctype html>") else ""


def links_in(html: str, path: str) -> list[str]:
    """Where its links lead, on this desk."""
    found = (urldefrag(urljoin(path, unescape(link)))[0] for link in LINK.findall(html))
    return list(dict.fromkeys(link for link in found if link.startswith("/") and not link.startswith("//")))
