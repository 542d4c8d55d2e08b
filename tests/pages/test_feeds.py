"""Feeds and sitemap are valid, whatever the words are: by schemas, by feedparser, by Ruby's validating parser."""

import json
from collections.abc import Sequence
from typing import Any

import feedparser
import httpx
import pytest
from lxml import etree

from app import sql
from app.pages import crawlers, feeds
from app.prose.markdown import render
from app.settings import settings
from app.tables import Channel, Delivery, Post, Seal
from tests.makers import (
    make_delivery,
    make_media,
    make_picture,
    make_post,
    make_publication,
    make_revision,
    make_seal,
)
from tests.pages.feed_rules import json_faults, rss_faults, sitemap_faults
from tests.pages.test_blog import delivery_of, make_live, make_site
from tests.rows import now

HOSTILE = (
    "Ebb ]]> & <flood>",
    "<script>alert(1)</script>",
    "&amp; &lt;b&gt; &nbsp; &#0; &#x1F30A;",
    "\u202eright to left \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f30a\U0001f3c4\u200d\u2640\ufe0f \U0001f1e9\U0001f1ea surf",
    "bell \x07 tab \t form \x0c escape \x1b delete \x7f",
    "non-characters \ufffe \uffff \U0001fffe",
    'quotes " \' \u201e\u201c <a href="javascript:x()">',
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "潮汐 <![CDATA[ nested ]]> ]]&gt;",
    "x" * 300,
)
BODY = (
    "{words}\n\n## Why\n\n[far](https://example.com/?a=1&b=2) [near](/blog/other) [script](javascript:alert(1))\n\n"
    "```\n]]> </content:encoded> <script>\n```\n\n| a | b |\n|--:|---|\n| 1 | {words} |\n\n<img src=x onerror=alert(1)>"
)
XML = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


async def publish(site: Channel, words: str, *, slug: str = "", cover: bool = False) -> Post:
    """A post live on the blog with `words` everywhere."""
    post = await make_post("approved", channels=[site], title=words[:300])
    body = BODY.format(words=words)
    own = {"slug": slug} if slug else {}
    revision = await make_revision(post, body=body, body_html=render(body), excerpt=words[:500], **own)
    if cover:
        await make_picture(revision, await make_media(post))
    await Seal.update({Seal.voided_at: now()}).where(Seal.post == post.id)
    await make_delivery(await make_publication(post, "completed", seal=await make_seal(post)), site, "published")
    return post


async def data(client: httpx.AsyncClient, path: str) -> bytes:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def demand_valid(client: httpx.AsyncClient, query: str = "") -> None:
    assert rss_faults(await data(client, f"/blog/feed.xml{query}")) == []
    assert json_faults(await data(client, f"/blog/feed.json{query}")) == []


async def test_a_blog_without_a_post_has_valid_feeds(client: httpx.AsyncClient) -> None:
    await make_site()
    await demand_valid(client)
    assert sitemap_faults(await data(client, "/sitemap.xml")) == []


async def test_whatever_the_words_are_the_feeds_are_valid_and_say_them(client: httpx.AsyncClient) -> None:
    site = await make_site()
    for number, words in enumerate(HOSTILE):
        await publish(site, words, cover=number % 2 == 0)
    await publish(site, "In another script", slug="潮汐-ñandú-مرحبا")
    hostile = '{"blog_title": "A & B <i> ]]>", "blog_description": "\\u0007 \\"quoted\\" & <more>"}'
    await sql.run("UPDATE team SET settings = settings || $1::jsonb", hostile)
    await demand_valid(client)
    assert sitemap_faults(await data(client, "/sitemap.xml")) == []
    spoken = [" ".join(feeds.speakable(words).split()) for words in HOSTILE[::-1]]
    read = etree.fromstring(await data(client, "/blog/feed.xml"))
    titles = [" ".join((title.text or "").split()) for title in read.iterfind("channel/item/title")]
    assert titles == ["In another script", *spoken]
    said = (await client.get("/blog/feed.json")).json()
    assert [item["title"] for item in said["items"]] == ["In another script", *HOSTILE[::-1]]


async def test_the_validators_see_what_is_wrong() -> None:
    """Each of them fails on a feed that breaks its rules: else the tests above would prove nothing."""
    good = b'<rss version="2.0"><channel><title>T</title><link>https://a.example/</link></channel></rss>'
    assert any("rss-2.0.rng" in fault for fault in rss_faults(good))
    assert any("feedparser" in fault for fault in rss_faults(good.replace(b"2.0", b"9.9")))
    relative = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [{"content_html": '<a href="/x">'}],
    }
    with pytest.raises(KeyError):
        json_faults(_json(relative))
    relative["items"][0]["id"] = 7  # type: ignore[index]
    faults = json_faults(_json(relative))
    assert any("JSON Schema" in fault for fault in faults) and "relative: /x" in faults
    assert any("JSON Schema" in fault for fault in json_faults(_json({"title": "T", "items": [], "status": "x"})))
    assert any("sitemap.xsd" in fault for fault in sitemap_faults(b"<urlset/>"))


async def test_a_cover_is_an_enclosure_with_its_size_and_type(client: httpx.AsyncClient) -> None:
    site = await make_site()
    await publish(site, "Without")
    post = await publish(site, "With", cover=True)
    [asset] = await sql.rows("SELECT asset_id, blob FROM media WHERE post = $1", post.id)
    [item] = [one for one in feedparser.parse(await data(client, "/blog/feed.xml")).entries if one.title == "With"]
    [enclosure] = item.enclosures
    shown = await client.get(f"/media/{asset['asset_id']}")
    assert enclosure.href == f"{settings().origin}/media/{asset['asset_id']}"
    assert (int(enclosure.length), enclosure.type) == (len(shown.content), shown.headers["content-type"])
    told = (await client.get("/blog/feed.json")).json()["items"]
    assert [one.get("image") for one in told] == [enclosure.href, None]


async def test_only_what_is_live_is_there_and_says_its_status(client: httpx.AsyncClient) -> None:
    site = await make_site()
    live = await make_live(site)
    for status in ("scheduled", "unpublished", "publish_failed", "approved"):
        await make_post(status, channels=[site])
    feed = (await client.get("/blog/feed.json")).json()
    assert [(item["id"], item["_status"]) for item in feed["items"]] == [
        (f"{settings().origin}/posts/{live.id}", {"name": "published"})
    ]
    assert feed["authors"] == [{"name": "Harbour notes", "url": f"{settings().origin}/blog"}]
    [item] = feedparser.parse(await data(client, "/blog/feed.xml")).entries
    assert item.author == "Harbour notes" and item.id == feed["items"][0]["id"]


async def test_the_feeds_have_pages_that_lead_on(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "ITEMS", 2)
    site = await make_site()
    for hours in range(5):
        post = await make_live(site, title=f"Tide {hours}")
        await (await delivery_of(post)).update_self({Delivery.published_at: now(hours=-hours)})
    for path in ("/blog/feed.json", "/blog/feed.xml"):
        assert await walk(client, path) == [f"Tide {hours}" for hours in range(5)]
    for query in ("", "?page=2", "?page=3"):
        await demand_valid(client, query)
    assert (await client.get("/blog/feed.json?page=2")).json()["feed_url"].endswith("/blog/feed.json?page=2")


async def walk(client: httpx.AsyncClient, path: str) -> Sequence[str]:
    """The titles of all pages, by the header that programs follow and the link inside, which agree."""
    titles: list[str] = []
    following: str | None = path
    while following:
        answer = await client.get(following)
        header = answer.links.get("next", {}).get("url")
        if path.endswith("json"):
            titles += [item["title"] for item in answer.json()["items"]]
            inside = answer.json().get("next_url")
        else:
            feed = feedparser.parse(answer.content)
            titles += [entry.title for entry in feed.entries]
            inside = next((link.href for link in feed.feed.links if link.rel == "next"), None)
        assert inside == header
        following = header and header.removeprefix(settings().origin)
    return titles


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "1e3", "9" * 30, "٣"])
@pytest.mark.parametrize("path", ["/blog/feed.xml", "/blog/feed.json"])
async def test_a_page_that_is_not_there_is_not_found(client: httpx.AsyncClient, path: str, page: str) -> None:
    await make_live(await make_site())
    assert (await client.get(path, params={"page": page})).status_code == 404


async def test_the_public_list_leads_on_in_its_header_too(client: httpx.AsyncClient) -> None:
    site = await make_site()
    for _ in range(3):
        await make_live(site)
    answer = await client.get("/api/public/posts?limit=2")
    assert answer.links["next"]["url"] == answer.json()["next"]
    assert "link" not in (await client.get("/api/public/posts?limit=3")).headers


async def test_the_sitemap_dates_each_address_by_its_last_change(client: httpx.AsyncClient) -> None:
    post = await make_live(await make_site())
    await (await delivery_of(post)).update_self({Delivery.published_at: now(days=-3)})
    tree = etree.fromstring(await data(client, "/sitemap.xml"))
    days = [element.text for element in tree.iter(f"{XML}lastmod")]
    assert days == [f"{(await delivery_of(post)).published_at:%Y-%m-%dT%H:%M:%SZ}"] * 2


async def test_a_long_sitemap_comes_in_parts_that_hold_everything_once(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawlers, "PART", 3)
    site = await make_site()
    posts = [await make_live(site) for _ in range(6)]
    index = etree.fromstring(await data(client, "/sitemap.xml"))
    assert index.tag == f"{XML}sitemapindex"
    parts = [place.text.removeprefix(settings().origin) for place in index.iter(f"{XML}loc")]
    assert parts == ["/sitemap.xml?part=1", "/sitemap.xml?part=2", "/sitemap.xml?part=3"]
    found: list[str] = []
    for part in parts:
        whole = await data(client, part)
        assert sitemap_faults(whole) == []
        found += [place.text for place in etree.fromstring(whole).iter(f"{XML}loc")]
    own = {f"{settings().origin}/blog", *(f"{settings().origin}/blog/tides-{post.id}" for post in posts)}
    assert set(found) == own and len(found) == 7
    for part in ("4", "x", "-1", "9" * 9):
        assert (await client.get(f"/sitemap.xml?part={part}")).status_code == 404


async def test_robots_and_pages_lead_there(client: httpx.AsyncClient) -> None:
    post = await make_live(await make_site())
    robots = (await client.get("/robots.txt")).text
    assert f"Sitemap: {settings().origin}/sitemap.xml" in robots
    for path in ("/blog", f"/blog/tides-{post.id}"):
        page = (await client.get(path)).text
        for kind, feed in (("rss", "feed.xml"), ("feed", "feed.json")):
            kind = f"application/{kind}+{feed.removeprefix('feed.')}"
            assert f'<link rel="alternate" type="{kind}"' in page and f'href="/blog/{feed}"' in page


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
