"""The source as data, for tests/test_house.py: modules, their trees, imports, functions, strings and templates."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file of app/: dotted name and tree."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(), str(self.path))

    @property
    def room(self) -> str:
        """app.flow.publish lies in the room `flow`, app.moves is the room `moves`."""
        return self.name.split(".")[1] if "." in self.name else ""

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}"

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)

    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes() if isinstance(node, Function))

    def strings(self) -> Iterator[ast.Constant]:
        """Every string that is not a docstring or another bare statement."""
        bare = {id(node.value) for node in self.nodes() if isinstance(node, ast.Expr)}
        return (
            node
            for node in self.nodes()
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare
        )


@dataclass(frozen=True, slots=True)
class Hop:
    """An import: who, whom, where, and whether inside a function."""

    importer: Module
    imported: str
    where: str
    late: bool


def expect_none(violations: Iterable[str]) -> None:
    """Fail with every violation on a line of its own."""
    if found := sorted(set(violations)):
        pytest.fail("\n".join(found), pytrace=False)


@cache
def modules() -> tuple[Module, ...]:
    return tuple(Module(_dotted(path), path) for path in sorted((ROOT / "app").rglob("*.py")))


@cache
def templates() -> tuple[Path, ...]:
    found = (ROOT / "templates").rglob("*")
    return tuple(sorted(path for path in found if path.suffix in (".html", ".xml", ".jinja")))


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that git tracks or would track."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in found if path.is_file())


def hops(module: Module) -> Iterator[Hop]:
    late = {id(inner) for function in module.functions() for inner in ast.walk(function)}
    for node in module.nodes():
        for imported in _imported(module, node):
            yield Hop(module, imported, module.at(node), id(node) in late)


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    first = function.body[0]
    return lines - ((first.end_lineno or 0) - first.lineno + 1)


def circles(graph: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Every way back to where one came from, as the path that shows it."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()

    def visit(place: str, path: tuple[str, ...]) -> None:
        if place in path:
            found.append((*path[path.index(place) :], place))
        elif place not in done:
            for following in sorted(graph.get(place, ())):
                visit(following, (*path, place))
            done.add(place)

    for place in sorted(graph):
        visit(place, ())
    return found


def code_of(template: str) -> list[str]:
    """What stands inside {{ … }} and {% … %}, comments left out."""
    bare = re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)
    return re.findall(r"\{[{%](.*?)[%}]\}", bare, flags=re.DOTALL)


def markup_of(template: str) -> str:
    """What reaches the browser: the template without its own code."""
    bare = re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)
    return re.sub(r"\{[{%].*?[%}]\}", "", bare, flags=re.DOTALL)


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(module: Module, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=origin, names=names, level=level):
            home = module.name.split(".")
            package = home if module.path.name == "__init__.py" else home[:-1]
            above = package[: len(package) - level + 1] if level else []
            whole = ".".join([*above, *([origin] if origin else [])])
            yield from (f"{whole}.{alias.name}" for alias in names)
