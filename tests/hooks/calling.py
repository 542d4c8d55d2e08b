"""How a platform calls the desk in tests: a channel that may, a delivery it may speak of, a signed request."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx

from app import channels, secrets, sql
from app.flow import callbacks
from app.platforms.sandbox import callback_secret
from app.signing import new_secret, signed_headers
from app.tables import Channel, Delivery, Post, PostChannel, Publication
from tests.makers import make_channel, make_delivery, make_post, make_team

TOKEN = "rehearsal-token"
BEGUN = ("sending", "retrying")


async def make_caller(platform: str = "webhook", *, own: str = "secret", **settings: Any) -> tuple[Channel, str]:
    """A channel whose platform may call back, and the secret that it signs with, which is kept under the name `own`."""
    await make_team()
    channel = await make_channel(platform, settings=json.dumps(settings))
    secret = new_secret()
    kept = {"secret": new_secret(), own: secret} if platform == "webhook" else {"token": TOKEN}
    sealed, kid = secrets.seal("channel", f"channel:secret:{channel.id}", kept)
    digest = sha256(channels.hook_token(channel.id).encode()).digest()
    await channel.update_self({Channel.secret: sealed, Channel.secret_kid: kid, Channel.hook_token_sha256: digest})
    return channel, secret if platform == "webhook" else callback_secret(TOKEN)


async def make_sent(channel: Channel, status: str = "sending", **values: Any) -> tuple[Post, Delivery]:
    """A post on its way to `channel` alone, whose delivery has `status`."""
    post = await make_post("publishing" if status in BEGUN else "scheduled", channels=[])
    await PostChannel(post=post.id, channel=channel.id).save()
    run = await Publication.objects().get(Publication.post == post.id)
    assert run
    return post, await make_delivery(run, channel, status, **values)


async def call(
    client: httpx.AsyncClient, channel: Channel, secret: str, body: bytes | dict[str, Any], *,
    late: timedelta = timedelta(), **headers: str,
) -> httpx.Response:  # fmt: skip
    """One callback, signed `late` after now, and heard; `headers` replace those of the signature."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = signed_headers(secret, id="msg_1", at=datetime.now(UTC) + late, body=raw)
    given = signed | {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.post(f"/hooks/{channels.hook_token(channel.id)}", content=raw, headers=given)
    await hear_all()
    return answer


async def hear_all() -> None:
    """What the worker would do by now."""
    for found in await sql.rows("SELECT id FROM callback WHERE next_at <= now() ORDER BY id"):
        await callbacks.apply(found["id"])


def live(delivery: Delivery, **more: Any) -> dict[str, Any]:
    """What a webhook receiver says when the post is out."""
    return {"type": "delivery.published", "data": {"delivery_id": delivery.key, **more}}


async def status_of(row: Post | Delivery) -> str:
    table = type(row)._meta.tablename
    return str(await sql.value(f"SELECT status FROM {table} WHERE id = $1", row.id))


async def events_of(delivery: Delivery) -> list[str]:
    found = await sql.rows("SELECT move FROM event WHERE about = 'delivery' AND about_id = $1 ORDER BY id", delivery.id)
    return [record["move"] for record in found]
