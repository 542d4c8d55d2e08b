"""Backups with one member changed, for tests of what is refused."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path


def damage(path: Path, name: str, change: Callable[[bytes], bytes], *, sound: bool = False) -> None:
    """Rewrite one member of the file; `sound`: with the digest to match."""
    with zipfile.ZipFile(path) as old:
        members = {one: old.read(one) for one in old.namelist()}
    members[name] = change(members[name])
    if sound:
        about = json.loads(members["manifest.json"])
        about["tables"][name.removesuffix(".csv")]["sha256"] = hashlib.sha256(members[name]).hexdigest()
        members["manifest.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(path, "w") as new:
        for one, data in members.items():
            new.writestr(one, data)
