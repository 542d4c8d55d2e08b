"""Rules of deliveries: what each status must carry, and one standing thing per post and channel."""

import asyncpg
import pytest

from app.lifecycles.facts import STANDING

from .claims import Claim, hold

CHANGE = "update delivery set {} where id = -1"
NOT_LIVE = "published_at = null, live_seal = null, "
AGAIN = "insert into publication (id, post, number, kind, seal, status) values (-2, -1, 2, 'create', -1, 'scheduled')"
DELIVER = (
    "insert into delivery (id, publication, post, channel, kind, updates, status, key)"
    " values (-2, -2, -1, {channel}, '{kind}', {updates}, 'pending', '{key}')"
)
UPDATE_RUN = f"{AGAIN}; {DELIVER.format(channel=-1, kind='update', updates=-1, key='d2')}"
LIVE_UPDATE = "update delivery set status = 'published', published_at = now()"

# Every status, with what a delivery in it must carry.
CARRIED = {
    "pending": NOT_LIVE,
    "sending": NOT_LIVE + "next_at = now(), ",
    "retrying": NOT_LIVE + "next_at = now(), error_kind = 'rate_limited', ",
    "handed_off": NOT_LIVE + "next_at = now(), ",
    "published": "",
    "withdrawn": "removed_at = now(), ",
    "unconfirmed": NOT_LIVE + "error_kind = 'outcome_unknown', ",
    "failed": NOT_LIVE + "error_kind = 'unexpected', ",
    "canceled": NOT_LIVE,
}


def become(status: str, carried: str | None = None) -> str:
    carried = CARRIED[status] if carried is None else carried
    return CHANGE.format(f"{carried}status = '{status}'")


ASIDE = CHANGE.format("set_aside_at = now()")
ERROR_KINDS = (
    "expired_token", "permission_revoked", "content_rejected", "rate_limited", "platform_unavailable",
    "changed_there", "invalid_settings", "unexpected",
)  # fmt: skip

CLAIMS = (
    Claim("delivery_kind_known", CHANGE.format("kind = 'copy'"), CHANGE.format("kind = 'create'")),
    *(Claim("delivery_status_known", CHANGE.format("status = 'lost'"), become(status)) for status in CARRIED),
    *(
        Claim(
            "delivery_error_kind_known",
            CHANGE.format("error_kind = 'unknown'"),
            CHANGE.format(f"error_kind = '{kind}'"),
        )
        for kind in ERROR_KINDS
    ),
    Claim("delivery_update_updates_one", CHANGE.format("kind = 'update'"), UPDATE_RUN),
    Claim("delivery_update_updates_one", CHANGE.format("updates = -1"), CHANGE.format("updates = null")),
    *(
        Claim("delivery_failed_says_why", become(status, carried), become(status))
        for status, carried in (
            ("failed", NOT_LIVE),
            ("unconfirmed", NOT_LIVE),
            ("retrying", NOT_LIVE + "next_at = now(), "),
        )
    ),
    Claim(
        "delivery_unconfirmed_is_unknown",
        become("failed", NOT_LIVE + "error_kind = 'outcome_unknown', "),
        become("unconfirmed"),
    ),
    Claim(
        "delivery_unconfirmed_is_unknown",
        become("unconfirmed", NOT_LIVE + "error_kind = 'unexpected', "),
        become("failed"),
    ),
    Claim(
        "delivery_published_says_when",
        CHANGE.format("published_at = null"),
        CHANGE.format("published_at = now() - interval '1 hour'"),
    ),
    Claim("delivery_live_has_seal", CHANGE.format("live_seal = null"), CHANGE.format("live_seal = -1")),
    Claim(
        "delivery_live_has_seal",
        CHANGE.format("live_seal = null"),
        "update delivery set status = 'published', published_at = now() where id = -2",
        given=UPDATE_RUN,
    ),
    Claim("delivery_withdrawn_says_when", become("withdrawn", ""), become("withdrawn")),
    Claim("delivery_withdrawn_says_when", CHANGE.format("removed_at = now()"), become("published")),
    *(
        Claim(
            "delivery_update_stays_put",
            f"update delivery set status = '{status}', {carried} where id = -2",
            "update delivery set status = 'sending', next_at = now() where id = -2",
            given=UPDATE_RUN,
        )
        for status, carried in (("withdrawn", "removed_at = now()"), ("handed_off", "next_at = now()"))
    ),
    *(
        Claim("delivery_working_is_watched", become(status, carried), become(status))
        for status, carried in (
            ("sending", NOT_LIVE),
            ("retrying", NOT_LIVE + "error_kind = 'rate_limited', "),
            ("handed_off", NOT_LIVE),
            ("published", "next_at = now(), "),
            ("withdrawn", "next_at = now(), removed_at = now(), "),
            ("unconfirmed", NOT_LIVE + "next_at = now(), error_kind = 'outcome_unknown', "),
            ("failed", NOT_LIVE + "next_at = now(), error_kind = 'unexpected', "),
            ("canceled", NOT_LIVE + "next_at = now(), "),
        )
    ),
    Claim(
        "delivery_working_is_watched",
        CHANGE.format("next_at = now()"),
        become("pending", NOT_LIVE + "next_at = now(), "),
    ),
    *(
        Claim("delivery_aside_is_live", become(status, f"{carried}set_aside_at = now(), "), neighbour)
        for status, carried in CARRIED.items()
        if status not in ("published", "withdrawn")
        for neighbour in (ASIDE, become("withdrawn", "removed_at = now(), set_aside_at = now(), "))
    ),
    Claim(
        "delivery_aside_is_live",
        f"{LIVE_UPDATE}, set_aside_at = now() where id = -2",
        f"{LIVE_UPDATE} where id = -2",
        given=UPDATE_RUN,
    ),
    *(
        Claim(
            "delivery_resurfaced_is_live",
            become(status, f"{carried}resurfaced_at = now(), "),
            CHANGE.format("resurfaced_at = now()"),
        )
        for status, carried in CARRIED.items()
        if status != "published"
    ),
    Claim(
        "delivery_resurfaced_is_live",
        f"{LIVE_UPDATE}, resurfaced_at = now() where id = -2",
        f"{LIVE_UPDATE} where id = -2",
        given=UPDATE_RUN,
    ),
    Claim(
        "delivery_key_key",
        DELIVER.format(channel=-2, kind="create", updates="null", key="d1"),
        DELIVER.format(channel=-2, kind="create", updates="null", key="d2"),
        given=AGAIN,
    ),
    Claim(
        "delivery_once_a_channel",
        "insert into delivery (publication, post, channel, kind, updates, status, key)"
        " values (-2, -1, -1, 'update', -1, 'pending', 'd3')",
        "insert into delivery (publication, post, channel, kind, updates, status, key)"
        " values (-2, -1, -2, 'update', -1, 'pending', 'd3')",
        given=UPDATE_RUN,
    ),
    *(
        Claim(
            "delivery_one_standing",
            DELIVER.format(channel=-1, kind="create", updates="null", key="d2"),
            DELIVER.format(channel=-2, kind="create", updates="null", key="d2"),
            given=f"{become(status)}; {AGAIN}",
        )
        for status in STANDING
    ),
    Claim(
        "delivery_one_standing",
        DELIVER.format(channel=-1, kind="create", updates="null", key="d2"),
        DELIVER.format(channel=-1, kind="update", updates=-1, key="d2"),
        given=AGAIN,
    ),
    Claim(
        "delivery_one_standing",
        DELIVER.format(channel=-1, kind="create", updates="null", key="d2"),
        f"{ASIDE}; {DELIVER.format(channel=-1, kind='create', updates='null', key='d2')}",
        given=AGAIN,
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_deliveries_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)


@pytest.mark.parametrize("status", sorted(set(CARRIED) - set(STANDING)))
async def test_a_delivery_that_is_certainly_not_there_leaves_room_for_a_second(
    world: asyncpg.Connection, status: str
) -> None:
    await world.execute(f"{become(status)}; {AGAIN}")
    await world.execute(DELIVER.format(channel=-1, kind="create", updates="null", key="d2"))
    assert await world.fetchval("select count(*) from delivery where channel = -1 and kind = 'create'") == 2
