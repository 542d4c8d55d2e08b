"""The public blog: there exactly while the delivery on the site channel is live, with what was sealed."""

import json
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from app import seals, sql
from app.blobs import WIDTHS
from app.tables import Channel, Delivery, Post, Revision, Seal
from tests.makers import (
    make_channel,
    make_delivery,
    make_media,
    make_picture,
    make_post,
    make_publication,
    make_revision,
    make_seal,
    make_team,
)
from tests.rows import now
from tests.visitors import enter

PAGES = ["/blog", "/blog/feed.xml", "/blog/feed.json", "/sitemap.xml"]
STRICT = "default-src 'none'; script-src 'self'"


async def make_site() -> Channel:
    await make_team(settings=json.dumps({"blog_title": "Harbour notes", "blog_description": "Tides & boats"}))
    return await make_channel("site", name="Blog")


async def make_live(site: Channel, **values: Any) -> Post:
    return await make_post("published", channels=[site], **values)


async def delivery_of(post: Post) -> Delivery:
    found = await Delivery.objects().get((Delivery.post == post.id) & (Delivery.kind == "create"))
    assert found
    return found


async def republish(post: Post, site: Channel, **revision: Any) -> None:
    """What an update run leaves: a new revision, its seal, and the live copy carrying it."""
    live = await delivery_of(post)
    await make_revision(post, **revision)
    await Seal.update({Seal.voided_at: now()}).where(Seal.post == post.id)
    seal = await make_seal(post)
    run = await make_publication(post, "completed", seal=seal, kind="update")
    await make_delivery(run, site, "published", updates=live.id)
    await live.update_self({Delivery.live_seal: seal.id})


@pytest.mark.parametrize("path", [*PAGES, "/blog/tides-1"])
async def test_without_a_connected_site_channel_there_is_no_blog(client: httpx.AsyncClient, path: str) -> None:
    site = await make_site()
    post = await make_live(site)
    await sql.run("UPDATE channel SET disconnected_at = now()")
    path = path.replace("tides-1", f"tides-{post.id}")
    assert (await client.get(path)).status_code == 404


async def test_a_live_post_is_read_by_a_stranger(client: httpx.AsyncClient) -> None:
    post = await make_live(await make_site())
    answer = await client.get(f"/blog/tides-{post.id}")
    assert answer.status_code == 200
    assert "<h1>Tides</h1>" in answer.text and "Tides come twice a day." in answer.text
    assert f'<link rel="canonical" href="{answer.request.url}">' in answer.text
    assert '<meta property="og:title" content="Tides">' in answer.text
    assert 'type="application/rss+xml"' in answer.text and 'type="application/feed+json"' in answer.text
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["content-security-policy"].startswith(STRICT)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_list_shows_live_posts_newest_first_and_the_blogs_own_words(client: httpx.AsyncClient) -> None:
    site = await make_site()
    for hours, title in ((3, "Ebb"), (1, "Flood")):
        post = await make_live(site, title=title)
        await (await delivery_of(post)).update_self({Delivery.published_at: now(hours=-hours)})
    shown = (await client.get("/blog")).text
    assert shown.index("Flood") < shown.index("Ebb")
    assert "Harbour notes" in shown and "Tides &amp; boats" in shown


@pytest.mark.parametrize("status", ["scheduled", "publishing", "publish_failed"])
async def test_what_is_not_live_is_nowhere(client: httpx.AsyncClient, status: str) -> None:
    post = await make_post(status, channels=[await make_site()])
    assert (await client.get(f"/blog/tides-{post.id}")).status_code == 404
    for path in PAGES:
        assert "tides-" not in (await client.get(path)).text


async def test_a_post_that_lives_elsewhere_only_is_not_on_the_blog(client: httpx.AsyncClient) -> None:
    await make_site()
    post = await make_post("published")
    assert (await client.get(f"/blog/tides-{post.id}")).status_code == 404


async def test_what_was_taken_down_is_gone_for_good(client: httpx.AsyncClient) -> None:
    post = await make_post("unpublished", channels=[await make_site()])
    answer = await client.get(f"/blog/tides-{post.id}")
    assert answer.status_code == 410
    assert "taken down" in answer.text and "Tides come twice" not in answer.text
    assert "tides-" not in (await client.get("/sitemap.xml")).text


async def test_an_edit_is_not_seen_before_it_is_published(client: httpx.AsyncClient) -> None:
    post = await make_live(await make_site())
    await make_revision(post, body="Secret new words.", title="New title")
    answer = await client.get(f"/blog/tides-{post.id}")
    assert "Tides come twice a day." in answer.text and "Secret" not in answer.text


async def test_a_published_change_is_seen_and_dated(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_live(site)
    await (await delivery_of(post)).update_self({Delivery.published_at: now(days=-3)})
    await republish(post, site, body="Better words.")
    answer = await client.get(f"/blog/tides-{post.id}")
    assert "Better words." in answer.text and "updated <time" in answer.text


async def test_an_old_address_leads_to_the_new_one(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_live(site)
    await sql.run("INSERT INTO address (slug, post) VALUES ('ebb-and-flood', $1)", post.id)
    await republish(post, site, slug="ebb-and-flood")
    answer = await client.get(f"/blog/tides-{post.id}")
    assert (answer.status_code, answer.headers["location"]) == (301, "/blog/ebb-and-flood")
    assert (await client.get("/blog/ebb-and-flood")).status_code == 200


async def test_the_address_of_an_unpublished_change_is_no_address_yet(client: httpx.AsyncClient) -> None:
    """A 301 from it would be remembered by browsers and loop once the change is live."""
    post = await make_live(await make_site())
    await sql.run("INSERT INTO address (slug, post) VALUES ('soon', $1)", post.id)
    await make_revision(post, slug="soon")
    assert (await client.get("/blog/soon")).status_code == 404


@pytest.mark.parametrize("slug", ["no-such-post", "%00", "%ff%fe", "a%2e%2e", "x" * 3000, "%E2%80%AE"])
async def test_an_unknown_address_is_not_found(client: httpx.AsyncClient, slug: str) -> None:
    await make_live(await make_site())
    assert (await client.get(f"/blog/{slug}")).status_code == 404


async def test_the_cover_is_shown_with_its_words(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_post("approved", channels=[site])
    revision = await Revision.objects().get(Revision.id == post.revision)
    assert revision
    media = await make_media(post)
    await make_picture(revision, media)
    await Seal.update({Seal.voided_at: now()}).where(Seal.post == post.id)
    run = await make_publication(post, "completed", seal=await make_seal(post))
    await make_delivery(run, site, "published")
    answer = await client.get(f"/blog/tides-{post.id}")
    src = f"/media/{media.asset_id}"
    widths = ", ".join(f"{src}?w={width} {width}w" for width in WIDTHS)
    assert f'<img class="cover" src="{src}" srcset="{widths}" sizes=' in answer.text and 'alt="The sea">' in answer.text
    assert f'srcset="{widths}"' in (await client.get("/blog")).text
    origin = str(answer.request.url).split("/blog")[0]
    assert f'<meta property="og:image" content="{origin}/media/{media.asset_id}">' in answer.text
    feed = (await client.get("/blog/feed.json")).json()
    assert feed["items"][0]["image"] == f"{origin}/media/{media.asset_id}"
    assert (await client.get(f"/media/{media.asset_id}")).status_code == 200


async def test_a_seal_is_sanitised_once_more_when_shown(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_post("approved", channels=[site])
    sealed = json.loads((await seals.sealable(post.id)).text)
    sealed["body_html"] = '<p onclick="x()">Hi</p><script>alert(1)</script><a href="javascript:x()">l</a>'
    await Seal.update({Seal.voided_at: now()}).where(Seal.post == post.id)
    seal = await make_seal(post, content=json.dumps(sealed))
    await make_delivery(await make_publication(post, "completed", seal=seal), site, "published")
    for path in (f"/blog/tides-{post.id}", "/blog/feed.xml", "/blog/feed.json"):
        shown = (await client.get(path)).text
        assert "Hi" in shown
        assert not any(evil in shown for evil in ("onclick", "<script>alert", "javascript:")), path


async def test_rss_is_well_formed_whatever_the_words_are(client: httpx.AsyncClient) -> None:
    post = await make_live(await make_site(), title="Ebb ]]> & <flood>\x0b")
    await sql.run('UPDATE team SET settings = settings || \'{"blog_title": "A & B"}\'')
    answer = await client.get("/blog/feed.xml")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    channel = ElementTree.fromstring(answer.content)[0]
    assert channel.findtext("title") == "A & B"
    item = channel.find("item")
    assert item is not None
    assert item.findtext("title") == "Ebb ]]> & <flood>"
    assert item.findtext("link", "").endswith(f"/blog/tides-{post.id}")
    guid = item.find("guid")
    assert guid is not None and guid.get("isPermaLink") == "false"
    assert parsedate_to_datetime(item.findtext("pubDate", "")).tzinfo is not None
    assert "<p>Tides come" in item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded", "")


async def test_a_cdata_end_in_the_text_does_not_end_the_cdata(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_post("approved", channels=[site])
    await make_revision(post, body="a ]]> b")
    await sql.run("UPDATE seal SET voided_at = now() WHERE post = $1", post.id)
    sealed = json.loads((await seals.sealable(post.id)).text) | {"body_html": "<p>a ]]> <em>b</em></p>"}
    seal = await make_seal(post, content=json.dumps(sealed))
    await make_delivery(await make_publication(post, "completed", seal=seal), site, "published")
    item = ElementTree.fromstring((await client.get("/blog/feed.xml")).content)[0].find("item")
    assert item is not None
    html = item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded", "")
    assert "<em>b</em></p>" in html and "a ]]" in html


async def test_json_feed_has_what_version_1_1_asks_for(client: httpx.AsyncClient) -> None:
    site = await make_site()
    posts = [await make_live(site) for _ in range(2)]
    answer = await client.get("/blog/feed.json")
    feed = answer.json()
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"] == "Harbour notes"
    assert {item["url"].rsplit("-", 1)[1] for item in feed["items"]} == {str(post.id) for post in posts}
    for item in feed["items"]:
        assert isinstance(item["id"], str) and "Tides come" in item["content_html"]
        assert item["date_published"].endswith("Z")


async def test_an_items_id_outlives_its_address(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_live(site)
    before = (await client.get("/blog/feed.json")).json()["items"][0]
    await sql.run("INSERT INTO address (slug, post) VALUES ('ebb', $1)", post.id)
    await republish(post, site, slug="ebb")
    after = (await client.get("/blog/feed.json")).json()["items"][0]
    assert before["id"] == after["id"] and before["url"] != after["url"]


async def test_the_sitemap_names_every_live_post(client: httpx.AsyncClient) -> None:
    post = await make_live(await make_site())
    tree = ElementTree.fromstring((await client.get("/sitemap.xml")).content)
    places = [element.text or "" for element in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert [place.split("/blog")[1] for place in places] == ["", f"/tides-{post.id}"]


async def test_who_has_it_already_is_sent_nothing(client: httpx.AsyncClient) -> None:
    site = await make_site()
    post = await make_live(site)
    for path in [*PAGES, f"/blog/tides-{post.id}"]:
        first = await client.get(path)
        tag = first.headers["etag"]
        again = await client.get(path, headers={"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
    await republish(post, site, body="Better words.")
    changed = await client.get(f"/blog/tides-{post.id}", headers={"if-none-match": tag})
    assert changed.status_code == 200


async def test_the_list_has_pages(client: httpx.AsyncClient) -> None:
    site = await make_site()
    for number in range(11):
        await make_live(site, title=f"Tide {number:02}")
    first, second = await client.get("/blog"), await client.get("/blog?page=2")
    assert first.text.count('class="entry"') == 10 and 'href="/blog?page=2" rel="next"' in first.text
    assert second.text.count('class="entry"') == 1 and 'href="/blog" rel="prev"' in second.text


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "1e3", "9" * 30, "٣"])
async def test_a_page_that_is_not_there_is_not_found(client: httpx.AsyncClient, page: str) -> None:
    await make_live(await make_site())
    assert (await client.get("/blog", params={"page": page})).status_code == 404


async def test_an_empty_blog_says_so(client: httpx.AsyncClient) -> None:
    await make_site()
    assert "Nothing has been published here yet." in (await client.get("/blog")).text
    assert (await client.get("/blog/feed.json")).json()["items"] == []
    ElementTree.fromstring((await client.get("/blog/feed.xml")).content)


async def test_a_signed_in_reader_sees_the_same_blog(client: httpx.AsyncClient) -> None:
    await make_live(await make_site())
    stranger = (await client.get("/blog")).text
    visitor = await enter(client)
    assert (await visitor.get("/blog")).text == stranger
