"""Whom the servers run as."""

import os
from pathlib import Path

import pytest

from app.local import identity
from app.local.identity import Identity, blocked_at, can_map, choose
from app.local.trouble import LocalTrouble

SOMEBODY = 54321


def test_the_first_folder_that_bars_the_way_is_named(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    for part in (tmp_path, *tmp_path.parents[:-2]):
        part.chmod(part.stat().st_mode | 0o111)
    assert blocked_at(inner, SOMEBODY, SOMEBODY) is None
    (tmp_path / "closed").chmod(0o700)
    assert blocked_at(inner, SOMEBODY, SOMEBODY) == tmp_path / "closed"


def test_its_owner_and_its_group_pass_by_their_own_bits(tmp_path: Path) -> None:
    found = tmp_path.stat()
    tmp_path.chmod(0o710)
    assert identity._passes(tmp_path.stat(), found.st_uid, SOMEBODY)
    assert identity._passes(tmp_path.stat(), SOMEBODY, found.st_gid)
    assert not identity._passes(tmp_path.stat(), SOMEBODY, SOMEBODY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to somebody else")
def test_root_becomes_the_owner_of_the_data_and_nobody_without_data(folder: Path) -> None:
    folder.mkdir()
    assert choose(folder / "none", [folder]).uid == Identity(65534, 65534).uid
    os.chown(folder, 1, 1)
    assert choose(folder, [Path("/")]).uid == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to somebody else")
def test_root_behind_a_closed_door_is_shown_as_nobody_or_told_which_door(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    if can_map():
        assert choose(folder / "none", [closed]) == Identity(0, 0, mapped=True)
    monkeypatch.setattr(identity, "can_map", lambda: False)
    with pytest.raises(LocalTrouble, match=f"may not enter {closed}"):
        choose(folder / "none", [closed])


def test_a_user_without_a_name_is_told_so_where_namespaces_are_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    monkeypatch.setattr(identity, "can_map", lambda: False)
    with pytest.raises(LocalTrouble, match="no entry in /etc/passwd"):
        choose(Path("none"), [])
    monkeypatch.setattr(identity, "can_map", lambda: True)
    assert choose(Path("none"), []).mapped
