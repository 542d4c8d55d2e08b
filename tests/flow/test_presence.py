"""Who has a post open: written once a minute at most, over after a day."""

from app import sql
from app.flow import presence
from tests.makers import make_person, make_post

SEEN = "SELECT seen_at FROM presence"


async def test_a_sign_of_life_is_written_once_a_minute_at_most() -> None:
    post, me = await make_post(), await make_person()
    await presence.stay(post.id, me.id, editing=False)
    first = await sql.value(SEEN)
    await presence.stay(post.id, me.id, editing=False)
    assert await sql.value(SEEN) == first
    await sql.run("UPDATE presence SET seen_at = seen_at - interval '61 seconds'")
    await presence.stay(post.id, me.id, editing=False)
    assert await sql.value(SEEN) >= first


async def test_whoever_begins_to_edit_says_so_at_once() -> None:
    post, me = await make_post(), await make_person()
    await presence.opened(post.id, me.id, post.revision)
    await presence.stay(post.id, me.id, editing=True)
    assert await sql.value("SELECT editing FROM presence")
    await presence.opened(post.id, me.id, post.revision)
    assert not await sql.value("SELECT editing FROM presence")


async def test_a_post_without_words_can_be_open_too() -> None:
    post, me = await make_post("to_be_generated"), await make_person()
    await presence.opened(post.id, me.id, None)
    counts = "SELECT (SELECT count(*) FROM presence), (SELECT count(*) FROM look), (SELECT count(*) FROM link_check)"
    assert tuple(await sql.row(counts) or ()) == (1, 0, 0)


async def test_a_post_that_is_not_there_is_nobodys_place() -> None:
    await presence.stay(10**9, (await make_person()).id, editing=False)
    assert await sql.value("SELECT count(*) FROM presence") == 0


async def test_who_left_long_ago_is_forgotten() -> None:
    post = await make_post()
    for _ in range(2):
        await presence.stay(post.id, (await make_person()).id, editing=False)
    await sql.run("UPDATE presence SET seen_at = now() - interval '25 hours' WHERE id = (SELECT min(id) FROM presence)")
    await presence.forget_old()
    assert await sql.value("SELECT count(*) FROM presence") == 1
