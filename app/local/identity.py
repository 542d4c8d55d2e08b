"""Whom a local server runs as when the caller is root, or has no name. Used inside app/local."""

import ctypes
import os
import pwd
import stat
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.local.trouble import LocalTrouble

CLONE_NEWUSER = 0x10000000
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Identity:
    """Ourselves; or another `uid`; or ourselves shown as nobody inside a user namespace (`mapped`)."""

    uid: int
    gid: int
    mapped: bool = False

    @property
    def drops(self) -> bool:
        return not self.mapped and self.uid != os.geteuid()

    def enter(self) -> None:
        """Called in the child between fork and exec; a change of uid was made by subprocess already."""
        if self.mapped:
            _enter_namespace(self.uid, self.gid)


def choose(data: Path, needed: Iterable[Path]) -> Identity:
    """An identity PostgreSQL accepts and that may reach every path of `needed`; `data` keeps its owner."""
    if os.geteuid() != 0:
        return _choose_unprivileged()
    entry = _owner_or_nobody(data)
    blocked = next((b for path in needed if (b := blocked_at(path, entry.pw_uid, entry.pw_gid))), None)
    if blocked is None:
        return Identity(entry.pw_uid, entry.pw_gid)
    if can_map():
        return Identity(0, 0, mapped=True)
    raise LocalTrouble(
        f"PostgreSQL refuses to run as root, and the user {entry.pw_name} may not enter {blocked}.\n"
        "Put Galley where every user may look (/opt or /srv, for example), start it as a normal user,\n"
        "or set DATABASE_URL to a PostgreSQL that runs already."
    )


def blocked_at(path: Path, uid: int, gid: int) -> Path | None:
    """The first part of an existing `path`, from the root down, that `uid` may not pass; None when free."""
    parts = [*reversed(path.resolve().parents), path.resolve()]
    return next((part for part in parts if part.exists() and not _passes(part.stat(), uid, gid)), None)


def hand_over(folder: Path, identity: Identity) -> None:
    """Give a data folder, and only that, to whoever will run the server in it."""
    if os.geteuid() != 0 or folder.stat().st_uid == identity.uid:
        return
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(Path(place, name), identity.uid, identity.gid, follow_symlinks=False)
    os.chown(folder, identity.uid, identity.gid)


def can_map() -> bool:
    """Whether this kernel lets us open a user namespace (Docker's default profile does not)."""
    enter = Identity(os.geteuid(), os.getegid(), mapped=True).enter
    return _runs(("true",), enter)


def _runs(argv: tuple[str, ...], enter: Callable[[], None]) -> bool:
    try:
        subprocess.run(argv, preexec_fn=enter, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _choose_unprivileged() -> Identity:
    me = Identity(os.geteuid(), os.getegid())
    if _has_name(me.uid):
        return me
    if can_map():
        return Identity(me.uid, me.gid, mapped=True)
    raise LocalTrouble(
        f"The user id {me.uid} has no entry in /etc/passwd, which PostgreSQL asks for.\n"
        "Add one, start Galley as a user that has one, or set DATABASE_URL to a PostgreSQL that runs already."
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _owner_or_nobody(data: Path) -> pwd.struct_passwd:
    owner = data.stat().st_uid if data.exists() else 0
    return pwd.getpwuid(owner) if owner and _has_name(owner) else pwd.getpwnam("nobody")


def _passes(found: os.stat_result, uid: int, gid: int) -> bool:
    if uid == found.st_uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if gid == found.st_gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _enter_namespace(uid: int, gid: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")
