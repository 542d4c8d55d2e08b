"""What a WordPress holds for us and somebody edits there: told at the next look, answered by people, not fought."""

from datetime import timedelta

from app import sql
from app.flow import changed_there, schedule
from app.flow.resolve import resolve
from app.tables import Post
from tests.flow.stage import attempts, moves_of, only, somebody, soon, status, work
from tests.flow.test_lookups import at_its_time, handed_over, site
from tests.platforms.wordpress_site import WordPressSite

__all__ = ["site"]
THEIRS = "<p>Their words.</p>"


async def edited(site: WordPressSite) -> Post:
    """Handed over, edited there by somebody a minute later, and looked at."""
    post = await handed_over(site)
    item = site.posts[int((await only(post)).remote_id)]
    item |= {"content": THEIRS, "modified": item["modified"] + timedelta(minutes=1)}
    return await looked_at(post)


async def looked_at(post: Post) -> Post:
    await sql.run("UPDATE delivery SET next_at = now() WHERE post = $1", post.id)
    return await work(post)


async def test_a_look_tells_people_once_and_changes_nothing_there(site: WordPressSite) -> None:
    post = await edited(site)
    row = await only(post)
    assert (row.status, row.error_kind, row.error_note) == ("handed_off", "changed_there", changed_there.EDITED)
    await looked_at(post)
    assert (await moves_of(post, "delivery")).count("changed_there") == 1
    assert [effect["verb"] for effect in site.log.effects()] == ["draft", "hand_off"]


async def test_what_we_wrote_ourselves_is_no_edit(site: WordPressSite) -> None:
    post = await looked_at(await handed_over(site))
    assert (await only(post)).error_kind is None


async def test_handed_over_again_the_approved_text_stands_there_in_the_same_item(site: WordPressSite) -> None:
    post, by = await edited(site), await somebody()
    before = await only(post)
    await resolve(before, "hand_over_again", by=by)
    post = await work(post)
    row = await only(post)
    assert (row.status, row.error_kind, row.remote_id) == ("handed_off", None, before.remote_id)
    assert THEIRS not in site.posts[int(row.remote_id)]["content"] and len(site.posts) == 1
    assert (await only(await looked_at(post))).error_kind is None


async def test_unanswered_it_goes_live_as_it_stands_and_the_timeline_says_so(site: WordPressSite) -> None:
    post = await at_its_time(await edited(site), site, hours=2)
    (there,) = site.posts.values()
    assert (await status(post), there["content"]) == ("published", THEIRS)
    said = await sql.value("SELECT note FROM event WHERE post = $1 AND move = 'confirm'", post.id)
    assert said == changed_there.EDITED


async def test_a_new_time_from_us_is_no_edit_of_theirs(site: WordPressSite) -> None:
    post, by = await handed_over(site), await somebody()
    site.ahead = timedelta(seconds=30)  # our own write, later than the first
    await work(await schedule.reschedule(post, soon(hours=5), by=by))
    assert [row["intent"] for row in await attempts(post)][-1] == "reschedule"
    assert (await only(await looked_at(post))).error_kind is None
