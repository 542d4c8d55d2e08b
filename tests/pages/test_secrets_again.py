"""A page that shows a new secret is loaded again, or its form sent twice: the secret before is not pushed out."""

import re

import httpx
import pytest

from app import sql
from app.flow import webhooks
from app.flow.webhooks import Wanted
from tests.flow.listener import Listener
from tests.flow.stage import somebody
from tests.makers import make_team
from tests.pages.test_callbacks import make_caller
from tests.pages.test_endpoints import form, listener, secret_in
from tests.visitors import Visitor, enter

__all__ = ["listener"]


@pytest.fixture
async def admin(client: httpx.AsyncClient) -> Visitor:
    return await enter(client, "admin")


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'/(?:callback-)?secret"[^>]*>.*?name="{name}" value="([^"]*)"', page.text, re.DOTALL)
    assert found, name
    return found[1]


async def test_an_endpoints_form_sent_twice_makes_one_secret(admin: Visitor, listener: Listener) -> None:
    await make_team()
    number, first = await webhooks.add(Wanted("Ours", listener.url), by=await somebody("admin"))
    path = f"/settings/webhooks/{number}"
    once = hidden(await admin.get(path), "form_token")
    made, again = [await admin.post(f"{path}/secret", form_token=once) for _ in range(2)]
    assert secret_in(made) == secret_in(again) != ""
    await admin.post(f"{path}/test")
    assert listener.heard[-1].believed(first), "the receiver still knows only the first one"
    assert listener.heard[-1].believed(secret_in(made))
    third = await admin.post(f"{path}/secret", form_token=hidden(made, "form_token"))
    assert secret_in(third) not in ("", secret_in(made)), "the next form makes the next one"


async def test_a_channels_answer_loaded_again_makes_no_other_secret(admin: Visitor) -> None:
    channel, _ = await make_caller()
    path = f"/channels/{channel.id}/callback-secret"
    seen = hidden(await admin.get(path), "version")
    made = await admin.post(path, version=seen, name="callback-secret")
    assert 'id="made-secret"' in made.text
    sealed = await sql.value("SELECT secret FROM channel WHERE id = $1", channel.id)
    again = await admin.post(path, version=seen, name="callback-secret")
    assert (again.status_code, again.headers["location"]) == (303, f"/channels/{channel.id}")
    assert "was made already" in (await admin.get(f"/channels/{channel.id}")).text
    assert await sql.value("SELECT secret FROM channel WHERE id = $1", channel.id) == sealed
    other = await admin.post(path, version=hidden(await admin.get(path), "version"), name="callback-secret")
    assert 'id="made-secret"' in other.text


async def test_a_form_kept_from_before_a_removal_adds_the_endpoint_anew(admin: Visitor, listener: Listener) -> None:
    """Back in the browser to the filled form, and once more: it was a 500, its row was removed."""
    typed = form(listener, form_token="0c3a52a2-6a0f-4b63-8b1a-6cf0a83a2d6e")
    await admin.post("/settings/webhooks", **typed)
    await admin.post(f"/settings/webhooks/{await sql.value('SELECT id FROM endpoint')}/remove")
    again = await admin.post("/settings/webhooks", **typed)
    assert again.status_code == 200 and secret_in(again)
    assert await sql.value("SELECT count(*) FROM endpoint WHERE removed_at IS NULL") == 1
