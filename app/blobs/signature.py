"""AWS Signature Version 4 as S3 wants it: values in, headers out. Only `app.blobs.store` calls it.

No query strings and no chunked bodies: what we ask of a store is one whole object under one plain address.
Source: docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header"; checked against botocore.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import SplitResult, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Keys:
    """Who asks, and in which region the bucket lies."""

    access: str
    secret: str
    region: str


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, *, keys: Keys, at: datetime
) -> dict[str, str]:
    """`headers`, in lower case, with all that proves the request ours. `url` is percent-encoded as it is sent."""
    parts, moment = urlsplit(url), at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    own = {"x-amz-content-sha256": sha256(body).hexdigest(), "x-amz-date": moment}
    sent = {name.lower(): " ".join(value.split()) for name, value in headers.items()} | own
    scope = f"{moment[:8]}/{keys.region}/s3/aws4_request"
    known = dict(sorted((sent | {"host": host(parts)}).items()))
    names = ";".join(known)
    lines = (method, parts.path or "/", "", *(f"{name}:{value}" for name, value in known.items()), "", names)
    request = "\n".join((*lines, own["x-amz-content-sha256"]))
    told = "\n".join((ALGORITHM, moment, scope, sha256(request.encode()).hexdigest()))
    proof = hmac.new(_key(keys, moment[:8]), told.encode(), sha256).hexdigest()
    credential = f"Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={proof}"
    return {**sent, "authorization": f"{ALGORITHM} {credential}"}


def host(parts: SplitResult) -> str:
    """The Host header of an address: lower case, its port only where it is not the scheme's own."""
    name = parts.hostname or ""
    spelled = f"[{name}]" if ":" in name else name
    return spelled if parts.port in (None, PORTS.get(parts.scheme)) else f"{spelled}:{parts.port}"


def _key(keys: Keys, day: str) -> bytes:
    """A key for one day, region and service, so that the secret itself never signs a request."""
    key = f"AWS4{keys.secret}".encode()
    for part in (day, keys.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key
