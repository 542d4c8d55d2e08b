"""A seal holds what will be sent: the same bytes always, read when sent, never derived again."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as some

from app import seals, sql
from app.content import Revision, Shown
from app.lifecycles.machine import CLOCK, By
from app.platforms.contract import Content
from app.seals import Channel
from app.tables import ApiKey, Approval, Media, Post, PostChannel, Seal
from tests import makers
from tests.rows import now

SHORT = {"content": "text"}  # a webhook that takes a short text with a link
REVISION = Revision(
    "Tides", "Twice a day. Ümlaut…", "Twice a day.", "tides", {2: {"text": "Look & see"}, 3: {}},
    (Shown(4, "Sea", "processed", "asset-4", sha256="ab"),), 9, 3, "written", "<p>Twice a day.</p>", 5,
)  # fmt: skip
TARGETS = (Channel(1, "Hook", "webhook", {}), Channel(2, "Short", "webhook", SHORT))
# Typed by hand: a release that would write this differently breaks every approval there is.
CANONICAL = (
    '{"body":"Twice a day. Ümlaut…","body_html":"<p>Twice a day.</p>","channels":['
    '{"channel":1,"fields":{},"platform":"webhook"},'
    '{"channel":2,"fields":{"text":"Look & see"},"platform":"webhook"}],'
    '"excerpt":"Twice a day.","link":"","pictures":[{"alt":"Sea","asset":"asset-4","media":4,"sha256":"ab"}],'
    '"post":7,"revision":3,"slug":"tides","title":"Tides"}'
)


@pytest.fixture
async def post(database: object) -> Post:
    return await makers.make_post("generated_pending_review", channels=[await makers.make_channel()])


async def valid(post: Post) -> list[Seal]:
    return await Seal.objects().where((Seal.post == post.id) & Seal.voided_at.is_null())


@pytest.mark.pure
def test_the_canonical_text_is_the_same_bytes_on_every_machine_and_day() -> None:
    sealed = seals.canonical(7, REVISION, TARGETS)
    assert sealed.text == CANONICAL and sealed.revision == 9
    assert sealed.digest == hashlib.sha256(CANONICAL.encode()).digest()


@pytest.mark.pure
def test_the_order_in_which_fields_were_typed_changes_nothing() -> None:
    fields = {"text": "Look", "alt": "Sea"}
    one = replace(REVISION, renditions={2: fields})
    other = replace(REVISION, renditions={3: {}, 2: dict(reversed(fields.items()))})
    assert seals.canonical(7, one, TARGETS) == seals.canonical(7, other, TARGETS)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("change", "targets"),
    [
        ({"title": "Ebb"}, TARGETS), ({"body": "Once a day."}, TARGETS), ({"excerpt": ""}, TARGETS),
        ({"slug": "ebb"}, TARGETS), ({"body_html": "<p>Ebb</p>"}, TARGETS),
        ({"renditions": {2: {"text": "Look"}}}, TARGETS), ({"number": 4}, TARGETS), ({"pictures": ()}, TARGETS),
        ({"pictures": (replace(REVISION.pictures[0], alt="Moon"),)}, TARGETS),
        ({"pictures": (replace(REVISION.pictures[0], sha256="cd"),)}, TARGETS),
        ({}, TARGETS[:1]), ({}, (*TARGETS, Channel(3, "Third", "webhook", {}))),
    ],
)  # fmt: skip
def test_every_change_of_what_is_sent_changes_the_digest(change: dict[str, Any], targets: tuple[Channel, ...]) -> None:
    before = seals.canonical(7, REVISION, TARGETS)
    assert seals.canonical(7, replace(REVISION, **change), targets).digest != before.digest


@pytest.mark.pure
def test_what_is_not_sent_changes_no_digest() -> None:
    seen = replace(REVISION.pictures[0], status="pending", prompt="The sea", width=8)
    other = replace(REVISION, pictures=(seen,), person=99, origin="edited")
    renamed = tuple(replace(target, name="Another name") for target in TARGETS)
    assert seals.canonical(7, other, renamed).digest == seals.canonical(7, REVISION, TARGETS).digest


@pytest.mark.pure
def test_a_post_that_goes_to_our_own_site_is_linked_to_it() -> None:
    site = Channel(5, "Blog", "site", {})
    sealed = json.loads(seals.canonical(7, REVISION, (*TARGETS, site)).text)
    assert sealed["link"].endswith("/blog/tides") and sealed["link"].startswith("http")
    bare = replace(REVISION, renditions={})
    [_, short, _] = json.loads(seals.canonical(7, bare, (*TARGETS, site)).text)["channels"]
    assert short["fields"]["text"] == f"Twice a day.\n\n{sealed['link']}"


# Captions


@pytest.mark.pure
@pytest.mark.parametrize(
    ("words", "link", "limit", "expected"),
    [
        ("Twice a day.", "", None, "Twice a day."),
        ("Twice a day.", "", 12, "Twice a day."),
        ("Twice a day.", "", 11, "Twice a…"),
        ("Twice, and again", "", 10, "Twice…"),
        ("Twice a day.", "http://a.b", None, "Twice a day.\n\nhttp://a.b"),
        ("Twice a day.", "http://a.b", 24, "Twice a day.\n\nhttp://a.b"),
        ("Twice a day.", "http://a.b", 22, "Twice a…\n\nhttp://a.b"),
        ("Unbrokenwordofthesea", "", 8, "Unbroke…"),
        ("", "http://a.b", 30, "http://a.b"),
    ],
)
def test_words_give_way_and_the_link_stays_whole(words: str, link: str, limit: int | None, expected: str) -> None:
    assert seals.caption(words, link, limit) == expected


@pytest.mark.pure
def test_where_only_the_link_has_room_there_is_only_the_link() -> None:
    assert seals.caption("Twice a day.", "http://a.b", 10) == "http://a.b"
    assert seals.caption("Twice a day.", "http://a.b", 12) == "http://a.b"


@pytest.mark.pure
@given(some.text(), some.sampled_from(["", "https://example.com/blog/tides"]), some.integers(40, 200))
def test_a_caption_never_exceeds_its_limit_and_never_loses_its_link(words: str, link: str, limit: int) -> None:
    cut = seals.caption(words, link, limit)
    assert len(cut) <= limit and cut.endswith(link)
    if len(words) + len(link) + 2 <= limit and words.strip():
        assert words.strip() in cut


@pytest.mark.pure
def test_an_edited_caption_wins_and_an_article_needs_none() -> None:
    article, short = TARGETS
    assert seals.derive(REVISION, article, "") == {}
    assert seals.derive(REVISION, short, "http://a.b") == {"text": "Look & see"}
    assert seals.derive(replace(REVISION, renditions={}), short, "") == {"text": "Twice a day."}
    assert seals.derive(replace(REVISION, renditions={}, excerpt=""), short, "") == {"text": "Tides"}


# Stored


async def unsealed(seal: int, channel: int) -> Content:
    """What a stored seal holds for one channel."""
    return await seals.unsealed(await sql.value("SELECT content FROM seal WHERE id = $1", seal), channel)


async def test_what_was_sealed_is_what_is_read_back(post: Post) -> None:
    await makers.make_picture(await makers.make_revision(post), picture := await makers.make_media(post))
    number = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    channel = (await seals.channels(post.id))[0]
    content = await unsealed(number, channel.id)
    assert (content.title, content.body, content.excerpt) == ("Tides", makers.BODY, "Twice a day.")
    [sent] = content.pictures
    assert (sent.sha256, sent.mime, sent.alt) == (picture.blob.hex(), "image/png", "The sea")
    assert sent.bytes == b"" and sent.url.endswith(f"/media/{picture.asset_id}")


async def test_a_release_that_derives_differently_still_sends_what_was_approved(
    database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = await makers.make_channel(settings=json.dumps(SHORT))
    post = await makers.make_post("generated_pending_review", channels=[short])
    number = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    before = await unsealed(number, short.id)
    assert before.fields == {"text": "Twice a day."}
    monkeypatch.setattr(seals, "derive", lambda *_: {"text": "Something else"})
    monkeypatch.setattr(seals, "caption", lambda *_: "Something else")
    await makers.make_revision(post, body="Changed since.")
    assert await unsealed(number, short.id) == before
    assert "Something else" in (await seals.sealable(post.id)).text


async def test_a_channel_that_was_not_sealed_gets_no_text_of_its_own(post: Post) -> None:
    number = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    assert (await unsealed(number, -1)).fields == {}


async def test_a_picture_without_its_file_is_not_sent_silently(post: Post) -> None:
    await makers.make_picture(await makers.make_revision(post), picture := await makers.make_media(post))
    number = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    await Media.update({Media.blob: None, Media.status: "pending", Media.next_at: now()}).where(Media.id == picture.id)
    with pytest.raises(LookupError, match="no file"):
        await unsealed(number, (await seals.channels(post.id))[0].id)


async def test_a_new_seal_voids_the_one_before(post: Post) -> None:
    first = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    second = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    assert [seal.id for seal in await valid(post)] == [second] and first != second
    assert await seals.valid(post.id) == second


async def test_a_seal_says_in_whose_name_it_was_made(post: Post) -> None:
    person = await makers.make_person()
    key = ApiKey(prefix="k1", secret_sha256=b"x", owner=person.id, name="Key", scopes=["publish_unreviewed"])
    await key.save()
    what = await seals.sealable(post.id)
    named = []
    for by in (By("person", person=person.id, role="editor"), By("key", person=person.id, key=key.id), CLOCK):
        seal = await Seal.objects().get(Seal.id == await seals.seal(post.id, what, by=by))
        named.append((seal.by_kind, seal.person, seal.key))
    assert named == [("person", person.id, None), ("key", None, key.id), ("autopilot", None, None)]


async def test_a_seal_s_text_cannot_be_changed_behind_its_digest(post: Post) -> None:
    number = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await Seal.update({Seal.content: "{}"}).where(Seal.id == number)
    assert "digest" in str(refused.value.constraint_name)
    with pytest.raises(asyncpg.CheckViolationError):
        await Seal.update({Seal.digest: b"x" * 32}).where(Seal.id == number)


async def test_a_seal_is_valid_only_for_the_current_revision(post: Post) -> None:
    number = await seals.seal(post.id, await seals.sealable(post.id), by=CLOCK)
    assert await seals.valid(post.id) == number
    await makers.make_revision(post)
    assert await seals.valid(post.id) is None


async def test_voiding_takes_seal_and_votes_along(post: Post) -> None:
    seal = await makers.make_seal(post, by=(person := await makers.make_person()))
    await makers.make_approval(post, seal, person)
    await seals.void(post.id)
    assert await valid(post) == [] and await seals.valid(post.id) is None
    assert await Approval.count().where((Approval.post == post.id) & Approval.voided_at.is_null()) == 0


async def test_targets_come_in_a_fixed_order(post: Post) -> None:
    more = [await makers.make_channel() for _ in range(3)]
    for channel in reversed(more):
        await PostChannel(post=post.id, channel=channel.id).save()
    numbers = [channel.id for channel in await seals.channels(post.id)]
    assert numbers == sorted(numbers) and len(numbers) == 4


async def test_a_post_without_a_text_cannot_be_sealed(database: object) -> None:
    idea = await makers.make_post("awaiting_user_date")
    with pytest.raises(LookupError):
        await seals.sealable(idea.id)


async def test_traits_belong_to_the_channel_s_own_account(database: object) -> None:
    short = await makers.make_channel(settings=json.dumps(SHORT))
    article = await makers.make_channel()
    assert (await seals.traits_of(short.id)).caption and not (await seals.traits_of(article.id)).caption
    with pytest.raises(LookupError):
        await seals.traits_of(-1)
