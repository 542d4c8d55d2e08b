"""The rules of the house, executable. Each says why it is one; a new room needs its line in STOREYS."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.lifecycles.delivery import DELIVERY
from app.lifecycles.media import MEDIA
from app.lifecycles.post import POST
from app.lifecycles.publication import PUBLICATION
from tests import source
from tests.source import ROOT, Module

pytestmark = pytest.mark.pure

STOREYS: dict[str, int] = {
    # 0: knows no table
    **dict.fromkeys(("settings", "lifecycles", "platforms", "writers", "illustrators", "prose", "safe_http", "local"), 0),
    **dict.fromkeys(("signing", "secrets", "keys", "passwords", "times", "zones", "body", "images", "image_child"), 0),
    # 1: rows, and what is read from them
    **dict.fromkeys(("tables", "piccolo_conf", "piccolo_app", "database", "migrate", "sql", "doorbell", "atomic"), 1),
    **dict.fromkeys(("facts", "content", "seals", "storefront", "leases", "audit", "throttles", "tickets"), 1),
    **dict.fromkeys(("sessions", "csrf"), 1),
    # 2: the one that writes a status
    "moves": 2,
    # 3: verbs
    **dict.fromkeys(("flow", "channels", "accounts", "people", "teams"), 3),
    # 4: doors
    **dict.fromkeys(("pages", "api", "hooks", "worker", "access", "cookies", "front_door", "security", "assets"), 4),
    **dict.fromkeys(("commands", "commands_parts", "commands_database", "commands_up"), 4),
    # 5: the house itself
    "main": 5,
}  # fmt: skip
DOORS = ("pages", "api", "hooks", "worker")
LIFECYCLES = (POST, PUBLICATION, DELIVERY, MEDIA)
STATUSES = {status for lifecycle in LIFECYCLES for status in lifecycle.statuses}
# Words that mean a status and nothing else; the others are also English, outcomes or move names.
UNMISTAKABLE = {
    "awaiting_user_date", "to_be_generated", "generating", "text_ready_images_pending", "generated_pending_review",
    "modified_pending_review", "unpublished", "generation_failed", "publish_failed", "withdrawn", "unconfirmed",
}  # fmt: skip
ROWS_WITH_STATUS = ("Post", "Publication", "Delivery", "Media")
FORBIDDEN_NAMES = {"utils", "util", "common", "misc", "base", "helper", "helpers", "manager", "service", "services"}
FORBIDDEN_ENDINGS = ("Manager", "Service", "Helper", "Utils", "Base")
LONGEST_FILE, LONGEST_FUNCTION = 250, 25


def said(violations: Iterator[str]) -> list[str]:
    return sorted(set(violations))


# The staircase


def test_every_room_has_its_storey() -> None:
    """A module without a storey could be imported from anywhere: say where it lives first."""
    rooms = {module.room for module in source.modules() if module.room}
    assert {*rooms} - {*STOREYS} == set()
    assert {*STOREYS} - {*rooms} == set(), "these rooms are gone"


def test_imports_only_go_down() -> None:
    """Whoever may import upwards will, and then nothing can be understood, tested or replaced alone."""

    def upwards() -> Iterator[str]:
        for module in source.modules():
            for hop in source.hops(module):
                root, _, rest = hop.imported.partition(".")
                room = rest.split(".")[0]
                if root == "app" and STOREYS.get(room, 0) > STOREYS.get(module.room, 0):
                    yield f"{hop.where} {module.room} ({STOREYS.get(module.room, 0)}) imports {hop.imported}"

    assert said(upwards()) == []


def test_there_are_no_circles_between_modules_or_rooms() -> None:
    """Two that import each other are one thing in two files."""
    names = {module.name for module in source.modules()}
    files: dict[str, set[str]] = defaultdict(set)
    rooms: dict[str, set[str]] = defaultdict(set)
    for module in source.modules():
        for hop in source.hops(module):
            target = hop.imported if hop.imported in names else hop.imported.rpartition(".")[0]
            if target in names and target not in (module.name, "app"):
                files[module.name].add(target)
                if (room := target.split(".")[1]) != module.room and module.room:
                    rooms[module.room].add(room)
    assert source.circles(files) == []
    assert source.circles(rooms) == []


def test_lifecycles_import_nothing_of_ours() -> None:
    """What may happen is pure data: readable without a database and drawn, tested and served from one table."""
    found = (h for m in source.modules() if m.room == "lifecycles" for h in source.hops(m))
    assert said(h.where for h in found if h.imported.startswith("app.") and "app.lifecycles" not in h.imported) == []


def test_doors_do_not_lean_on_each_other() -> None:
    """A verb that a page and the API share belongs to flow/, where both find it."""

    def leaning() -> Iterator[str]:
        for module in source.modules():
            for hop in source.hops(module):
                room = (hop.imported.split(".") + [""])[1]
                if module.room in DOORS and room in DOORS and room != module.room:
                    yield f"{hop.where} {hop.imported}"

    assert said(leaning()) == []


def test_our_own_modules_are_imported_at_the_top() -> None:
    """An import inside a function hides a circle: whoever needs one is on the wrong stair."""
    late = (hop for module in source.modules() for hop in source.hops(module) if hop.late)
    assert said(f"{hop.where} {hop.imported}" for hop in late if hop.imported.startswith("app")) == []


# Statuses


def _writes_status(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=targets):
            return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)
        case ast.AugAssign(target=ast.Attribute(attr="status")) | ast.AnnAssign(target=ast.Attribute(attr="status")):
            return True
        case ast.Dict(keys=keys):
            return any(isinstance(key, ast.Attribute) and key.attr == "status" for key in keys)
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), *_]):
            return True
        case ast.Call(func=func, args=args, keywords=keywords):
            called = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            given = {keyword.arg for keyword in keywords} | {key for arg in args for key in _keys(arg)}
            return called in (*ROWS_WITH_STATUS, "update", "update_self", "begin") and "status" in given
    return False


def _keys(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        yield from (key.value for key in node.keys if isinstance(key, ast.Constant))


SQL_WRITES = (
    re.compile(r"\bset\b(?:(?!\bwhere\b|\bfrom\b).)*\bstatus\s*=(?!=)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\binsert\s+into\s+(?:post|publication|delivery|media)\s*\([^)]*\bstatus\b", re.IGNORECASE),
)


def test_only_moves_writes_a_status() -> None:
    """Lock, rights, guards, compare-and-set and event are one act; a second writer would skip some of them."""

    def writers() -> Iterator[str]:
        for module in source.modules():
            if module.name == "app.moves":
                continue
            yield from (module.at(node) for node in module.nodes() if _writes_status(node))
            for text in module.strings():
                if any(pattern.search(text.value) for pattern in SQL_WRITES):
                    yield f"{module.at(text)} in SQL"

    assert said(writers()) == []


SQL_NAMES = re.compile(r"\bstatus\s*(?:=|<>|!=|(?:not\s+)?in\b)\s*\(?\s*((?:'\w+'\s*,?\s*)+)", re.IGNORECASE)


def _is_status(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=name)):
            return isinstance(name, str) and (name == "status" or name.endswith("_status") and "http" not in name)
    return False


def _spelled(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if text in STATUSES:
            yield text
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _spelled(part)
        case ast.MatchValue(value=value):
            yield from _spelled(value)
        case ast.MatchOr(patterns=patterns):
            for pattern in patterns:
                yield from _spelled(pattern)


def _spellings(module: Module) -> Iterator[str]:
    for node in module.nodes():
        match node:
            case ast.Compare(left=left, comparators=others) if any(map(_is_status, (left, *others))):
                parts = [left, *others]
            case ast.keyword(arg="status", value=value):
                parts = [value]
            case ast.Match(subject=subject, cases=cases) if _is_status(subject):
                parts = [case.pattern for case in cases]
            case _:
                continue
        yield from (f"{module.at(parts[0])} {word!r}" for part in parts for word in _spelled(part))


def test_statuses_are_spelled_only_in_lifecycles() -> None:
    """A status spelled elsewhere is a rule hidden elsewhere; app/lifecycles/statuses.py has a name for each."""

    def spelled() -> Iterator[str]:
        for module in source.modules():
            if module.room == "lifecycles":
                continue
            yield from _spellings(module)
            for text in module.strings():
                if text.value in UNMISTAKABLE:
                    yield f"{module.at(text)} {text.value!r}"
                for found in SQL_NAMES.findall(text.value):
                    if {*re.findall(r"\w+", found)} & STATUSES:
                        yield f"{module.at(text)} {found.strip()} in SQL"

    assert said(spelled()) == []


# Size and names


def test_no_file_of_the_app_is_longer_than_250_lines() -> None:
    """A page that does not fit in the head hides two; templates are code too."""
    files = [*(module.path for module in source.modules()), *source.templates()]
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_25_lines() -> None:
    """One level of thought; what is longer has a name inside that was not found yet."""
    long = {
        f"{module.at(function)} {function.name}": source.length(function)
        for module in source.modules()
        for function in module.functions()
        if source.length(function) > LONGEST_FUNCTION
    }
    assert long == {}


def test_every_module_says_what_it_owns() -> None:
    """The first line tells a newcomer whether this is the right file; an empty __init__ owns nothing."""
    silent = (m for m in source.modules() if m.tree.body and not ast.get_docstring(m.tree))
    assert said(str(module.path.relative_to(ROOT)) for module in silent) == []


def test_names_say_what_things_are() -> None:
    """utils, common and Managers collect what nobody wanted to name."""

    def vague() -> Iterator[str]:
        for module in source.modules():
            if FORBIDDEN_NAMES & {*module.path.with_suffix("").name.split("_"), *module.name.split(".")}:
                yield module.name
            for node in module.nodes():
                if isinstance(node, ast.ClassDef) and node.name.endswith(FORBIDDEN_ENDINGS):
                    yield f"{module.at(node)} {node.name}"
                if isinstance(node, source.Function) and node.name.lstrip("_").startswith(("process_", "handle_")):
                    yield f"{module.at(node)} {node.name}"

    assert said(vague()) == []


# Dangerous things


def _importers(*names: str) -> Iterator[tuple[Module, str]]:
    for module in source.modules():
        for hop in source.hops(module):
            if any(f"{hop.imported}.".startswith(f"{name}.") for name in names):
                yield module, f"{hop.where} {hop.imported}"


def test_only_safe_http_reaches_the_network() -> None:
    """An unguarded client is an SSRF hole: addresses, redirects, sizes and deadlines are checked in one place."""
    clients = _importers("httpx", "httpcore", "requests", "aiohttp", "urllib.request", "http.client", "urllib3")
    assert said(where for module, where in clients if module.room != "safe_http") == []


def test_nothing_is_pickled() -> None:
    """Unpickling runs code: whoever reaches Redis or a file would reach us."""
    assert said(where for _, where in _importers("pickle", "marshal", "shelve", "dill", "cloudpickle")) == []


PARALLEL = {"gather", "create_task", "TaskGroup", "ensure_future", "run_coroutine_threadsafe", "as_completed"}


@pytest.mark.parametrize("room", ["flow", "moves", "atomic", "facts", "sql", "content", "seals", "channels", "tables"])
def test_nothing_runs_in_parallel_inside_a_transaction(room: str) -> None:
    """A connection does one thing at a time; two at once break the transaction and leak it (stack.md §2)."""

    def parallel() -> Iterator[str]:
        for module in source.modules():
            for node in module.nodes():
                name = getattr(node, "attr", getattr(node, "id", getattr(node, "name", "")))
                if module.room == room and name in PARALLEL:
                    yield f"{module.at(node)} {name}"

    assert said(parallel()) == []


# Templates


def _in_templates(pattern: str, *, code: bool) -> list[str]:
    found = []
    for path in source.templates():
        text = path.read_text()
        for part in source.code_of(text) if code else [source.markup_of(text)]:
            found += [f"{path.relative_to(ROOT)}: {hit.group(0)}" for hit in re.finditer(pattern, part, re.IGNORECASE)]
    return sorted(found)


def test_templates_never_compare_a_status() -> None:
    """The tables decide what is open; a page that tests a status has its own, second opinion."""
    names = "|".join(sorted(STATUSES))
    assert _in_templates(r"\bstatus\b\s*(==|!=|(not\s+)?in\b|is\b)[^%}]*", code=True) == []
    assert _in_templates(rf"(==|!=|\bin\b)\s*[(\[]?\s*['\"]({names})['\"]", code=True) == []


def test_templates_carry_no_script_of_their_own() -> None:
    """The content policy forbids inline script: what is typed into a post must never run."""
    assert _in_templates(r"<script(?![^>]*\bsrc=)[^>]*>", code=False) == []
    assert _in_templates(r"""[\s"'](on[a-z]+|hx-on[:\w-]*)\s*=""", code=False) == []
    assert _in_templates(r"javascript:", code=False) == []


def test_templates_carry_no_style_of_their_own() -> None:
    """The content policy forbids inline style; the design lives in one sheet."""
    assert _in_templates(r"<style\b[^>]*>", code=False) == []
    assert _in_templates(r"""[\s"']style\s*=""", code=False) == []


def test_templates_never_switch_escaping_off() -> None:
    """Sanitised HTML arrives as Markup from the page that declares it; a filter would let anything through."""
    assert _in_templates(r"\|\s*safe\b|\bautoescape\s+false\b", code=True) == []


# The repository

MACHINE = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work|builds|opt/pypi)/[\w.-]+")
REGISTRY = re.compile(r"\b(?:[\w-]+\.)?(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com)\b")
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".xml", ".jinja", ".css", ".js", ".csv", ".yml", ".yaml", ".sh", ".svg"}


def _said_in(path: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if found := pattern.search(line):
            yield f"{path.relative_to(ROOT)}:{number} {found.group(0)}"


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY], ids=["machine", "registry"])
def test_nothing_kept_names_a_place_of_this_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    """What was built here must build anywhere; an address of ours is wrong everywhere else."""
    kept = [path for path in source.kept_files() if path.suffix in TEXT or not path.suffix]
    itself = Path(__file__).resolve()
    assert said(hit for path in kept if path.resolve() != itself for hit in _said_in(path, pattern)) == []


def test_nothing_kept_names_where_this_checkout_lies() -> None:
    """The same for the folder that these tests run in, whatever it is called."""
    here = re.compile(rf"(?<![\w.~-]){re.escape(str(ROOT))}(?=/[\w.-]|[\"'\s]|$)")
    kept = [path for path in source.kept_files() if path.suffix in TEXT or not path.suffix]
    assert said(hit for path in kept for hit in _said_in(path, here)) == []
