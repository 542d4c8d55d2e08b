"""Which desk a command asks and with whose key: what is named first wins, and nothing is taken from elsewhere."""

import argparse
from pathlib import Path

import pytest

from app.commands_reach import Misused, key, origin
from app.local.folder import SOCKET, at

pytestmark = pytest.mark.pure
KEY = "gly_" + "k" * 40


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GALLEY_URL", "GALLEY_KEY", "GALLEY_KEY_FILE"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """The data folder of a desk that runs here."""
    folder = at(tmp_path)
    folder.run.mkdir()
    (folder.run / SOCKET).touch()
    (folder.path / "secret_key").write_text("s" * 40)
    (folder.path / "address").write_text("http://localhost:8111")
    return tmp_path


def given(data: Path, url: str = "", key_file: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(url=url, key_file=key_file, data=data)


def test_the_option_wins_over_the_environment_and_that_over_the_desk_here(
    running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert origin(given(running)) == "http://localhost:8111"
    monkeypatch.setenv("GALLEY_URL", "https://desk.example.com/")
    assert origin(given(running)) == "https://desk.example.com"
    assert origin(given(running, "https://other.example.com:8443")) == "https://other.example.com:8443"


@pytest.mark.parametrize(
    "url",
    ["desk.example.com", "ftp://desk.example.com", "https://", "https://desk.example.com/api", "http://[desk",
     "https://desk.example.com:99999", "https://desk.example.com:web", "https://desk.example.com:0"],
)  # fmt: skip
def test_what_is_no_address_of_a_desk_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misused, match="address"):
        origin(given(tmp_path, url))


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://desk.example.com", True), ("http://127.0.0.1:8000", False), ("http://[::1]:8000", False),
     ("http://localhost:8000", False), ("https://desk.example.com", False)],
)  # fmt: skip
def test_a_key_that_would_travel_in_the_open_is_warned_of(
    url: str, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert origin(given(tmp_path, url)) == url
    assert ("unencrypted" in capsys.readouterr().err) is warned


def test_the_key_file_named_by_hand_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, other = tmp_path / "key", tmp_path / "other"
    file.write_text(f"{KEY}1\n")
    other.write_text(f"{KEY}2")
    monkeypatch.setenv("GALLEY_KEY_FILE", str(other))
    assert key(given(tmp_path)) == f"{KEY}2"
    monkeypatch.setenv("GALLEY_KEY", f" {KEY}3 ")
    assert key(given(tmp_path)) == f"{KEY}3"
    assert key(given(tmp_path, key_file=file)) == f"{KEY}1"


@pytest.mark.parametrize("found", ["", "hello", "gly_a b", "gly_\u00e9", "gly_a\nb"])
def test_what_is_no_key_is_refused_without_being_shown(found: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(found)
    with pytest.raises(Misused) as wrong:
        key(given(tmp_path, key_file=file))
    assert str(file) in str(wrong.value)
    assert not found or found not in str(wrong.value)
