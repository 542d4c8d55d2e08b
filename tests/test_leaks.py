"""Canaries in every place where something secret is typed or made: not one is found again in the database, in the
queue, in the log, on a page, in an error or in a backup. What is shown once is in that one answer only."""

import json
import os
import zipfile
from pathlib import Path

import httpx
import pytest
from redis.asyncio import from_url

from app import accounts, channels, sql
from app.backups import dump as dumping
from app.flow import guests, webhooks
from app.flow.webhooks import Wanted
from app.platforms.wordpress import WordPress
from app.settings import settings
from tests import hostile
from tests.api.programs import connect
from tests.flow.conftest import rehearsals
from tests.flow.stage import acting, queued, rehearsal, webhook, work
from tests.makers import make_channel, make_post
from tests.pages.test_channels import receiver
from tests.pages.test_sign_in import knock
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.visitors import csrf_in, enter

__all__ = ["receiver", "rehearsals"]
WORDS = "canary seven muddy accordions"
APP_PASSWORD = "canary abcd efgh ijkl"
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"


async def everything_secret(client: httpx.AsyncClient, receiver: Receiver) -> dict[str, str]:
    """Done through the desk's own doors and verbs; what each is called, and what must not be found."""
    admin = await enter(client, "admin", password_hash="x")
    client.cookies.clear()
    assert (await knock(client, admin.person.email, f"{WORDS} wrong")).status_code == 422
    link = (await accounts.invite_link(admin.person.id)).removeprefix(settings().origin)
    joining = {"csrf_token": csrf_in(await client.get(link)), "name": "Ada", "password": WORDS}
    assert (await client.post(link, data=joining)).status_code == 303
    secrets = {"password": WORDS, "reset link": link.rsplit("/", 1)[1], "session": client.cookies["session"]}
    secrets["webhook's secret"] = receiver.shelf.secret.removeprefix("whsec_")
    secrets["rehearsal's token"] = receiver.shelf.token
    wordpress = await make_channel("wordpress", settings={"url": "https://blog.example", "username": "ada"})
    await channels._keep_secrets(wordpress.id, {"password": APP_PASSWORD})
    secrets["application password"] = APP_PASSWORD
    by = acting(admin.person)
    secrets["endpoint's secret"] = (await webhooks.add(Wanted("Shop", "https://shop.example/in"), by=by))[1][6:]
    secrets["key"] = (await connect(client)).token
    draft = await make_post(channels=[wordpress])
    secrets["guest link"] = (await guests.invite(draft, 7, by=by)).rsplit("/", 1)[1]
    return secrets


async def published(receiver: Receiver) -> None:
    """Once well, and once by a platform that repeats what it was sent."""
    receiver.play(Fault("status", status=400, on=("POST",)))
    await work(await queued(await rehearsal(receiver), await webhook(receiver)))


async def dumped(folder: Path) -> str:
    """A whole backup as text."""
    path = folder / "desk.galley"
    with path.open("wb") as file:
        await dumping.dump(file)
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


async def kept() -> str:
    tables = [row["table_name"] for row in await sql.rows(TABLES)]
    return "\n".join([str(await sql.value(f"SELECT string_agg(t::text, ' ') FROM {name} t")) for name in tables])


async def queue() -> str:
    async with from_url(os.environ["REDIS_URL"]) as redis:
        names = await redis.keys("*")
        return str([(name, await redis.dump(name)) for name in names])


async def pages(client: httpx.AsyncClient) -> str:
    visitor = await enter(client, "admin")
    paths = [path for path in hostile.doors("GET") if path != "/events"]
    ids = {"posts": await sql.value("SELECT max(id) FROM post")}
    ids |= {"channels": await sql.value("SELECT max(id) FROM channel")}
    ids |= {"deliveries": await sql.value("SELECT max(id) FROM delivery")}
    return "\n".join([(await visitor.get(hostile.filled(path, ids))).text for path in paths])


async def test_nothing_secret_is_found_again(
    client: httpx.AsyncClient, receiver: Receiver, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with caplog.at_level("INFO"):
        secrets = await everything_secret(client, receiver)
        await published(receiver)
        places = {"a page": await pages(client), "the database": await kept(), "a backup": await dumped(tmp_path)}
    places |= {"the queue": await queue(), "the log": caplog.text}
    found = []
    for name, secret in secrets.items():
        spelled = (secret, json.dumps(secret)[1:-1], secret.encode().hex())
        found += [f"{name} in {place}" for place, text in places.items() if any(one in text for one in spelled)]
    assert found == []
    assert all(places.values()) and len(places["the database"]) > 10_000


def test_a_platforms_secrets_are_the_ones_it_names_so() -> None:
    """The canary above stands where the platform keeps its secret."""
    assert "password" in {setting.name for setting in WordPress.settings if setting.kind == "secret"}
