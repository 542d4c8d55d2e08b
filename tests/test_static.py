"""The files under static/: whose they are, what they weigh, and how they are served."""

import gzip
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from app.assets import STATIC, asset, assets, read_assets, static_router
from app.main import templates
from app.pages.shell import CORNERS, MAIN, Banner, Doorstep, Shell, Storefront
from app.settings import ROOT

OURS = {"VENDORED.txt", "app.css", "app.js", "blog.css", "calendar.css", "calendar.js", "campaign.css",
        "favicon.svg", "list.css", "post.css", "review.css"}  # fmt: skip
TEMPLATES = ROOT / "templates"
KB = 1024


def listed() -> dict[str, str]:
    """File → SHA-256, as static/VENDORED.txt states them."""
    lines = [line.split("\t") for line in (STATIC / "VENDORED.txt").read_text().splitlines()]
    return {parts[0]: parts[3] for parts in lines if len(parts) == 4}


def zipped(*names: str) -> int:
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)


def icons() -> set[str]:
    return set(re.findall(r'symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))


def rendered(source: str, **context: object) -> str:
    return templates().from_string(source).render(**context)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Litestar([static_router()], openapi_config=None))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


@pytest.mark.parametrize("name", sorted(listed()))
def test_a_vendored_file_has_the_checksum_we_state(name: str) -> None:
    assert sha256((STATIC / name).read_bytes()).hexdigest() == listed()[name]


def test_every_file_is_ours_or_stated_as_vendored() -> None:
    assert {file.name for file in STATIC.iterdir() if file.is_file()} - OURS == set(listed())


def test_the_pictures_of_the_readme_are_light_and_served_to_nobody() -> None:
    pictures = {file.name: file.stat().st_size for file in (STATIC / "readme").iterdir()}
    named = set(re.findall(r"static/readme/([\w.-]+)", (ROOT / "README.md").read_text()))
    assert {*pictures} == named and all(size <= 120 * KB for size in pictures.values()), pictures
    assert not {*pictures} & {*assets()}


def test_the_scripts_fit_their_budget() -> None:
    every_page = zipped("htmx.min.js", "idiomorph-ext.min.js", "app.js")
    assert every_page <= 30 * KB
    assert every_page + zipped("markdown-toolbar.js") <= 36 * KB
    assert zipped("app.js") <= 8 * KB


def test_styles_and_icons_fit_their_budget() -> None:
    assert zipped("app.css", "icons.svg") <= 16 * KB


def test_every_icon_named_in_a_template_or_the_navigation_is_in_the_sprite() -> None:
    named = {place.icon for place in MAIN + CORNERS}
    for template in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", template.read_text()))
    assert named <= icons()


def test_an_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("one")
    before = read_assets(tmp_path)["a.js"].version
    (tmp_path / "a.js").write_text("two")
    assert read_assets(tmp_path)["a.js"].version != before


def test_a_new_font_changes_the_address_of_the_style_sheet_too(tmp_path: Path) -> None:
    (tmp_path / "z.woff2").write_bytes(b"one")
    (tmp_path / "a.css").write_text('x{src:url("z.woff2")}')
    before = read_assets(tmp_path)
    (tmp_path / "z.woff2").write_bytes(b"two")
    after = read_assets(tmp_path)
    assert before["a.css"].version != after["a.css"].version
    assert f'url("z.woff2?v={after["z.woff2"].version}")'.encode() in after["a.css"].body


def test_a_file_nobody_vendored_cannot_be_linked() -> None:
    with pytest.raises(KeyError):
        asset("missing.js")


@pytest.mark.parametrize("name", sorted(OURS | set(listed())))
async def test_a_file_is_kept_for_a_year_under_its_own_version(browser: httpx.AsyncClient, name: str) -> None:
    answer = await browser.get(asset(name))
    assert answer.status_code == 200
    assert answer.content == assets()[name].body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ["/static/app.css", "/static/app.css?v=00000000"])
async def test_any_other_version_is_asked_for_again(browser: httpx.AsyncClient, address: str) -> None:
    assert (await browser.get(address)).headers["cache-control"] == "no-cache"


async def test_an_unchanged_file_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    tag = (await browser.get("/static/app.css")).headers["etag"]
    answer = await browser.get("/static/app.css", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("app.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("icons.svg", "image/svg+xml"),
        ("inter.woff2", "font/woff2"),
    ],
)
async def test_a_file_says_what_it_is(browser: httpx.AsyncClient, name: str, media_type: str) -> None:
    assert (await browser.get(asset(name))).headers["content-type"] == media_type


async def test_text_travels_compressed_only_to_those_who_read_it(browser: httpx.AsyncClient) -> None:
    small = await browser.get("/static/app.css", headers={"Accept-Encoding": "gzip"})
    plain = await browser.get("/static/app.css", headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content


@pytest.mark.parametrize("path", ["nothing.css", "../pyproject.toml", "%2e%2e/pyproject.toml", "a/b/app.css", ""])
async def test_nothing_outside_the_folder_is_served(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(f"/static/{path}")).status_code == 404


def test_the_frame_of_a_page_escapes_what_people_typed() -> None:
    shell = Shell(
        title="<b>", team="A & B", person="<i>", initials="AB", role="Editor", nav="inbox", csrf='"\'<t',
        inbox=3, channels_wrong=1, banners=(Banner("problem", "unplug", "<script>", "/channels", "Fix"),),
    )  # fmt: skip
    page = rendered('{% extends "layouts/base.html" %}{% block main %}in{% endblock %}', shell=shell)
    assert "<title>&lt;b&gt; · A &amp; B</title>" in page
    assert "<i>" not in page and "<script>" not in page
    assert r"""hx-headers='{"x-csrf-token": "\"\u0027\u003ct"}'""" in page
    assert page.count('aria-current="page"') == 2


def test_the_frame_names_the_chosen_theme_and_switched_off_keys() -> None:
    shell = Shell("t", "Team", "P", "P", "Admin", "posts", "x", theme="dark", keys_off=True)
    page = rendered('{% extends "layouts/base.html" %}', shell=shell)
    assert '<html lang="en" data-theme="dark" data-keys="off">' in page
    assert 'value="light" data-theme-switch' in page


def test_the_frame_for_people_outside_needs_no_person() -> None:
    page = rendered('{% extends "layouts/plain.html" %}', shell=Doorstep("Sign in"))
    assert "<title>Sign in · Galley</title>" in page


def test_the_storefront_names_its_feeds() -> None:
    blog = Storefront("Post", "Site", "About", "https://example.com/blog/post")
    page = rendered('{% extends "layouts/blog.html" %}', blog=blog)
    assert 'type="application/rss+xml" title="Site" href="/blog/feed.xml"' in page
    assert 'type="application/feed+json" title="Site" href="/blog/feed.json"' in page
