"""The backup file: a zip of one CSV per table and, last, a manifest with counts and digests. Knows no database."""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1 << 16
# All that unpacking a file stumbles over in which a byte is wrong.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, msgspec.DecodeError, EOFError, KeyError, ValueError, RuntimeError,
)  # fmt: skip
Pour = Callable[[bytes], Awaitable[None]]


class BackupTrouble(Exception):
    """A backup cannot be made, read or brought back; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One table in the file: its columns in order, how many rows, and the digest of its CSV."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the file holds. `migrations` is the schema it fits; `keys` name the SECRET_KEYs that open its secrets."""

    format: int
    galley: str
    made_at: datetime
    postgres: str
    migrations: tuple[str, ...]
    keys: tuple[str, ...]
    objects: int = 0  # pictures that lie in an object store; their bytes are not in the file
    tables: dict[str, Contents] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


class Writer:
    """Writes straight on, so that the file may be a pipe; without its manifest it is no backup."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    async def table(self, name: str, pour: Callable[[Pour], Awaitable[int]], columns: tuple[str, ...]) -> Contents:
        """Store what `pour` hands over piece by piece; it answers how many rows that were."""
        digest = hashlib.sha256()
        with self._zip.open(f"{name}.csv", "w", force_zip64=True) as member:

            async def take(data: bytes) -> None:
                digest.update(data)
                member.write(data)

            rows = await pour(take)
        return Contents(columns, rows, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        self._zip.close()


class Archive:
    """A backup opened for reading; every byte is checked against the manifest while it is read."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest = msgspec.json.decode(self._zip.read(MANIFEST), type=Manifest)
        except OSError as error:
            raise BackupTrouble(f"{path} cannot be read: {error.strerror or error}.") from error
        except DAMAGED as error:
            raise BackupTrouble(f"{path} is not a whole backup of Galley.") from error
        if self.manifest.format != FORMAT:
            raise BackupTrouble(f"{path} has format {self.manifest.format}; this version reads format {FORMAT}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    async def chunks(self, name: str) -> AsyncIterator[bytes]:
        """The table's CSV, piece by piece."""
        digest = hashlib.sha256()
        try:
            with self._zip.open(f"{name}.csv") as member:
                while data := member.read(CHUNK):
                    digest.update(data)
                    yield data
        except DAMAGED as error:
            raise BackupTrouble(f"The table {name} in the backup is damaged.") from error
        if digest.hexdigest() != self.manifest.tables[name].sha256:
            raise BackupTrouble(f"The table {name} in the backup is not what was written: it was damaged or changed.")
