"""The posts list as a file: what its filters leave, whole, and harmless in a spreadsheet."""

import csv
import io
from datetime import UTC, date, datetime, time

import httpx
import pytest

from app import sql
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.pages.listing import plain
from tests.visitors import enter

HEADS = [
    "Id", "Title", "Status", "Group", "Campaign", "Channels", "Owner", "Keyword", "Planned day", "Publishes",
    "Created", "Updated", "Archived", "Version", "Link",
]  # fmt: skip


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_every_column_is_there_with_its_zone(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client, "viewer")
    await sql.run("UPDATE person SET zone = 'Europe/Berlin' WHERE id = $1", visitor.person.id)
    mara, campaign = await make_person("writer", name="Mara Diaz"), await make_campaign(title="Holiday")
    channels = [await make_channel(name="Feed"), await make_channel("sandbox", name="Böxchen")]
    post = await make_post(
        channels=channels, title='Tides, "high"\nand low', author=mara, campaign=campaign, keyword="salt",
        planned_on=date(2031, 7, 4), planned_time=time(7), publish_at=datetime(2031, 7, 4, 7, tzinfo=UTC),
    )  # fmt: skip
    answer = await visitor.get("/posts.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment; filename=" in answer.headers["content-disposition"]
    [found] = table(answer)
    assert list(found) == HEADS
    assert (found["Id"], found["Title"], found["Owner"]) == (str(post.id), 'Tides, "high"\nand low', "Mara Diaz")
    assert (found["Status"], found["Campaign"], found["Keyword"]) == ("Pending review", "Holiday", "salt")
    assert found["Channels"] == "Feed; Böxchen" and found["Link"].endswith(f"/posts/{post.id}")
    assert (found["Planned day"], found["Publishes"]) == ("2031-07-04", "2031-07-04 09:00:00+02:00")
    assert found["Archived"] == "" and found["Created"].endswith(("+01:00", "+02:00"))


async def test_the_filters_and_the_order_are_those_of_the_list(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    titles = ["Ash salt", "Brine salt", "Cod"]
    for title in titles:
        await plain(title=title)
    found = table(await visitor.get("/posts.csv?q=salt&sort=-title&after=nonsense"))
    assert [line["Title"] for line in found] == ["Brine salt", "Ash salt"]
    page = await visitor.get("/posts?q=salt&sort=-title")
    assert 'href="/posts.csv?q=salt&amp;sort=-title"' in page.text
    assert (await visitor.get("/posts.csv?group=nothing")).status_code == 400


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_cell_is_a_formula(client: httpx.AsyncClient, sign: str) -> None:
    visitor = await enter(client)
    evil = f"{sign}cmd|' /C calc'!A0"
    author = await make_person("writer", name=evil)
    await make_post(title=evil, keyword=evil, author=author, campaign=await make_campaign(title=evil))
    [found] = table(await visitor.get("/posts.csv"))
    for column in ("Title", "Keyword", "Owner", "Campaign"):
        assert found[column].startswith("'"), column


async def test_more_posts_than_a_batch_come_once_each(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.posts_csv.BATCH", 7)
    visitor = await enter(client)
    await sql.run(
        "INSERT INTO post (status, title, zone, keyword, angle, brief)"
        " SELECT 'awaiting_user_date', 'T' || n % 3, 'UTC', '', '', '' FROM generate_series(1, 40) n"
    )
    for sort in ("title", "-updated", "publishes"):
        found = table(await visitor.get(f"/posts.csv?sort={sort}"))
        assert len({line["Id"] for line in found}) == len(found) == 40


async def test_an_empty_list_is_only_heads(client: httpx.AsyncClient) -> None:
    answer = await (await enter(client)).get("/posts.csv")
    assert table(answer) == [] and answer.text.count("\n") == 1


async def test_who_is_signed_out_gets_no_file(client: httpx.AsyncClient) -> None:
    await make_team()
    assert (await client.get("/posts.csv")).status_code in (303, 401)
