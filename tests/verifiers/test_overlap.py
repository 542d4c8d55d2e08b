"""Which secrets vouch for a channel's callbacks, and for how long the one before does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.signing import new_secret
from app.verifiers import BEFORE, CALLBACK, ROTATED_AT, SCHEMES, active, replaced

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OURS, OWN, OLD = new_secret(), new_secret(), new_secret()


def vouching(scheme: str, secrets: dict[str, str], **settings: Any) -> tuple[str, ...]:
    return active(SCHEMES[scheme], settings, secrets, NOW)


@pytest.mark.parametrize("scheme", [name for name in SCHEMES if name != "mailchimp"])
def test_its_own_secret_counts_or_else_the_one_we_sign_with(scheme: str) -> None:
    assert vouching(scheme, {"secret": OURS}) == (OURS,)
    assert vouching(scheme, {"secret": OURS, CALLBACK: OWN}) == (OWN,)
    assert vouching(scheme, {}) == ()


def test_a_secret_address_has_only_a_secret_of_its_own() -> None:
    assert vouching("mailchimp", {"secret": OURS}) == ()
    assert vouching("mailchimp", {"secret": OURS, CALLBACK: OWN}) == (OWN,)


def test_a_text_that_standard_webhooks_cannot_use_gives_way_to_the_signing_secret() -> None:
    assert vouching("standard", {"secret": OURS, CALLBACK: "a plain text, long enough"}) == (OURS,)
    assert vouching("github", {"secret": OURS, CALLBACK: "a plain text"}) == ("a plain text",)


@pytest.mark.parametrize(("hours", "both"), [(0, True), (23.9, True), (24.1, False)])
def test_the_secret_before_vouches_for_a_day(hours: float, both: bool) -> None:
    since = int((NOW - timedelta(hours=hours)).timestamp())
    found = vouching("slack", {"secret": OURS, CALLBACK: OWN, BEFORE: OLD}, **{ROTATED_AT: since})
    assert found == ((OWN, OLD) if both else (OWN,))


def test_without_a_time_of_change_the_one_before_is_over() -> None:
    assert vouching("slack", {CALLBACK: OWN, BEFORE: OLD}) == (OWN,)
    assert vouching("slack", {CALLBACK: OWN, BEFORE: OLD}, **{ROTATED_AT: "soon"}) == (OWN,)


def test_what_is_replaced_is_kept_beside() -> None:
    first = {"secret": OURS}
    assert replaced(first, {**first, CALLBACK: OWN}) == ({"secret": OURS, CALLBACK: OWN, BEFORE: OURS}, True)
    assert replaced(first, {"secret": OWN}) == ({"secret": OWN, BEFORE: OURS}, True)
    second = {"secret": OURS, CALLBACK: OLD}
    assert replaced(second, {**second, CALLBACK: OWN})[0][BEFORE] == OLD
    assert replaced(second, {**second, "secret": OWN}) == ({**second, "secret": OWN}, False)
    assert replaced({}, first) == (first, False) and replaced(first, first) == (first, False)
