"""Plan many posts at once: every row has its verdict, nothing typed is lost, a repeated form makes nothing twice."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from app import sql
from app.tables import Post
from tests.makers import make_campaign, make_channel, make_team
from tests.rows import now
from tests.visitors import Visitor, enter

SOON = f"{now(days=9):%Y-%m-%d}"
GONE = f"{now(days=-9):%Y-%m-%d}"


async def check(visitor: Visitor, rows: str, code: int = 200, **more: Any) -> str:
    answer = await visitor.post("/posts/many", rows=rows, **more)
    assert answer.status_code == code, answer.text
    return unescape(answer.text)


def verdicts(text: str) -> dict[int, str]:
    found = re.findall(r'<li class="inrow" id="verdict-(\d+)".*?<p class="[^"]*">(.*?)</p>', text, re.DOTALL)
    return {int(number): re.sub(r"<[^>]+>", "", said).strip() for number, said in found}


def sound(text: str) -> list[str]:
    return re.findall(r'name="tick" id="verdict-\d+-pick" value="(\d+)"[^>]* checked', text)


def once(text: str) -> str:
    return re.search(r'name="form_token" value="([^"]+)"', text)[1]  # type: ignore[index]


async def posts() -> list[Post]:
    return await Post.objects().order_by(Post.id)


async def test_a_list_is_checked_then_planned_on_its_channels(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    await make_team(zone="Europe/Berlin")
    channel, campaign = await make_channel(), await make_campaign(title="Holiday")
    rows = f"Gift guide | {SOON} | 09:00 | gifts\n\nBlack Friday"
    text = await check(visitor, rows, campaign=campaign.id, channels=[channel.id])
    assert "09:00 (Berlin)" in verdicts(text)[1] and verdicts(text)[2] == "An idea: it waits for a date."
    assert await posts() == [] and f"{rows}</textarea>" in text
    fields = {"campaign": campaign.id, "channels": [channel.id], "form_token": once(text), "tick": sound(text)}
    report = await check(visitor, rows, then="plan", **fields)
    first, second = await posts()
    assert "2 planned." in report and f'href="/campaigns/{campaign.id}"' in report
    assert (first.title, first.status, first.keyword, first.zone) == (
        "Gift guide", "to_be_generated", "gifts", "Europe/Berlin",
    )  # fmt: skip
    assert (second.status, second.campaign, second.author) == ("awaiting_user_date", campaign.id, visitor.person.id)
    assert await sql.value("SELECT count(*) FROM post_channel WHERE channel = $1", channel.id) == 2
    await check(visitor, rows, then="plan", **fields)
    assert len(await posts()) == 2, "the same form makes nothing twice"


async def test_a_list_changed_after_it_was_checked_is_checked_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    text = await check(visitor, "One\nTwo")
    seen = re.search(r'name="checked" value="([0-9a-f]{64})"', text)
    assert seen
    fields = {"then": "plan", "tick": ["1"], "checked": seen[1], "form_token": once(text)}
    again = await check(visitor, "Zero\nOne\nTwo", 422, **fields)
    assert "The list is not the one that was checked." in again and list(verdicts(again)) == [1, 2, 3]
    assert await posts() == []
    await check(visitor, "One\nTwo", **fields)
    assert [post.title for post in await posts()] == ["One"]


async def test_only_ticked_rows_are_planned(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await check(visitor, "One\nTwo\nThree", then="plan", tick=["1", "3", "99"])
    assert [post.title for post in await posts()] == ["One", "Three"]
    text = await check(visitor, "One\nTwo", 422, then="plan")
    assert "Tick at least one row that can be planned." in text and "One\nTwo</textarea>" in text


async def test_a_csv_names_its_columns_in_any_order(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    holiday = await make_campaign(title="Holiday 2026")
    one, two = await make_channel(name="Blog"), await make_channel(name="Wire, main")
    rows = (
        "Time;Date;Title;Brief;Channels;Campaign;Angle\n"
        f'9:05;{SOON};"Gift; guide";"Two lines\nof facts";"blog, Wire, main";holiday 2026;What it costs\n'
        ";;Idea;;;;\n"
    )
    text = await check(visitor, rows, channels=[one.id])
    assert len(verdicts(text)) == 2 and "There is no channel “Wire”" in verdicts(text)[1]
    rows = rows.replace("blog, Wire, main", "Wire, main")
    await check(visitor, rows, then="plan", tick=["1", "2"], channels=[one.id])
    first, second = await posts()
    assert (first.title, first.brief, first.angle, first.campaign) == (
        "Gift; guide", "Two lines\nof facts", "What it costs", holiday.id,
    )  # fmt: skip
    assert str(first.planned_time) == "09:05:00"
    aimed = await sql.rows("SELECT post, channel FROM post_channel ORDER BY post")
    assert [(row["post"], row["channel"]) for row in aimed] == [(first.id, two.id), (second.id, one.id)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"| {SOON}", "The title is missing."),
        ("\u200b | ", "Title: This has no visible characters."),
        ("x" * 301, "Title: This is 301 characters long; 300 fit."),
        (f"A | {GONE}", "That day has passed. Pick today or a later one."),
        ("A | 24.12.2026", "“24.12.2026” is no day; write it like 2026-11-24."),
        ("A | 2027-02-30", "“2027-02-30” is no day; write it like 2026-11-24."),
        (f"A | {SOON} | 25:00", "“25:00” is no time; write it like 09:00."),
        ("A | x | y", "“x” is no day; write it like 2026-11-24. “y” is no time; write it like 09:00."),
        ("A | | 09:00", "Pick a day for that time."),
        ("A | 2027-03-28 | 02:30", "02:30 does not exist on 28 March in Berlin. Use 03:30."),
        (f"A | {SOON} | 09:00 | b | c", "There is more in this line than columns: “c”."),
    ],
)
async def test_what_is_wrong_says_how_to_mend_it(client: httpx.AsyncClient, row: str, said: str) -> None:
    visitor = await enter(client)
    await make_team(zone="Europe/Berlin")
    text = await check(visitor, f"{row}\nGood one")
    assert verdicts(text)[1] == said and sound(text) == ["2"]
    await check(visitor, f"{row}\nGood one", then="plan", tick=["1", "2"])
    assert [post.title for post in await posts()] == ["Good one"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "Paste a list or choose a file first."),
        ("title,date\n", "There is no row below the names of the columns."),
        ("title,date,date\nA,,\n", "Two columns have the same name."),
        ('title,date\n"A,\n', "This CSV cannot be read"),
        ("\n".join(f"Post {n}" for n in range(201)), "These are 201 rows; 200 fit at once."),
    ],
)
async def test_what_cannot_be_read_at_all_is_kept(client: httpx.AsyncClient, rows: str, said: str) -> None:
    text = await check(await enter(client), rows, 422)
    assert said in text and rows.strip()[:40] in text and verdicts(text) == {}


async def test_two_hundred_rows_are_fine(client: httpx.AsyncClient) -> None:
    text = await check(await enter(client), "\n".join(f"Post {n}" for n in range(200)))
    assert "200 of 200 can be planned" in text and len(sound(text)) == 200


async def test_a_column_nobody_reads_is_said(client: httpx.AsyncClient) -> None:
    text = await check(await enter(client), "title,notes,keyword\nA,secret,b\n")
    assert "Not read: notes." in text and len(verdicts(text)) == 1


async def send(visitor: Visitor, body: bytes, name: str = "plan.csv") -> httpx.Response:
    files = {"file": (name, body, "text/csv")}
    return await visitor.client.post("/posts/many", data={"csrf_token": visitor.csrf, "rows": "Old"}, files=files)


async def test_a_file_replaces_what_was_pasted(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await send(visitor, "\ufefftitle,keyword\r\nÜber uns,wir\r\n".encode())
    assert answer.status_code == 200 and "Über uns" in answer.text and "Old</textarea>" not in answer.text


@pytest.mark.parametrize(
    ("body", "said"),
    [("Über".encode("latin-1"), "not text in UTF-8"), (b"a\0b", "not text in UTF-8"),
     (b"x" * (2**20 + 1), "larger than 1 MB"), (b"x\n" * 250_000, "characters")],
)  # fmt: skip
async def test_a_file_that_is_none_is_refused_and_the_list_kept(
    client: httpx.AsyncClient, body: bytes, said: str
) -> None:
    answer = await send(await enter(client), body)
    assert answer.status_code == 422 and said in answer.text and "Old</textarea>" in answer.text


async def test_a_campaign_fills_itself_in(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    text = (await visitor.get(f"/posts/many?campaign={campaign.id}")).text
    assert f'<option value="{campaign.id}" selected>' in text


async def test_a_viewer_plans_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    assert (await visitor.get("/posts/many")).status_code == 403
    await check(visitor, "One", 403, then="plan", tick=["1"])
