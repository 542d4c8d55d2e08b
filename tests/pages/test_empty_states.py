"""A list with nothing in it says so in a sentence, and offers the one thing to do next; or says who can do it."""

from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from app.main import app
from tests.makers import make_channel, make_post
from tests.visitors import enter

LISTS = {
    "/inbox": "Open calendar", "/notices": "Open inbox", "/calendar": "Plan a post", "/posts": "New post",
    "/posts/views": "Open posts", "/campaigns": "New campaign", "/library": "Open posts", "/log": "Open calendar",
    "/forecast": "Open calendar", "/channels": "Switch on", "/review": "Back to the inbox", "/restored": "Open inbox",
}  # fmt: skip
FILTERED = {
    "/posts?q=nowhere": "Clear filters", "/log?outcome=failed": "Clear filters", "/library?q=nowhere": "Clear filters",
    "/calendar?group=problem": "Clear filters", "/forecast?verdict=red": "Show all",
    "/campaigns?archived=1": "Current campaigns", "/notices?show=unseen": "Show all notices",
}  # fmt: skip
FOR_OTHERS = {  # what somebody may not begin: who can
    ("/calendar", "viewer"): "Nobody has planned one.",
    ("/posts", "viewer"): "Nobody has planned one.",
    ("/campaigns", "viewer"): "Nobody has made one.",
    ("/channels", "viewer"): "An admin does it.",
    ("/channels", "writer"): "An admin does it.",
    ("/channels", "editor"): "An admin does it.",
}
NO_LIST = {  # forms, and pages that always show something; the rest is for machines
    "/", "/settings", "/settings/me", "/settings/keyboard", "/settings/notifications", "/settings/workspace",
    "/settings/people", "/settings/api", "/settings/webhooks", "/settings/freeze", "/setup", "/setup/mode",
    "/settings/callbacks", "/sign-in", "/shortcuts", "/lifecycle", "/campaigns/new", "/posts/new", "/posts/many",
    "/blog", "/api",
}  # fmt: skip
MACHINES = (".txt", ".xml", ".json", ".csv", "/health", "/ready", "/events")


class Blocks(HTMLParser):
    """The words and the buttons inside every element with the class `empty`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.depth = 0
        self.found: list[tuple[list[str], list[str]]] = []
        self.presses = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        if "empty" in (dict(attrs).get("class") or "").split():
            self.found.append(([], []))
            self.depth = 1
        elif self.depth and tag not in ("use", "path", "input"):
            self.depth += 1
        if self.depth and tag in ("a", "button"):
            self.presses = True
            self.found[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        if self.depth and tag not in ("use", "path", "input"):
            self.depth -= 1
        self.presses = self.presses and tag not in ("a", "button")

    def handle_data(self, data: str) -> None:
        if self.depth and self.presses:
            self.found[-1][1][-1] += data.strip()
        elif self.depth:
            self.found[-1][0].append(data.strip())


def test_every_page_without_a_number_is_known_here() -> None:
    pages = {route.path for route in app.routes if "GET" in getattr(route, "methods", ()) and "{" not in route.path}
    pages = {path for path in pages if not path.endswith(MACHINES) and not path.startswith("/api/")}
    assert pages - NO_LIST - {*LISTS} == set(), "a new page: has it an empty state?"
    assert {*LISTS} <= pages


@pytest.mark.parametrize("role", ["viewer", "writer", "editor", "admin"])
@pytest.mark.parametrize("path", [*LISTS, *FILTERED])
async def test_an_empty_list_offers_one_thing(path: str, role: str, client: httpx.AsyncClient) -> None:
    visitor = await enter(client, role)
    answer = await visitor.get(path, follow_redirects=True)
    words, buttons = _only(answer)
    if who := FOR_OTHERS.get((path, role)):
        assert buttons == [] and who in " ".join(words), words
    else:
        assert len(buttons) == 1 and buttons[0].startswith({**LISTS, **FILTERED}[path]), buttons


@pytest.mark.parametrize("path", [*LISTS, *FILTERED])
async def test_its_sentence_ends_and_its_button_leads_somewhere(path: str, client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    answer = await visitor.get(path, follow_redirects=True)
    words = [word for word in _only(answer)[0] if word]
    assert words and all(word.endswith((".", "!")) for word in words), words
    leads = "/" + answer.text.partition(' empty"')[2].partition(' href="/')[2].partition('"')[0]
    assert (await visitor.get(leads, follow_redirects=True)).status_code == 200, leads


async def test_a_rehearsal_channel_that_received_nothing_says_how_it_would(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    channel = await make_channel("sandbox")
    words, buttons = _only(await visitor.get(f"/channels/{channel.id}/rehearsal"))
    assert buttons == ["Open posts"] and "Nothing has been received yet." in words


async def test_a_list_with_something_in_it_says_nothing_of_the_kind(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await make_post(title="Something")
    await make_channel("sandbox")
    for path in ("/posts", "/channels"):
        assert Blocks((await visitor.get(path)).text).found == [], path


def _only(answer: httpx.Response) -> tuple[list[str], list[str]]:
    assert answer.status_code == 200, answer.status_code
    found = Blocks(answer.text).found
    assert len(found) == 1, (answer.url, found)
    return found[0]
