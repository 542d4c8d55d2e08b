"""What Galley does with a WordPress, shown on one of our own and, marked `platforms`, on a real one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from app.platforms import platform, wordpress_wire
from app.platforms.contract import Absent, Connected, HandedOff, Parcel, Published, Refused, Removed, Unknown, WentOn
from app.safe_http import host_port

from .wordpress_peer import Peer, article, later, parcel, picture, real, through
from .wordpress_site import WordPressSite

WP = platform("wordpress")
pytestmark = pytest.mark.parametrize("peer", ["ours", pytest.param("real", marks=pytest.mark.platforms)], indirect=True)


@pytest.fixture
async def peer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Peer]:
    async with WordPressSite() as site:
        there = real() if request.param == "real" else Peer(site.origin)
        monkeypatch.setattr("app.safe_http.client.opened", lambda: frozenset({host_port(there.url)}))
        monkeypatch.setattr(wordpress_wire, "opened", lambda: frozenset({host_port(there.url)}))
        yield there


async def published(peer: Peer, sent: Parcel) -> Parcel:
    outcome, _ = await through("publish", sent)
    assert isinstance(outcome, Published), outcome
    return replace(sent, remote_id=outcome.remote_id, remote_url=outcome.url)


async def handed_over(peer: Peer, **changes: object) -> Parcel:
    sent = parcel(peer.account(), due_at=later(), **changes)
    outcome, _ = await through("hand_off", sent)
    assert isinstance(outcome, HandedOff), outcome
    return replace(sent, remote_id=outcome.remote_id, remote_url=outcome.url)


async def test_an_editor_connects_and_is_named_with_the_role(peer: Peer) -> None:
    answer = await WP.connect(peer.account())
    assert isinstance(answer, Connected)
    assert answer.note == f"{peer.url} takes posts from editor (editor)."


async def test_the_address_of_the_desk_there_does_as_well(peer: Peer) -> None:
    assert isinstance(await WP.connect(peer.account(url=f"{peer.url}/wp-admin/")), Connected)


async def test_a_wrong_password_does_not_connect(peer: Peer) -> None:
    answer = await WP.connect(peer.account(password="wrong"))
    assert isinstance(answer, Refused)
    assert (answer.kind, answer.answer.status) == ("expired_token", 401)


async def test_a_wrong_password_found_when_sending_is_the_channels_and_not_the_posts_fault(peer: Peer) -> None:
    sent = replace(await published(peer, parcel(peer.account())), account=peer.account(password="wrong"))
    new = parcel(sent.account, article(picture("Roses")))
    for outcome in (await WP.publish(new), await WP.update(sent), await WP.remove(sent)):
        assert isinstance(outcome, Refused)
        assert outcome.kind == "expired_token", outcome


async def test_a_wrong_password_found_when_looking_is_told_apart_from_an_outage(peer: Peer) -> None:
    sent = await handed_over(peer)
    seen = await WP.look(replace(sent, account=peer.account(password="wrong")))
    assert isinstance(seen, Unknown) and seen.answer.status == 401, seen
    assert isinstance(await WP.look(sent), HandedOff)


async def test_an_article_arrives_with_pictures_alt_texts_categories_and_tags(peer: Peer) -> None:
    cover, inline = picture("A bed of roses"), picture("Bees")
    outcome, steps = await through("publish", sent := parcel(peer.account(), article(cover, inline)))
    assert isinstance(outcome, Published)
    assert steps[:2] == ["upload", "upload"] and steps[-1] == "reserve"
    post = await peer.get(f"/posts/{outcome.remote_id}&context=edit")
    assert (post["status"], post["slug"]) == ("publish", sent.content.slug)
    assert post["title"]["raw"] == sent.content.title
    assert post["excerpt"]["raw"] == "A short one."
    held = {one["id"]: one for one in await peer.get(f"/media&slug={','.join(map(_slug, (cover, inline)))}")}
    assert {one["alt_text"] for one in held.values()} == {"A bed of roses", "Bees"}
    assert held[post["featured_media"]]["alt_text"] == "A bed of roses"
    placed = next(one["source_url"] for one in held.values() if one["alt_text"] == "Bees")
    assert f'src="{placed}"' in post["content"]["raw"]
    assert "/media/" not in post["content"]["raw"].replace(placed, "")
    assert await _names(peer, "categories", post) == ["Gardens"]
    assert await _names(peer, "tags", post) == ["Bees &amp; Co", "roses"]
    assert await peer.reader(outcome.url) == (200, outcome.url)


def _slug(held: object) -> str:
    return f"galley-{held.sha256[:24]}"  # type: ignore[attr-defined]


async def _names(peer: Peer, kind: str, post: dict[str, list[int]]) -> list[str]:
    return sorted([(await peer.get(f"/{kind}&include={id}"))[0]["name"] for id in post[kind]])


async def test_a_picture_that_is_there_is_not_uploaded_again(peer: Peer) -> None:
    roses = picture("Roses")
    await published(peer, parcel(peer.account(), article(roses)))
    outcome, steps = await through("publish", parcel(peer.account(), article(roses)))
    assert isinstance(outcome, Published)
    assert steps == ["reserve"]
    assert len(await peer.get(f"/media&slug={_slug(roses)}")) == 1


async def test_a_cover_that_is_there_under_other_words_is_described_anew(peer: Peer) -> None:
    roses = picture("Roses")
    await published(peer, parcel(peer.account(), article(roses)))
    _, steps = await through("publish", parcel(peer.account(), article(replace(roses, alt="Red <b>roses</b>"))))
    assert steps == ["describe", "reserve"]
    assert (await peer.get(f"/media&slug={_slug(roses)}"))[0]["alt_text"] == "Red roses"


async def test_what_was_published_is_found_by_our_mark_and_not_published_twice(peer: Peer) -> None:
    sent = await published(peer, parcel(peer.account()))
    forgotten = replace(sent, remote_id="", remote_url="")
    found = await WP.look(forgotten)
    assert isinstance(found, Published)
    assert found.remote_id == sent.remote_id
    again = await WP.publish(forgotten)
    assert isinstance(again, Published)
    assert again.remote_id == sent.remote_id


async def test_a_reserved_draft_whose_number_was_lost_is_taken_up_and_not_made_again(peer: Peer) -> None:
    sent = parcel(peer.account(categories="", tags=""))
    first = await WP.publish(sent)
    assert isinstance(first, WentOn) and first.step == "reserve"
    assert isinstance(await WP.look(sent), Absent)
    outcome = await WP.publish(sent)
    assert isinstance(outcome, Published)
    assert outcome.remote_id == first.known["id"]


async def test_what_never_was_there_is_absent(peer: Peer) -> None:
    assert isinstance(await WP.look(parcel(peer.account())), Absent)


async def test_an_update_changes_the_same_item_in_place(peer: Peer) -> None:
    sent = await published(peer, parcel(peer.account(), article(picture("Roses"))))
    changed = replace(sent.content, title="Anders", body_html="<p>Neu.</p>", pictures=())
    outcome, _ = await through("update", replace(sent, key=uuid4().hex, content=changed))
    assert outcome == replace(outcome, remote_id=sent.remote_id, url=sent.remote_url)
    assert isinstance(outcome, Published)
    post = await peer.get(f"/posts/{sent.remote_id}&context=edit")
    assert (post["title"]["raw"], post["status"], post["featured_media"]) == ("Anders", "publish", 0)
    assert "Neu." in post["content"]["raw"] and post["categories"] != []


async def test_it_is_taken_down_to_a_draft_and_comes_back_as_the_same_item(peer: Peer) -> None:
    sent = await published(peer, parcel(peer.account()))
    assert isinstance(await WP.remove(sent), Removed)
    assert (await peer.get(f"/posts/{sent.remote_id}&context=edit"))["status"] == "draft"
    assert (await peer.reader(sent.remote_url))[0] == 404
    assert isinstance(await WP.remove(sent), Removed)
    assert isinstance(await WP.look(sent), Absent)
    again, _ = await through("publish", replace(sent, key=uuid4().hex))
    assert isinstance(again, Published)
    assert (again.remote_id, again.url) == (sent.remote_id, sent.remote_url)
    assert await peer.reader(sent.remote_url) == (200, sent.remote_url)


async def test_what_somebody_brought_back_there_gets_the_text_that_is_published_now(peer: Peer) -> None:
    sent = await published(peer, parcel(peer.account()))
    assert isinstance(await WP.remove(sent), Removed)
    await peer.post(f"/posts/{sent.remote_id}", status="publish")
    newer = replace(sent, key=uuid4().hex, content=replace(sent.content, title="Neuer"))
    outcome, _ = await through("publish", newer)
    assert isinstance(outcome, Published) and outcome.url == sent.remote_url
    assert (await peer.get(f"/posts/{sent.remote_id}&context=edit"))["title"]["raw"] == "Neuer"


async def test_a_similar_address_that_answers_instead_does_not_count_as_still_there(peer: Peer) -> None:
    short = article()
    longer = await published(peer, parcel(peer.account(), replace(short, slug=f"{short.slug}-two")))
    sent = await published(peer, parcel(peer.account(), short))
    assert isinstance(await WP.remove(longer), Removed)
    assert isinstance(await WP.remove(sent), Removed)


async def test_what_was_thrown_away_there_is_gone_and_comes_back_when_people_publish_it_again(peer: Peer) -> None:
    sent = await published(peer, parcel(peer.account()))
    await peer.delete(f"/posts/{sent.remote_id}")
    assert isinstance(await WP.look(sent), Removed)
    assert isinstance(await WP.remove(sent), Removed)
    outcome = await WP.update(sent)
    assert isinstance(outcome, Refused) and outcome.kind == "changed_there"
    again, _ = await through("publish", sent)
    assert isinstance(again, Published)
    assert (again.remote_id, again.url) == (sent.remote_id, sent.remote_url)


async def test_what_was_deleted_there_for_good_is_made_anew_when_people_publish_it_again(peer: Peer) -> None:
    sent = await published(peer, parcel(peer.account()))
    deleted = replace(sent, remote_id="99999999", key=uuid4().hex)
    assert isinstance(await WP.look(deleted), Removed)
    assert isinstance(await WP.remove(deleted), Removed)
    outcome, steps = await through("publish", deleted)
    assert isinstance(outcome, Published) and steps == ["reserve"]


async def test_it_is_handed_over_moved_and_taken_back(peer: Peer) -> None:
    sent = await handed_over(peer)
    post = await peer.get(f"/posts/{sent.remote_id}&context=edit")
    assert (post["status"], post["date_gmt"]) == ("future", f"{sent.due_at:%Y-%m-%dT%H:%M:%S}")
    assert (await peer.reader(sent.remote_url))[0] == 404
    sent = replace(sent, due_at=later(hours=3))
    moved = await WP.reschedule(sent)
    assert isinstance(moved, HandedOff) and moved.due_at == sent.due_at
    seen = await WP.look(sent)
    assert isinstance(seen, HandedOff) and seen.due_at == sent.due_at
    assert isinstance(await WP.unschedule(sent), Removed)
    assert isinstance(await WP.unschedule(sent), Removed)
    assert isinstance(await WP.look(sent), Absent)


async def test_what_was_taken_off_the_schedule_is_published_at_once_when_people_say_now(peer: Peer) -> None:
    sent = await handed_over(peer)
    assert isinstance(await WP.unschedule(sent), Removed)
    outcome = await WP.publish(sent)
    assert isinstance(outcome, Published), outcome
    assert (await peer.get(f"/posts/{sent.remote_id}&context=edit"))["status"] == "publish"


async def test_a_draft_left_with_a_later_date_is_published_now_all_the_same(peer: Peer) -> None:
    sent = await handed_over(peer)
    await peer.post(f"/posts/{sent.remote_id}", status="draft")
    outcome = await WP.publish(sent)
    assert isinstance(outcome, Published), outcome


async def test_what_is_less_than_a_minute_ahead_is_not_handed_over(peer: Peer) -> None:
    sent = parcel(peer.account(), due_at=later(seconds=50))
    outcome = await WP.hand_off(sent)
    assert isinstance(outcome, Refused) and outcome.kind == "unexpected"
    assert isinstance(await WP.look(sent), Absent)


async def test_what_is_live_already_cannot_be_moved_or_taken_off_the_schedule(peer: Peer) -> None:
    sent = replace(await published(peer, parcel(peer.account())), due_at=later())
    for verb in (WP.reschedule, WP.unschedule, WP.nudge, WP.hand_off):
        outcome = await verb(sent)
        assert isinstance(outcome, Published) and outcome.remote_id == sent.remote_id
    assert (await peer.get(f"/posts/{sent.remote_id}&context=edit"))["status"] == "publish"


async def test_what_still_has_time_is_not_nudged(peer: Peer) -> None:
    sent = await handed_over(peer)
    seen = await WP.nudge(sent)
    assert isinstance(seen, HandedOff) and seen.due_at == sent.due_at


async def test_what_people_turned_into_a_draft_there_is_neither_moved_nor_nudged(peer: Peer) -> None:
    sent = await handed_over(peer)
    await peer.post(f"/posts/{sent.remote_id}", status="draft", date=None)
    for verb in (WP.reschedule, WP.nudge):
        outcome = await verb(sent)
        assert isinstance(outcome, Refused) and outcome.kind == "changed_there"


async def test_a_file_that_is_no_picture_is_final(peer: Peer) -> None:
    junk = replace(picture("Junk"), bytes=b"junk", sha256="ab" * 32)
    outcome = await WP.publish(parcel(peer.account(), article(junk)))
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.answer.status) == ("content_rejected", 500)


async def test_a_name_with_signs_is_found_again_as_it_is_stored(peer: Peer) -> None:
    odd = "Say “hi” & 'go' \"on\" 4 < 5"
    await published(peer, parcel(peer.account(tags=odd)))
    outcome, steps = await through("publish", parcel(peer.account(tags=odd.upper())))
    assert isinstance(outcome, Published)
    assert steps == ["reserve"]


async def test_a_look_tells_when_somebody_wrote_it_there_after_us(peer: Peer) -> None:
    sent = await handed_over(peer)
    before = await WP.look(sent)
    assert isinstance(before, HandedOff) and before.written_at is not None
    await asyncio.sleep(1.1)  # WordPress counts in seconds
    await peer.post(f"/posts/{sent.remote_id}", content="Their words.")
    after = await WP.look(sent)
    assert isinstance(after, HandedOff) and after.due_at == before.due_at
    assert after.written_at is not None and after.written_at > before.written_at
