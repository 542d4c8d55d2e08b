"""Channel secrets open only where they were sealed, with the key they were sealed with."""

import pytest

from app import secrets
from app.secrets import SealBroken, SealedElsewhere, derive, key_id, open_secret, seal
from app.settings import Settings

HERE = "channel:secret:7"
VALUE = {"token": 'grün & "quoted"', "refresh": ""}


def use_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setattr(secrets, "settings", lambda: Settings(secret_key=key))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    use_key(monkeypatch, "k" * 48)


def test_what_was_sealed_opens_again_and_shows_nothing_meanwhile() -> None:
    record, kid = seal("channel", HERE, VALUE)
    assert open_secret("channel", HERE, record) == VALUE
    assert record.startswith(kid.encode())
    assert b"quoted" not in record


def test_two_seals_of_the_same_secret_differ() -> None:
    assert seal("channel", HERE, VALUE)[0] != seal("channel", HERE, VALUE)[0]


@pytest.mark.parametrize(("purpose", "aad"), [("channel", "channel:secret:8"), ("hooks", HERE)])
def test_a_record_moved_to_another_row_or_purpose_stays_shut(purpose: str, aad: str) -> None:
    record, _ = seal("channel", HERE, VALUE)
    with pytest.raises(SealBroken, match=aad):
        open_secret(purpose, aad, record)


@pytest.mark.parametrize("at", [8, 19, 20, -1])
def test_one_changed_bit_is_noticed(at: int) -> None:
    record = bytearray(seal("channel", HERE, VALUE)[0])
    record[at] ^= 1
    with pytest.raises(SealBroken):
        open_secret("channel", HERE, bytes(record))


@pytest.mark.parametrize("length", [8, 12, 20, 24])
def test_a_record_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(SealBroken):
        open_secret("channel", HERE, seal("channel", HERE, VALUE)[0][:length])


def test_another_secret_key_names_the_key_it_would_need(monkeypatch: pytest.MonkeyPatch) -> None:
    record, kid = seal("channel", HERE, VALUE)
    use_key(monkeypatch, "n" * 48)
    with pytest.raises(SealedElsewhere, match=f"sealed with key {kid}.*SECRET_KEY makes key {key_id()}") as error:
        open_secret("channel", HERE, record)
    assert error.value.kid == kid != key_id()
    use_key(monkeypatch, "k" * 48)
    assert open_secret("channel", HERE, record) == VALUE


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = {derive(purpose) for purpose in ("csrf", "delivery key", "hooks", "seal channel", "key id")}
    assert len(keys) == 5
    assert all(len(key) == 32 for key in keys)


def test_a_key_is_the_same_in_every_process_and_version() -> None:
    assert derive("csrf").hex() == "a2cc8d13b18d70aa97bd2851f7582e378e4f0ccb7153b1c93e1bb3380625ef5a"


def test_the_key_id_tells_nothing_of_a_key() -> None:
    assert len(key_id()) == 8
    assert key_id() not in derive("csrf").hex()
