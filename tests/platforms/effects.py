"""The receiver's oracle: an fsynced append-only file of what really happened, read back after a restart."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any


@dataclass(slots=True)
class Log:
    """JSON lines. `kind` is "request" (something arrived) or "effect" (something changed for the world)."""

    path: Path | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            self.rows = [json.loads(line) for line in self.path.read_text().splitlines()]

    def write(self, kind: str, **facts: Any) -> None:
        row = {"kind": kind, "at": time(), **facts}
        self.rows.append(row)
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(row) + "\n")
                file.flush()
                os.fsync(file.fileno())

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["kind"] == kind]

    def effects(self, verb: str = "") -> list[dict[str, Any]]:
        return [row for row in self.of("effect") if verb in ("", row["verb"])]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)
