"""`galley post`, `publish`, `cancel` and `log` as scripts run them: against a real desk, by exit code and output."""

import asyncio
import json
import re
import shlex
import sys
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import client as api_client
from app import sql
from app.commands import main, parser
from app.commands_desk import moment
from app.manuscript import read
from app.settings import ROOT
from tests.api.conftest import rehearsals
from tests.api.programs import Program, connect, wish
from tests.flow import stage
from tests.local.drill import free_port
from tests.lost_answers import before
from tests.makers import make_campaign, make_channel
from tests.platforms.conftest import receiver
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.test_commands import galley
from tests.test_images import png

__all__ = ["receiver", "rehearsals"]
Run = Callable[..., Awaitable[tuple[int, str, str]]]
BREW = "---\ntitle: Cold brew\nslug: brew\nexcerpt: Slowly.\n---\nTwelve hours in the fridge.\n"


def later(hours: float = 24) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


@pytest.fixture
async def program(client: httpx.AsyncClient, address: str) -> Program:
    return await connect(client)


@pytest.fixture
def run(program: Program, address: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command with a key that may everything, in a thread of this process: starting one takes most of a second."""

    async def run(*words: str, told: str = "", **environ: str) -> tuple[int, str, str]:
        for name, value in {"GALLEY_URL": address, "GALLEY_KEY": program.token, **environ}.items():
            monkeypatch.setenv(name, value)
        out, err = _stream(), _stream()
        monkeypatch.setattr(sys, "stdin", _stream(told))
        with redirect_stdout(out), redirect_stderr(err):
            code = await asyncio.to_thread(_exit_code, words)
        return code, _told(out), _told(err)

    return run


@pytest.fixture
def process(program: Program, address: str) -> Run:
    """The same as a process of its own."""

    async def run(*words: str, told: str = "", **environ: str) -> tuple[int, str, str]:
        return await galley(*words, told=told, **{"GALLEY_URL": address, "GALLEY_KEY": program.token, **environ})

    return run


def _stream(told: str = "") -> TextIOWrapper:
    return TextIOWrapper(BytesIO(told.encode()), "utf-8", write_through=True)


def _told(stream: TextIOWrapper) -> str:
    written = stream.buffer
    assert isinstance(written, BytesIO)
    return written.getvalue().decode()


def _exit_code(words: tuple[str, ...]) -> int:
    try:
        return main(words)
    except SystemExit as left:  # argparse ends this way
        return int(left.code or 0)


@pytest.fixture
def brew(tmp_path: Path) -> str:
    file = tmp_path / "brew.md"
    file.write_text(BREW)
    return str(file)


async def posts() -> int:
    count: int = await sql.value("SELECT count(*) FROM post")
    return count


# post


async def test_a_file_becomes_a_draft_in_review(process: Run, brew: str) -> None:
    code, out, err = await process("post", brew)
    assert (code, err) == (0, "")
    number = await sql.value("SELECT id FROM post")
    assert out.splitlines()[0] == f"Post {number}  Cold brew"
    assert "Pending review." in out and f"/posts/{number}" in out
    assert await sql.value("SELECT slug || excerpt || body FROM revision") == "brewSlowly.Twelve hours in the fridge."


async def test_json_is_the_answer_of_the_api_as_it_is(run: Run, brew: str, program: Program) -> None:
    code, out, _ = await run("post", brew, "--json")
    said = json.loads(out)
    assert code == 0
    assert said == (await program.get(f"/posts/{said['id']}")).json()


async def test_standard_input_and_options_work_without_front_matter(process: Run) -> None:
    code, _, err = await process("post", "-", "--title", "From a pipe", told="# Not this\n\nBody.\n")
    assert code == 0, err
    assert await sql.value("SELECT title || body FROM revision") == "From a pipe# Not this\n\nBody."


async def test_channels_go_by_name_or_id(run: Run, brew: str) -> None:
    blog, other, _ = [await make_channel("sandbox", name=name) for name in ("Blog", "Other", "Third")]
    code, _, err = await run("post", brew, "--channel", "blog", "--profile", str(other.id))
    assert code == 0, err
    assert await sql.value("SELECT array_agg(channel ORDER BY channel) FROM post_channel") == [blog.id, other.id]


async def test_a_channel_that_is_not_there_is_named_with_those_that_are(run: Run, brew: str) -> None:
    blog = await make_channel("sandbox", name="Blog")
    code, _, err = await run("post", brew, "--channel", "Blgo")
    assert code == 2
    assert f"there is no channel 'Blgo'; these there are: Blog ({blog.id})" in err
    assert await posts() == 0


async def test_a_draft_with_a_time_is_planned_for_it(run: Run, brew: str) -> None:
    code, out, err = await run("post", brew, "--draft", "--at", later())
    assert code == 0, err
    assert "planned for" in out
    assert await sql.value("SELECT publish_at > now() FROM post")


async def test_a_time_publishes_then(run: Run, brew: str) -> None:
    await make_channel("sandbox", name="Blog")
    code, out, err = await run("post", brew, "--at", later())
    assert code == 0, err
    assert "Scheduled; goes out 20" in out
    assert "CHANNEL" in out and "Blog" in out and "Waiting" in out


async def test_front_matter_says_the_same(run: Run, tmp_path: Path) -> None:
    channel, campaign = await make_channel("sandbox", name="Blog"), await make_campaign()
    (tmp_path / "krug.png").write_bytes(png(8, 8))
    front = f"at: {later()}\nchannels: Blog\ncampaign: {campaign.id}\npicture: krug.png\nalt: A jug\n"
    text = f"---\n{front}---\n# Brew\n\nCold."
    (tmp_path / "brew.md").write_text(text)
    code, _, err = await run("post", str(tmp_path / "brew.md"), "--json")
    assert code == 0, err
    assert await sql.value("SELECT campaign FROM post") == campaign.id
    assert await sql.value("SELECT channel FROM delivery") == channel.id
    assert await sql.value("SELECT alt FROM picture") == "A jug"
    assert await sql.value("SELECT title || body FROM revision") == "BrewCold."


async def test_now_needs_the_scope_and_the_refusal_says_which(client: httpx.AsyncClient, run: Run, brew: str) -> None:
    await make_channel("sandbox")
    weak = await connect(client, ("read", "write"))
    code, out, err = await run("post", brew, "--now", GALLEY_KEY=weak.token)
    assert (code, out) == (1, "")
    assert "publish_unreviewed" in err and "draft" in err
    assert await posts() == 0
    code, out, _ = await run("post", brew, "--now")
    assert code == 0 and "Queued; goes out now." in out


async def test_fields_that_are_wrong_are_all_named(run: Run) -> None:
    code, _, err = await run("post", "-", "--slug", "x" * 300, told="Body without a title.")
    assert code == 1
    assert "post.slug: This is 300 characters long" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "2026-12-01T09:00"), "does not say in which zone"),
        (("--at", "2020-12-01T09:00Z"), "has passed"),
        (("--at", "soon"), "is no time like"),
        (("--now", "--draft"), "--now goes without"),
        (("--campaign", "x"), "is not a number"),
        (("--alt", "What?"), "1 texts for 0 pictures"),
        (("--picture", "/nowhere.png"), "/nowhere.png cannot be read: No such file"),
        (("--key", "gly_secret"), "shows to everybody who lists the processes"),
        (("--key-file", "/nowhere"), "/nowhere cannot be read: No such file"),
        (("--url", "desk.example.com"), "is no address like"),
        (("--url", "https://me:you@desk.example.com/"), "ends after its host: https://desk.example.com"),
    ],
)
async def test_what_cannot_be_meant_is_2_with_what_to_write(run: Run, brew: str, words: Any, said: str) -> None:
    code, out, err = await run("post", brew, *words)
    assert (code, out) == (2, ""), err
    assert said in err
    assert "gly_secret" not in err and "me:you" not in err
    assert "Traceback" not in err
    assert await posts() == 0


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("shedule: 2027", "no field 'shedule'"),
        ("draft: false", "give --now or --at"),
        ("draft: maybe", "'maybe' is neither true nor false"),
        ("at: tomorrow", "at: 'tomorrow' is no time"),
    ],
)
async def test_front_matter_that_cannot_be_meant_is_2(run: Run, front: str, said: str) -> None:
    code, _, err = await run("post", "-", told=f"---\ntitle: T\n{front}\n---\nBody")
    assert code == 2
    assert said in err
    assert await posts() == 0


async def test_without_a_key_it_says_where_to_put_one(run: Run, brew: str) -> None:
    code, _, err = await run("post", brew, GALLEY_KEY="")
    assert code == 2
    assert "GALLEY_KEY" in err and "Settings, API keys" in err


async def test_a_key_file_does_as_well(run: Run, brew: str, tmp_path: Path, program: Program) -> None:
    (tmp_path / "key").write_text(f"{program.token}\n")
    for words, environ in (
        (("--key-file", str(tmp_path / "key")), {}),
        ((), {"GALLEY_KEY_FILE": str(tmp_path / "key")}),
    ):
        code, _, err = await run("post", brew, *words, GALLEY_KEY="", **environ)
        assert code == 0, err


async def test_a_key_that_does_not_work_is_1(run: Run, brew: str) -> None:
    code, _, err = await run("post", brew, GALLEY_KEY="gly_" + "x" * 52)
    assert code == 1
    assert "Send a key that works" in err


async def test_nobody_at_the_address_is_3(run: Run, brew: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "PAUSES", (0.01, 0.01))
    code, _, err = await run("post", brew, GALLEY_URL=f"http://127.0.0.1:{free_port()}")
    assert code == 3
    assert "cannot be reached" in err


async def test_an_unencrypted_address_is_warned_of(run: Run) -> None:
    _, _, err = await run("cancel", "1", "--url", "http://desk.invalid")
    assert "unencrypted: http://desk.invalid has no https://" in err


async def test_a_lost_answer_posts_nothing_twice(process: Run, brew: str, address: str) -> None:
    async with before(address, 2) as proxy:
        code, out, err = await process("post", brew, GALLEY_URL=f"http://{proxy.host_port}")
    assert code == 0, err
    assert "Cold brew" in out
    assert await posts() == 1


async def test_a_request_with_a_name_is_done_once_however_often_it_is_run(run: Run, brew: str) -> None:
    first = await run("post", brew, "--idempotency-key", "order-7", "--json")
    assert await run("post", brew, "--idempotency-key", "order-7", "--json") == first
    assert await posts() == 1


# publish and cancel


async def waiting(program: Program) -> int:
    """The id of a draft that could be published."""
    number: int = (await program.post("/posts", wish(draft=True))).json()["id"]
    return number


async def test_publish_and_cancel_say_what_was_accepted(run: Run, program: Program) -> None:
    await make_channel("sandbox", name="Blog")
    post = await waiting(program)
    code, out, err = await run("publish", str(post), "--at", later())
    assert code == 0, err
    assert "goes out 20" in out and "Blog" in out
    await stage.work(post)
    code, out, err = await run("cancel", str(post))
    assert code == 0, err
    assert "canceled." in out
    assert (await program.get(f"/posts/{post}")).json()["status"] == "canceled"


async def test_cancel_right_after_publish_waits_for_the_worker(run: Run, program: Program) -> None:
    await make_channel("sandbox")
    post = await waiting(program)
    await program.post(f"/posts/{post}/publish", {"scheduled_at": later()})
    canceling = asyncio.create_task(run("cancel", str(post)))
    await asyncio.sleep(1.5)
    await stage.work(post)
    code, _, err = await canceling
    assert code == 0, err


async def test_a_lost_answer_publishes_nothing_twice(run: Run, program: Program, address: str) -> None:
    await make_channel("sandbox")
    post = await waiting(program)
    async with before(address, 1) as proxy:
        code, out, err = await run("publish", str(post), GALLEY_URL=f"http://{proxy.host_port}")
    assert code == 0, err
    assert "goes out now" in out
    assert await sql.value("SELECT count(*) FROM publication") == 1


async def test_wait_says_what_was_accepted_when_the_key_may_not_read_on(
    client: httpx.AsyncClient, run: Run, program: Program
) -> None:
    await make_channel("sandbox")
    post, blind = await waiting(program), await connect(client, ("publish", "publish_unreviewed"))
    code, _, err = await run("publish", str(post), "--wait", GALLEY_KEY=blind.token)
    assert code == 1
    assert f"post {post} was accepted" in err and "scope 'read'" in err


async def test_a_refused_move_is_1_with_the_reason(run: Run, program: Program) -> None:
    code, _, err = await run("cancel", str(await waiting(program)))
    assert code == 1
    assert err.startswith("galley: ") and "Traceback" not in err
    code, _, err = await run("publish", "999999")
    assert (code, err) == (1, "galley: There is no such post.\n")


async def test_wait_ends_with_0_when_it_is_live_everywhere(run: Run, program: Program, receiver: Receiver) -> None:
    await stage.webhook(receiver, name="Hook")
    post = await waiting(program)
    publishing = asyncio.create_task(run("publish", str(post), "--wait"))
    await _sent(post)
    code, out, err = await publishing
    assert code == 0, err
    assert "Published." in out and "Hook" in out


async def test_wait_ends_with_1_when_it_is_not(process: Run, program: Program, receiver: Receiver) -> None:
    await stage.webhook(receiver, name="Hook")
    receiver.play(Fault("status", status=410))
    post = await waiting(program)
    publishing = asyncio.create_task(process("publish", str(post), "--wait", "--json"))
    await _sent(post)
    code, out, err = await publishing
    assert code == 1
    assert "is not live on 1 of its 1 channels" in err
    assert json.loads(out)["deliveries"][0]["status"] == "failed"


async def test_wait_that_is_over_says_where_to_look(run: Run, program: Program) -> None:
    await make_channel("sandbox")
    post = await waiting(program)
    code, _, err = await run("publish", str(post), "--wait", "--patience", "1")
    assert code == 1
    assert f"galley log --post {post}" in err


async def _sent(post: int) -> None:
    """A worker's part, once the command has asked."""
    while await sql.value("SELECT count(*) FROM publication WHERE post = $1", post) == 0:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await stage.work(post)


# log


async def test_the_log_is_a_table_for_people(process: Run, program: Program, receiver: Receiver) -> None:
    channel = await stage.webhook(receiver, name="Hook")
    live, other = await stage.live(channel), await stage.queued(channel)
    code, out, err = await process("log", TZ="Asia/Tokyo")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0].split() == ["AT", "WHAT", "POST", "CHANNEL", "WHERE", "OR", "WHY"]
    assert len(lines) == 4 and all("Hook" in line and "+09:00" in line for line in lines[1:])
    assert any("Published" in line and str(live.id) in line for line in lines)
    code, out, _ = await process("log", "--post", str(other.id), "--channel", "hook")
    assert len(out.splitlines()) == 2 and "Queued" in out
    code, out, _ = await process("log", "--result", "failed")
    assert out == "Nothing of that is in the publishing log.\n"


async def test_the_log_for_programs_is_the_answer_of_the_api(run: Run, program: Program) -> None:
    code, out, _ = await run("log", "--json", "--limit", "5")
    assert code == 0
    assert json.loads(out) == (await program.get("/publish/logs?limit=5")).json()


async def test_without_any_address_the_desk_of_this_machine_is_asked(process: Run) -> None:
    code, _, err = await process("log", GALLEY_URL="")
    assert code == 0, err


# What README says


def test_every_command_that_readme_shows_is_one() -> None:
    lines = re.findall(r"^galley (?:post|publish|cancel|log) .*$", _section(), re.MULTILINE)
    assert len(lines) == 6
    for line in lines:
        for command in line.split("&&"):
            parser().parse_args(shlex.split(command.split("<")[0], comments=True)[1:])


def test_the_front_matter_that_readme_shows_is_read() -> None:
    front = re.search(r"^```yaml\n(.*?)^```", _section(), re.MULTILINE | re.DOTALL)
    assert front
    told = read(front[1].encode())
    assert set(told.fields) == {"title", "channels", "at", "picture", "alt"}
    assert moment(told.fields["at"])


def _section() -> str:
    """With its times moved to where they stay ahead."""
    section = (ROOT / "README.md").read_text().split("## Scripts and agents")[1].split("\n## ")[0]
    return re.sub(r"\b20\d\d-\d\d-\d\dT[\d:+]+", later(), section)
