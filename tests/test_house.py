"""The rules of the house, executable. Each says why it is one; a new room needs its line in STOREYS."""

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests import source
from tests.source import ROOT, Module, expect_none

pytestmark = pytest.mark.pure

ROOMS = {
    # knows no table
    0: "settings lifecycles platforms writers illustrators prose safe_http local mail"
    " signing verifiers secrets keys passwords times zones body images image_child"
    " client manuscript terminal",
    # rows, and what is read from them
    1: "tables piccolo_conf piccolo_app database migrate sql stored doorbell atomic clocks"
    " live facts content blobs seals storefront leases audit throttles tickets sessions csrf"
    " idempotency self_check self_check_queries standstills forecast forecast_coming forecast_reasons forecast_limits"
    " known_browsers",
    # the one that writes a status
    2: "moves",
    # verbs
    3: "flow api_keys channels channel_health channel_tokens accounts people teams rehearsals rehearsal_script backups"
    " demo onboarding publishing_log",
    # doors
    4: "pages api hooks worker access rules cookies front_door public security assets"
    " commands commands_parts commands_database commands_up commands_backup commands_freeze commands_demo doctor"
    " commands_desk commands_reach commands_channels commands_wish commands_told commands_posts commands_log"
    " commands_mcp agents wire",
    # the house itself
    5: "main doors",
}
STOREYS = {room: storey for storey, rooms in ROOMS.items() for room in rooms.split()}
DOORS = ("pages", "api", "hooks", "worker")
FORBIDDEN_NAMES = {"utils", "util", "common", "misc", "base", "helper", "helpers", "manager", "service", "services"}
FORBIDDEN_ENDINGS = ("Manager", "Service", "Helper", "Utils", "Base")
LONGEST_FILE, LONGEST_FUNCTION = 250, 25


# The staircase


def test_every_room_has_its_storey() -> None:
    """A module without a storey could be imported from anywhere: say where it lives first."""
    rooms = {module.room for module in source.modules() if module.room}
    expect_none(f"app/{room} has no storey" for room in rooms - STOREYS.keys())
    expect_none(f"app/{room} is gone" for room in STOREYS.keys() - rooms)


def test_imports_only_go_down() -> None:
    """Whoever may import upwards will, and then nothing can be understood, tested or replaced alone."""

    def upwards() -> Iterator[str]:
        for module in source.modules():
            for hop in source.hops(module):
                root, _, rest = hop.imported.partition(".")
                room = rest.split(".")[0]
                if root == "app" and STOREYS.get(room, 0) > STOREYS.get(module.room, 0):
                    yield f"{hop.where} {module.room} ({STOREYS.get(module.room, 0)}) imports {hop.imported}"

    expect_none(upwards())


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
    expect_none(" → ".join(path) for path in source.circles(files) + source.circles(rooms))


def test_lifecycles_import_nothing_of_ours() -> None:
    """What may happen is pure data: readable without a database and drawn, tested and served from one table."""
    found = (h for m in source.modules() if m.room == "lifecycles" for h in source.hops(m))
    expect_none(h.where for h in found if h.imported.startswith("app.") and "app.lifecycles" not in h.imported)


def test_doors_do_not_lean_on_each_other() -> None:
    """A verb that a page and the API share belongs to flow/, where both find it."""

    def leaning() -> Iterator[str]:
        for module in source.modules():
            for hop in source.hops(module):
                room = f"{hop.imported}.".split(".")[1]
                if module.room in DOORS and room in DOORS and room != module.room:
                    yield f"{hop.where} {hop.imported}"

    expect_none(leaning())


def test_our_own_modules_are_imported_at_the_top() -> None:
    """An import inside a function hides a circle: whoever needs one is on the wrong stair."""
    late = (hop for module in source.modules() for hop in source.hops(module) if hop.late)
    expect_none(f"{hop.where} {hop.imported}" for hop in late if hop.imported.startswith("app"))


# Size and names


def test_no_file_of_the_app_is_longer_than_250_lines() -> None:
    """A page that does not fit in the head hides two; templates are code too."""
    files = [*(module.path for module in source.modules()), *source.templates()]
    sizes = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in files}
    expect_none(f"{path}: {lines} lines" for path, lines in sizes.items() if lines > LONGEST_FILE)


def test_no_function_is_longer_than_25_lines() -> None:
    """One level of thought; what is longer has a name inside that was not found yet."""
    expect_none(
        f"{module.at(function)} {function.name}: {source.length(function)} lines"
        for module in source.modules()
        for function in module.functions()
        if source.length(function) > LONGEST_FUNCTION
    )


def test_every_module_says_what_it_owns() -> None:
    """The first line tells a newcomer whether this is the right file; an empty __init__ owns nothing."""
    silent = (m for m in source.modules() if m.tree.body and not ast.get_docstring(m.tree))
    expect_none(str(module.path.relative_to(ROOT)) for module in silent)


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

    expect_none(vague())


# Dangerous things


def _importers(*names: str) -> Iterator[tuple[Module, str]]:
    for module in source.modules():
        for hop in source.hops(module):
            if any(f"{hop.imported}.".startswith(f"{name}.") for name in names):
                yield module, f"{hop.where} {hop.imported}"


def test_only_safe_http_reaches_the_network() -> None:
    """An unguarded client is an SSRF hole: addresses, redirects, sizes and deadlines are checked in one place."""
    clients = _importers("httpx", "httpcore", "requests", "aiohttp", "urllib.request", "http.client", "urllib3")
    expect_none(where for module, where in clients if module.room != "safe_http")


def test_nothing_is_pickled() -> None:
    """Unpickling runs code: whoever reaches Redis or a file would reach us."""
    expect_none(where for _, where in _importers("pickle", "marshal", "shelve", "dill", "cloudpickle"))


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

    expect_none(parallel())
