"""What describes the JSON API to programs: its OpenAPI 3.1 document, made from the doors themselves."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from app import __version__
from app.api import public, router
from app.api.numbers import MOST, USUAL
from app.api.posts_list import STATES
from app.api.wishes import LIMITS
from app.lifecycles.post import STATUSES
from app.publishing_log import OUTCOMES

ABOUT = """\
Programs write posts, publish them and read how it went. Three layers, never mixed: `status` of the workflow,
`deliveries[].status` of each profile, `media[].status` of each picture; beside them `editorial_status`, one of the
desk's 15. Write endpoints are acceptance commands: they answer what was accepted, not how it ended; read the post
later. Send a key as `Authorization: Bearer gly_…`, every change with the version you saw, and an `Idempotency-Key`
with whatever must not be done twice. Every answer says in `RateLimit-Remaining` how often the key may still ask in
this minute."""
CODES = (
    "unreadable", "unauthorized", "forbidden", "insufficient_scope", "not_found", "gone", "method_not_allowed",
    "conflict", "version_conflict", "illegal_move", "refused", "not_scheduled_yet", "in_flight", "too_large",
    "unsupported_media_type", "invalid_fields", "key_used", "version_missing", "too_many_requests", "broken",
    "unavailable", "full",
)  # fmt: skip
PROBLEM = {
    "type": "object",
    "description": "What went wrong and what to do about it (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for people, with what to do."},
        "code": {"type": "string", "description": f"What a program tells problems apart by: {', '.join(CODES)}."},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}, "description": "By field."},
        "allowed": {"type": "array", "items": {"type": "string"}, "description": "Moves that are open instead."},
    },
}
TROUBLES = {
    "400": "The request cannot be read",
    "401": "No key, or one that does not work",
    "403": "The key may not do this",
    "404": "There is no such thing",
    "409": "It changed meanwhile, or is not possible now; `code` says which",
    "413": "Larger than 1 MiB",
    "415": "The body is not declared as JSON",
    "422": "Fields need fixing; `fields` says which",
    "428": "The version you saw is missing",
    "429": "Too many requests; Retry-After says when",
    "503": "The database does not answer; Retry-After says when",
}
WRITES = {"409", "413", "415", "422", "428"}
# The doors that honour these headers.
VERSIONED = {"ApiPostsIdChange", "ApiPostsIdMovesMakeMove", "ApiCampaignsIdChange", "ApiCampaignsIdArchiveArchive",
             "ApiCampaignsIdUnarchiveUnarchive"}  # fmt: skip
REPEATED = {"ApiPostsCreate", "ApiPostsIdPublishPublish", "ApiPostsIdCancelCancel", "ApiCampaignsCreate",
            "ApiMediaUpload", "ApiMediaImportsImportOne", *VERSIONED}  # fmt: skip
A_TIME = "2026-03-27T10:30:00Z"
NUMBER = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
QUERY: dict[str, Any] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    "before": NUMBER, "campaign_id": NUMBER, "profile_id": NUMBER,
    "status": {"type": "string", "enum": ["", *STATES]},
    "editorial_status": {"type": "string", "enum": ["", *STATUSES]},
    "post_id": NUMBER,
    "result": {"type": "string", "enum": ["", *OUTCOMES], "description": "What happened; empty: everything."},
    "since": {"type": "string", "format": "date-time", "description": "From this time on.", "examples": [A_TIME]},
    "until": {"type": "string", "format": "date-time", "description": "Before this time.", "examples": [A_TIME]},
}  # fmt: skip
SKIPPED = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1, "default": 0}
MOVED_OR_GONE = {
    "301": {"description": "It has another address now; Location says which"},
    "410": {
        "description": "It was here and was taken down",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
}
KEY_HEADER = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "maxLength": 255, "pattern": r"^[\x20-\x7e]*$"},
    "description": "The same key with the same request is answered again and not done again, for seven days.",
}  # fmt: skip
MATCH_HEADER = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag you were given, instead of `version`.",
}  # fmt: skip

CONFIG = OpenAPIConfig(
    title="Galley",
    version=__version__,
    description=ABOUT,
    render_plugins=[JsonRenderPlugin()],
    components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
    security=[{"key": []}],
    use_handler_docstrings=True,
)


@get("/api/openapi.json", summary="The OpenAPI document")
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """For everybody: it says nothing about this desk that its source does not."""
    return Response(_written(), media_type="application/json", headers={"Access-Control-Allow-Origin": "*"})


@cache
def schema() -> dict[str, Any]:
    """The document, with the problems and headers that all doors have in common. An app of only the JSON doors
    makes it: Litestar would serve it at addresses of its own otherwise."""
    described = Litestar([router.ROUTER, public.ROUTER], openapi_config=CONFIG, logging_config=None)
    made = described.openapi_schema.to_schema()
    made["components"]["schemas"]["Problem"] = PROBLEM
    for path in made["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
            for shape in _named(operation.get("requestBody", {}).get("content", {}).get("application/json")):
                _tighten(made["components"]["schemas"], shape)
    for address in (one for one in made["paths"] if one.startswith("/api/public/")):
        _open(made["paths"][address]["get"])
    return made


@cache
def _written() -> bytes:
    return msgspec.json.encode(schema())


def _complete(method: str, operation: dict[str, Any]) -> None:
    shape = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, words in TROUBLES.items():
        if method != "get" or status not in WRITES:
            operation["responses"][status] = {"description": words, "content": shape}
    if method == "get":
        operation["responses"]["304"] = {"description": "Nothing changed since the ETag in If-None-Match"}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            parameter["schema"] = QUERY.get(parameter["name"], parameter["schema"])
    name = operation["operationId"]
    more = [KEY_HEADER] * (name in REPEATED) + [MATCH_HEADER] * (name in VERSIONED)
    operation["parameters"] = [*operation.get("parameters", []), *more]


def _open(operation: dict[str, Any]) -> None:
    """A door without a key."""
    operation["security"] = []
    for status in ("401", "403", "429"):
        del operation["responses"][status]
    for parameter in operation["parameters"]:
        parameter["schema"] = SKIPPED if parameter["name"] == "after" else parameter["schema"]
        if parameter["name"] == "slug":
            operation["responses"] |= MOVED_OR_GONE


def _tighten(shapes: dict[str, Any], name: str) -> None:
    """What is sent holds nothing unknown, and its texts have their limits."""
    shape = shapes[name]
    if shape.get("additionalProperties") is False:
        return
    shape["additionalProperties"] = False
    for field, kind in shape["properties"].items():
        if kind.get("type") == "string" and field in LIMITS:
            kind.setdefault("maxLength", LIMITS[field])
        for inner in _named(kind):
            _tighten(shapes, inner)


def _named(kind: Any) -> Iterator[str]:
    """The shapes that a schema names anywhere inside."""
    match kind:
        case {"$ref": str(address)}:
            yield address.rpartition("/")[2]
        case dict():
            for inner in kind.values():
                yield from _named(inner)
        case list():
            for inner in kind:
                yield from _named(inner)
