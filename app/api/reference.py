"""The JSON API for people to read: one page made from the same document that programs get. Open to everybody."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from litestar import MediaType, Request, Response, get

from app.api.document import schema
from app.api.entry import SCOPE_OF
from app.settings import settings


@dataclass(frozen=True, slots=True)
class Frame:
    """What the plain layout asks of a page; it sees it as `shell`."""

    title: str = "JSON API"
    team: str = "Galley"
    theme: str = ""
    mark: str = "G"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    needed: bool
    meaning: str
    shape: str = ""  # the anchor of the shape it holds


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask. `takes` and `gives` name shapes."""

    anchor: str
    method: str
    path: str
    summary: str
    meaning: str
    scope: str
    asks: tuple[Field, ...]
    takes: str
    gives: str


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    meaning: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    about: str
    origin: str
    doors: tuple[Door, ...]
    shapes: tuple[Shape, ...]


@get("/api", media_type=MediaType.HTML, include_in_schema=False)
async def reference_page(request: Request[Any, Any, Any]) -> Response[str]:
    engine = request.app.template_engine
    assert engine is not None
    template = engine.get_template("api/reference.html")
    body = template.render(shell=Frame(theme=request.cookies.get("theme", "")), page=_reference())
    return Response(body, media_type=MediaType.HTML)


@cache
def _reference() -> Reference:
    document = schema()
    doors = [_door(path, method, told) for path, ways in document["paths"].items() for method, told in ways.items()]
    shapes = [_shape(name, told) for name, told in sorted(document["components"]["schemas"].items())]
    return Reference(document["info"]["description"], settings().origin, tuple(doors), tuple(shapes))


def _door(path: str, method: str, told: dict[str, Any]) -> Door:
    line = f"{method.upper()} {path}"
    asks = [_field(one["name"], one["schema"], one["required"], one) for one in told.get("parameters", ())]
    given = next(told["responses"][status] for status in ("200", "201") if status in told["responses"])
    return Door(
        told["operationId"], method.upper(), path, told["summary"], told.get("description", ""), SCOPE_OF.get(line, ""),
        tuple(asks), _named(told.get("requestBody", {})), _named(given),
    )  # fmt: skip


def _shape(name: str, told: dict[str, Any]) -> Shape:
    needed = told.get("required", ())
    fields = [_field(key, kind, key in needed, kind) for key, kind in told.get("properties", {}).items()]
    return Shape(name, told.get("description", ""), tuple(fields))


def _field(name: str, kind: dict[str, Any], needed: bool, told: dict[str, Any]) -> Field:
    return Field(name, _kind(kind), needed, told.get("description", kind.get("description", "")), _found(kind))


def _kind(kind: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in kind:
        return _found(kind)
    if "enum" in kind:
        return " | ".join(map(str, kind["enum"]))
    if choices := kind.get("oneOf") or kind.get("anyOf"):
        return " or ".join(dict.fromkeys(_kind(one) for one in choices))
    if kind.get("type") == "array":
        return f"list of {_kind(kind.get('items', {}))}"
    type = kind.get("type", "anything")
    words = " or ".join(type) if isinstance(type, list) else str(type)
    return str(kind.get("format", words))


def _found(kind: dict[str, Any]) -> str:
    """The shape that a schema names somewhere inside, or nothing."""
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2]
    inside = [*(kind.get("oneOf") or kind.get("anyOf") or ()), kind.get("items") or {}]
    return next((name for name in map(_found, inside) if name), "") if any(inside) else ""


def _named(told: dict[str, Any]) -> str:
    return _found(told.get("content", {}).get("application/json", {}).get("schema", {}))
