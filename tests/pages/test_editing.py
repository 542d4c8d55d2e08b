"""The editor: nothing typed is lost, whoever saves first; and every way to save does what it says."""

import json
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from app import content, sql
from app.tables import Post
from tests.makers import BODY, make_channel, make_media, make_person, make_picture, make_post, make_revision
from tests.visitors import Visitor, enter

WORDS = {"title": "Tides", "body": BODY, "excerpt": "Twice a day.", "slug": ""}
LOST = "Someone changed this a moment ago. Nothing you did was applied."


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, kind)
    return file.getvalue()


async def edit(visitor: Visitor, post: Post, **fields: Any) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": str(post.version), **WORDS, "then": "save", **fields}
    file = data.pop("file", None)
    parts = {"file": ("name.png", file)} if file is not None else {"file": ("", b"")}
    return await visitor.client.post(f"/posts/{post.id}/edit", data=data, files=parts)


async def stored(post: Post) -> content.Revision:
    return await content.current(post.id)


async def row(post: Post) -> tuple[str, int]:
    found = await sql.row("SELECT status, version FROM post WHERE id = $1", post.id)
    assert found is not None
    return found["status"], found["version"]


async def test_saving_makes_a_version_and_asks_for_a_new_approval(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await edit(visitor, post, body="A new opening.", slug="new-tides")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}")
    assert await row(post) == ("modified_pending_review", post.version + 1)
    saved = await stored(post)
    assert (saved.body, saved.slug, saved.number, saved.person) == ("A new opening.", "new-tides", 2, visitor.person.id)


async def test_saving_the_same_text_changes_nothing_and_says_so(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await edit(visitor, post)
    assert answer.status_code == 303
    assert "Nothing changed." in (await visitor.get(f"/posts/{post.id}")).text
    assert await row(post) == ("generated_pending_review", post.version)


async def test_the_loser_of_a_race_sees_both_texts_and_loses_neither(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await edit(visitor, post, body="What Mara wrote.")
    answer = await edit(visitor, post, body="What I wrote.", excerpt="My excerpt.")
    assert answer.status_code == 409 and LOST in answer.text
    assert "What I wrote.</textarea>" in answer.text and "My excerpt.</textarea>" in answer.text
    words = answer.text.split('id="lost-race"')[1].split("</section>")[0]
    assert f"{visitor.person.name} saved version 2 while you were typing" in words
    assert "What Mara wrote.</textarea>" in words and "<ins>I</ins>" in words, "theirs whole, and the difference"
    assert "Their excerpt:</b> Twice a day." in words, "a field that differs is shown, too"
    assert (await stored(post)).body == "What Mara wrote."
    assert f'name="version" value="{post.version + 1}"' in answer.text
    await post.refresh()
    assert (await edit(visitor, post, body="What I wrote.")).status_code == 303


async def test_a_form_that_saw_no_version_is_428_with_the_text_kept(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await edit(visitor, post, version="", body="What I wrote.")
    assert answer.status_code == 428 and "What I wrote.</textarea>" in answer.text
    assert await row(post) == ("generated_pending_review", post.version)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "Write something here."),
        ("title", "x" * 301, "This is 301 characters long; 300 fit."),
        ("title", "a\u202eb", "turn the writing direction"),
        ("excerpt", "x" * 501, "500 fit"),
        ("slug", "x" * 201, "200 fit"),
        ("body", "a\x00b", "control characters"),
        ("caption", "x" * 5001, "5,000 fit"),
        ("alt", "x" * 501, "500 fit"),
        ("version", "soon", "Write a whole number."),
    ],
)
async def test_a_wrong_field_says_why_and_every_other_one_is_kept(
    client: httpx.AsyncClient, field: str, value: str, said: str
) -> None:
    visitor = await enter(client)
    channel = await make_channel(settings=json.dumps({"url": "https://example.com/h", "short": "on", "caption": "on"}))
    post = await make_post(channels=[channel])
    media = await make_media(post)
    await make_picture(await make_revision(post, origin="edited"), media)
    typed = {
        "body": "What I wrote.", "excerpt": "My excerpt.", "slug": "my-slug", "caption_channel": str(channel.id),
        "caption": "My caption.", "picture": str(media.id), "alt": "My alt text.", "new_alt": "My new alt",
        "prompt": "My wish",
    }  # fmt: skip
    answer = await edit(visitor, post, **{**typed, field: value})
    assert answer.status_code == 422 and said in answer.text
    kept = {name: words for name, words in typed.items() if name not in (field, "caption_channel", "picture")}
    if "caption_channel" not in answer.text:
        kept.pop("caption", None)
    assert [words for words in kept.values() if words not in answer.text] == []
    assert (await stored(post)).number == 2


async def test_an_unknown_field_is_422_and_saves_nothing(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    assert (await edit(visitor, post, body="New.", status="approved")).status_code == 422
    assert await row(post) == ("generated_pending_review", post.version)


async def test_an_approved_post_goes_back_to_review_when_it_is_edited(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("approved")
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert "Saving a change takes it back to Pending review." in page
    await edit(visitor, post, body="New.")
    assert (await row(post))[0] == "modified_pending_review"
    assert await sql.value("SELECT count(*) FROM seal WHERE post = $1 AND voided_at IS NULL", post.id) == 0


async def test_a_live_post_keeps_its_status_and_needs_its_changes_published(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("published")
    assert (
        "Saving changes nothing there until you publish the changes."
        in (await visitor.get(f"/posts/{post.id}/edit")).text
    )
    await edit(visitor, post, body="New.")
    assert (await row(post))[0] == "published"
    assert "The live version is older than your text." in (await visitor.get(f"/posts/{post.id}")).text


async def test_a_scheduled_post_asks_before_it_is_edited(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("scheduled")
    answer = await visitor.get(f"/posts/{post.id}/edit")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}/moves/reopen")
    page = (await visitor.get(answer.headers["location"])).text
    assert "It leaves the schedule and goes back to Pending review." in page and "Keep scheduled" in page


@pytest.mark.parametrize("status", ["generating", "text_ready_images_pending", "publishing", "rejected"])
async def test_nobody_types_what_cannot_be_saved(client: httpx.AsyncClient, status: str) -> None:
    visitor, post = await enter(client), await make_post(status)
    answer = await visitor.get(f"/posts/{post.id}/edit")
    assert answer.status_code == 409 and "It cannot be edited while it is" in answer.text
    before = await row(post)
    assert (await edit(visitor, post, body="What I wrote.")).status_code == 409
    assert await row(post) == before


async def test_a_writer_edits_their_own_and_not_anothers(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    own, others = await make_post(author=visitor.person), await make_post(author=await make_person("writer"))
    assert (await visitor.get(f"/posts/{own.id}/edit")).status_code == 200
    assert (await edit(visitor, own, body="New.")).status_code == 303
    assert (await visitor.get(f"/posts/{others.id}/edit")).status_code == 403
    answer = await edit(visitor, others, body="What I wrote.")
    assert answer.status_code == 403 and "What I wrote.</textarea>" in answer.text
    assert (await stored(others)).body == BODY


async def test_a_viewer_has_no_editor(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "viewer"), await make_post()
    assert (await visitor.get(f"/posts/{post.id}/edit")).status_code == 403
    assert (await edit(visitor, post, body="New.")).status_code == 403


async def test_a_plan_is_written_by_hand_and_sent_to_review_in_one_step(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert 'id="edit-submit"' in page
    answer = await edit(visitor, post, body="By hand.", then="submit")
    assert answer.status_code == 303
    assert (await row(post))[0] == "generated_pending_review"
    assert [e["move"] for e in await sql.rows("SELECT move FROM event WHERE post = $1", post.id)] == ["submit"]
    assert (await stored(post)).origin == "written"


async def test_a_plan_saved_by_hand_stays_a_plan_and_can_be_submitted_later(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    await edit(visitor, post, body="Half of it.")
    assert (await row(post))[0] == "to_be_generated"
    assert 'name="name" value="submit"' in (await visitor.get(f"/posts/{post.id}")).text
    await post.refresh()
    assert (await edit(visitor, post, body="All of it.", then="submit")).status_code == 303
    assert (await row(post))[0] == "generated_pending_review"


async def test_nothing_is_submitted_without_words(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    answer = await edit(visitor, post, body="", then="submit", excerpt="My excerpt.")
    assert answer.status_code == 409 and "My excerpt.</textarea>" in answer.text
    assert await row(post) == ("to_be_generated", post.version)


async def test_a_caption_of_its_own_is_kept_and_an_emptied_one_is_derived_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel("sandbox", settings=json.dumps({"caption": "on"}))
    post = await make_post(channels=[channel])
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert f'id="caption-{channel.id}"' in page
    await edit(visitor, post, caption_channel=str(channel.id), caption="My\ncaption.")
    assert (await stored(post)).renditions == {channel.id: {"text": "My\ncaption."}}
    await post.refresh()
    await edit(visitor, post, body="Other words.")
    assert (await stored(post)).renditions == {channel.id: {"text": "My\ncaption."}}, (
        "a form that shows none changed it"
    )
    await post.refresh()
    await edit(visitor, post, body="Other words.", caption_channel=str(channel.id), caption="")
    assert (await stored(post)).renditions == {}


async def test_alt_texts_are_saved_and_a_picture_can_be_left_out(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    one, two = await make_media(post), await make_media(post)
    revision = await make_revision(post, origin="edited")
    await make_picture(revision, one)
    await make_picture(revision, two, position=1)
    fields = {"picture": [str(one.id), str(two.id)], "alt": ["One", "Two"], "drop": str(one.id)}
    assert (await edit(visitor, post, **fields)).status_code == 303
    assert [(shown.media, shown.alt) for shown in (await stored(post)).pictures] == [(two.id, "Two")]


async def test_a_file_is_saved_with_the_text_in_one_click(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await edit(visitor, post, body="New.", file=picture(), new_alt="A teal field", then="upload")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}/edit")
    saved = await stored(post)
    assert saved.body == "New." and [(p.alt, p.status) for p in saved.pictures] == [("A teal field", "processed")]


async def test_a_file_that_was_chosen_is_not_forgotten_by_the_save_button(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await edit(visitor, post, body="New.", file=picture())
    assert len((await stored(post)).pictures) == 1


async def test_a_picture_can_be_wished_for_with_the_text(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    assert (await edit(visitor, post, body="New.", then="draw", prompt="A lighthouse")).status_code == 303
    saved = await stored(post)
    assert saved.body == "New." and [(p.prompt, p.status) for p in saved.pictures] == [("A lighthouse", "pending")]
    await post.refresh()
    answer = await edit(visitor, post, body="Newer.", then="draw", prompt="")
    assert (
        answer.status_code == 422 and "Say what it should show." in answer.text and "Newer.</textarea>" in answer.text
    )


HOSTILE_FILES = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 415),
    "html": (b"<!doctype html><script>alert(1)</script>", 415),
    "zip": (b"PK\x03\x04" + b"\x00" * 200, 415),
    "pdf": (b"%PDF-1.7\n" + b"\x00" * 200, 415),
    "truncated": (picture("JPEG", (400, 400))[:600], 415),
    "gif with a script": (b"GIF89a/*" + b"\x00" * 40 + b"*/=alert(1)", 415),
    "a bomb": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (50_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00", 413),
    "too heavy": (picture() + b"\x00" * (20 * 2**20 + 1), 413),
}


@pytest.mark.parametrize("name", HOSTILE_FILES)
async def test_a_hostile_file_is_refused_in_words_and_no_text_is_lost(client: httpx.AsyncClient, name: str) -> None:
    visitor, post = await enter(client), await make_post()
    file, status = HOSTILE_FILES[name]
    answer = await edit(visitor, post, body="What I wrote.", file=file, then="upload", new_alt="My alt")
    assert answer.status_code in (status, 413, 415, 422), answer.status_code
    assert 'href="#f-file"' in answer.text and "try" in answer.text
    assert "What I wrote.</textarea>" in answer.text and 'value="My alt"' in answer.text
    assert await row(post) == ("generated_pending_review", post.version)
    assert await sql.value("SELECT count(*) FROM media") == 0


async def test_the_upload_button_without_a_file_says_so(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await edit(visitor, post, body="What I wrote.", then="upload")
    assert answer.status_code == 422 and "Choose a file first." in answer.text and "What I wrote." in answer.text


async def test_a_lost_race_uploads_nothing(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await edit(visitor, post, body="What Mara wrote.")
    answer = await edit(visitor, post, body="What I wrote.", file=picture(), then="upload")
    assert answer.status_code == 409
    assert await sql.value("SELECT count(*) FROM media") == 0


# Autosave


async def keep(visitor: Visitor, post: Post, **fields: str) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": str(post.version), **WORDS, **fields}
    return await visitor.client.post(f"/posts/{post.id}/autosave", data=data)


async def test_what_was_typed_is_kept_and_offered_again_until_it_is_saved(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    assert (await keep(visitor, post, body="Half a sentence", title="")).status_code == 204
    assert await row(post) == ("generated_pending_review", post.version), "autosave is no version"
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert "Half a sentence</textarea>" in page and "and did not save it." in page and 'id="edit-discard"' in page
    assert "You have unsaved text from today, " in page
    await edit(visitor, post, body="A whole sentence.")
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert "A whole sentence.</textarea>" in page and "did not save it" not in page


async def test_saving_in_one_tab_forgets_nothing_that_was_typed_in_another(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await keep(visitor, post, body="From the second tab.", tab="two")
    assert (await edit(visitor, post, body="From the first tab.", tab="one")).status_code == 303
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert "From the first tab.</textarea>" in page and "From the second tab.</textarea>" in page
    await post.refresh()
    assert (await edit(visitor, post, body="Both.", tab="two")).status_code == 303
    assert "From the second tab." not in (await visitor.get(f"/posts/{post.id}/edit")).text


async def test_all_that_was_typed_over_an_older_version_is_shown(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await keep(visitor, post, title="My title", excerpt="My excerpt.", body="My text.")
    await make_revision(post, body="What Mara wrote.", origin="edited")
    aside = (await visitor.get(f"/posts/{post.id}/edit")).text.split('id="aside"')[1].split("</textarea>")[0]
    assert all(words in aside for words in ("My title", "My excerpt.", "My text."))


async def test_what_was_kept_is_ones_own(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await keep(visitor, post, body="Half a sentence")
    other = await enter(client)
    assert "Half a sentence" not in (await other.get(f"/posts/{post.id}/edit")).text


async def test_typing_over_an_older_version_is_kept_aside_and_never_replaces_the_newer_one(
    client: httpx.AsyncClient,
) -> None:
    visitor, post = await enter(client), await make_post()
    await keep(visitor, post, body="Half a sentence")
    await make_revision(post, body="What Mara wrote.", origin="edited")
    page = (await visitor.get(f"/posts/{post.id}/edit")).text
    assert "What Mara wrote.</textarea>" in page and "Half a sentence</textarea>" in page
    assert page.index("Half a sentence") < page.index('id="edit-form"') and "readonly" in page
    stale = await keep(visitor, post, body="More of it")
    assert stale.status_code == 204
    assert "More of it</textarea>" in (await visitor.get(f"/posts/{post.id}/edit")).text


async def test_what_was_kept_can_be_thrown_away_on_purpose(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await keep(visitor, post, body="Half a sentence")
    answer = await visitor.post(f"/posts/{post.id}/edit", then="discard")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}/edit")
    assert "Half a sentence" not in (await visitor.get(f"/posts/{post.id}/edit")).text


@pytest.mark.parametrize("body", ["a\x00b", "x" * 600_000, "\ud83d\ude00 \u202e", "{{ 7*7 }}", "", "\\u0000 in JSON"])
async def test_autosave_takes_anything_a_keyboard_can_send(client: httpx.AsyncClient, body: str) -> None:
    visitor, post = await enter(client), await make_post()
    data = {"csrf_token": visitor.csrf, **WORDS, "body": body.encode("utf-16", "surrogatepass").decode("utf-16")}
    answer = await client.post(f"/posts/{post.id}/autosave", data=data)
    assert answer.status_code == 204
    assert (await visitor.get(f"/posts/{post.id}/edit")).status_code == 200


async def test_autosave_of_nothing_new_is_not_offered(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    saved = await stored(post)
    await keep(visitor, post, title=saved.title, body=saved.body, excerpt=saved.excerpt, slug=saved.slug)
    assert "did not save it" not in (await visitor.get(f"/posts/{post.id}/edit")).text


# Preview


async def test_the_preview_renders_and_stores_nothing(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await visitor.post(
        f"/posts/{post.id}/preview", body="# Hi\n\n<script>alert(1)</script> [x](javascript:alert(1))"
    )
    assert answer.status_code == 200 and "<h" in answer.text
    assert "<script" not in answer.text and "href" not in answer.text
    assert await row(post) == ("generated_pending_review", post.version)


async def test_a_post_that_is_gone_has_no_editor(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for path in ("edit", "plan", "changes"):
        assert (await visitor.get(f"/posts/4711/{path}")).status_code == 404
    for path in ("edit", "autosave", "plan", "pictures", "drawing"):
        assert (await visitor.post(f"/posts/4711/{path}", version=1)).status_code == 404, path
