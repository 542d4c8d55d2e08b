"""Rules of people, access and channels."""

import asyncpg
import pytest

from .claims import Claim, hold

CLAIMS = (
    Claim(
        "person_email",
        "insert into person (email, name, role) values ('ADA@Example.com', 'Ada', 'viewer')",
        "insert into person (email, name, role) values ('ada@example.org', 'Ada', 'viewer')",
    ),
    Claim(
        "person_role_known",
        "update person set role = 'owner' where id = -1",
        "update person set role = 'viewer' where id = -1; update person set role = 'admin' where id = -1",
    ),
    Claim(
        "person_mail_how_known",
        "update person set mail_how = 'weekly' where id = -1",
        "update person set mail_how = 'hourly' where id = -1; update person set mail_how = 'never' where id = -1",
    ),
    Claim(
        "person_mail_hour_of_a_day",
        "update person set mail_hour = 24 where id = -1",
        "update person set mail_hour = 23 where id = -1; update person set mail_hour = 0 where id = -1",
    ),
    Claim("team_pkey", "insert into team (name, zone) values ('Other', 'UTC')", "update team set name = 'Other'"),
    Claim("team_only_one", "insert into team (id, name, zone) values (2, 'B', 'UTC')", "update team set id = 1"),
    Claim(
        "team_mode_known",
        "update team set mode = 'auto'",
        "update team set mode = 'manual'; update team set mode = 'autopilot'",
    ),
    Claim(
        "team_approvals_one_to_nine",
        "update team set approvals_needed = 0",
        "update team set approvals_needed = 1",
    ),
    Claim(
        "team_approvals_one_to_nine",
        "update team set approvals_needed = 10",
        "update team set approvals_needed = 9",
    ),
    Claim(
        "team_self_approval_known",
        "update team set self_approval = 'sometimes'",
        "update team set self_approval = 'always'; update team set self_approval = 'never'",
    ),
    Claim(
        "team_frozen_for_known",
        "update team set frozen_at = now(), frozen_for = 'holiday'",
        "update team set frozen_at = now(), frozen_for = 'restore'; update team set frozen_for = 'person'",
    ),
    Claim(
        "team_frozen_says_why",
        "update team set frozen_at = now()",
        "update team set frozen_at = now(), frozen_for = 'person', frozen_by = -1",
    ),
    Claim("team_frozen_says_why", "update team set frozen_for = 'person'", "update team set frozen_for = null"),
    Claim(
        "session_token_sha256_key",
        "insert into session (token_sha256, person, expires_at) values ('s1', -2, now())",
        "insert into session (token_sha256, person, expires_at) values ('s2', -1, now())",
    ),
    Claim(
        "ticket_token_sha256_key",
        "insert into ticket (kind, token_sha256, expires_at) values ('setup', 't1', now())",
        "insert into ticket (kind, token_sha256, expires_at) values ('setup', 't2', now())",
    ),
    Claim(
        "ticket_kind_known",
        "update ticket set kind = 'gift' where id = -1",
        "update ticket set kind = 'reset' where id = -1",
    ),
    Claim(
        "ticket_guest_sees_one_seal",
        "update ticket set kind = 'guest', post = -1 where id = -1",
        "update ticket set kind = 'guest', post = -1, digest = 'x' where id = -1",
    ),
    Claim(
        "ticket_guest_sees_one_seal",
        "update ticket set post = -1, digest = 'x' where id = -1",
        "update ticket set digest = 'x' where id = -1",
    ),
    Claim(
        "api_key_prefix_key",
        "insert into api_key (prefix, secret_sha256, owner, name, scopes) values ('k1', 'y', -2, 'B', '{}')",
        "insert into api_key (prefix, secret_sha256, owner, name, scopes) values ('k2', 'x', -1, 'K', '{}')",
    ),
    Claim(
        "api_key_scopes_known",
        "update api_key set scopes = '{read,everything}'",
        "update api_key set scopes = '{read,write,publish,publish_unreviewed,admin}'",
    ),
    Claim(
        "throttle_once_a_window",
        "insert into throttle (key, window_at, hits) values ('ip', '2026-01-01', 1)",
        "insert into throttle (key, window_at, hits) values ('ip', '2026-01-02', 1), ('m', '2026-01-01', 1)",
    ),
    Claim(
        "channel_hook_token_sha256_key",
        "update channel set hook_token_sha256 = 'h1' where id = -2",
        "update channel set hook_token_sha256 = 'h2' where id = -2",
    ),
    Claim(
        "channel_one_site",
        "insert into channel (platform, name) values ('site', 'Second')",
        "insert into channel (platform, name, disconnected_at) values ('site', 'Second', now())",
    ),
    Claim(
        "channel_one_site",
        "insert into channel (platform, name) values ('site', 'Second')",
        "insert into channel (platform, name) values ('webhook', 'Hook')",
    ),
    Claim(
        "beat_pkey",
        "insert into beat (worker, kind) values ('w1', 'generation')",
        "insert into beat (worker, kind) values ('w2', 'publishing')",
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_people_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
