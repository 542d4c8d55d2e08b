"""The S3-compatible object store, when one is set: put, get and delete one object. Only `app.blobs` and doctor call it.

Every call is made again only by whoever asked for it. An object is named by its content, so that writing it twice
is writing it once.
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit, urlunsplit

from app import safe_http
from app.blobs.signature import Keys, signed
from app.safe_http import MEDIA_CAP, Call, Failure, Reply
from app.settings import Settings, demand_store, settings

log = logging.getLogger("galley.blobs")
SECONDS = 10.0
AWS = "https://s3.{}.amazonaws.com"
CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
SILENT = "The media store does not answer at the moment. Try again in a few seconds."
NO_ROOM = "The media store is full. Whoever runs Galley has to make room."
NOT_ALLOWED = "The media store refuses ({}). Whoever runs Galley finds out why with galley doctor."
FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XAmzStorageFull"}


class StoreTrouble(Exception):
    """The media store did not do what it was asked. `status`: 503, or 507 when it is full.

    Its text is for everybody; `note` is what the store said, for the log and whoever runs Galley.
    """

    def __init__(self, sentence: str, note: str, *, status: int = 503, code: str = "") -> None:
        super().__init__(sentence)
        self.note, self.status, self.code = note, status, code


@dataclass(frozen=True, slots=True)
class Store:
    """A bucket and how it is reached. `endpoint` has no trailing slash."""

    endpoint: str
    bucket: str
    keys: Keys
    path_style: bool = True

    def address(self, key: str) -> str:
        """Where an object lies; encoded once, as S3 signs it."""
        parts = urlsplit(self.endpoint)
        netloc = parts.netloc.lower() if self.path_style else f"{self.bucket}.{parts.netloc.lower()}"
        folder = f"/{self.bucket}" if self.path_style else ""
        path = quote(f"{parts.path}{folder}/{key}", safe="/-._~")
        return urlunsplit((parts.scheme, netloc, path, "", ""))

    @property
    def named(self) -> str:
        return f"bucket {self.bucket} at {urlsplit(self.endpoint).netloc}"


def current() -> Store | None:
    return configured(settings())


def configured(here: Settings) -> Store | None:
    """The store that the settings name; None: bytes stay in PostgreSQL."""
    demand_store(here)
    if not here.s3_bucket:
        return None
    endpoint = here.s3_endpoint.rstrip("/") or AWS.format(here.s3_region)
    keys = Keys(here.s3_access_key, here.s3_secret_key, here.s3_region)
    return Store(endpoint, here.s3_bucket, keys, bool(here.s3_path_style))


async def put(store: Store, key: str, data: bytes, mime: str) -> None:
    """The whole object or none: the store checks length and SHA-256 before it takes it."""
    await _asked(store, "PUT", key, data, mime)


async def get(store: Store, key: str) -> bytes:
    return (await _asked(store, "GET", key)).body


async def delete(store: Store, key: str) -> None:
    """Gone already is as good."""
    try:
        await _asked(store, "DELETE", key)
    except StoreTrouble as trouble:
        if trouble.code != "NoSuchKey":
            raise


async def _asked(store: Store, method: str, key: str, data: bytes = b"", mime: str = "") -> Reply:
    url = store.address(key)
    headers = signed(method, url, {"content-type": mime} if mime else {}, data, keys=store.keys, at=datetime.now(UTC))
    call = Call(method, url, headers, data, SECONDS, MEDIA_CAP)
    # Whoever runs Galley named this host, and many a store lives in a private network.
    answer = await safe_http.send(call, allow=safe_http.opened() | {safe_http.host_port(url)})
    if isinstance(answer, Reply) and answer.ok:
        return answer
    trouble = _silent(answer) if isinstance(answer, Failure) else _refused(answer)
    log.warning("%s of %s: %s", method, key, trouble.note)
    raise trouble


def _silent(failure: Failure) -> StoreTrouble:
    return StoreTrouble(SILENT, failure.note, code=failure.reason)


def _refused(reply: Reply) -> StoreTrouble:
    """What S3 calls an error stands in the body, as <Code>; HEAD and proxies say nothing but the status."""
    said = CODE.search(reply.body[:4096])
    code = said[1].decode() if said else ""
    note = f"it answered {reply.status} {code}".strip()
    if reply.status == 507 or code in FULL:
        return StoreTrouble(NO_ROOM, note, status=507, code=code)
    return StoreTrouble(NOT_ALLOWED.format(code or reply.status), note, code=code)
