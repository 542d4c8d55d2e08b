"""A wheel is as whole as a checkout: every file the desk reads at run time is named by pyproject.toml."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

from app.settings import ROOT

FOLDERS = ("app", "migrations", "static", "templates")  # found beside each other, in a checkout and in a wheel
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def test_every_folder_the_desk_reads_is_in_the_wheel() -> None:
    wanted = SETUPTOOLS["packages"]["find"]["include"]
    packages = {".".join(file.relative_to(ROOT).parent.parts) for folder in FOLDERS for file in _files(folder)}
    assert {name for name in packages if not any(fnmatch(name, pattern) for pattern in wanted)} == set()
    assert {pattern.rstrip("*") for pattern in wanted} == {*FOLDERS}, "and nothing else is"
    assert "namespaces" not in SETUPTOOLS["packages"]["find"], "folders without __init__.py count"


def test_every_kind_of_file_the_desk_reads_is_in_the_wheel() -> None:
    patterns = ["*.py", *SETUPTOOLS["package-data"]["*"]]
    found = [file for folder in FOLDERS for file in _files(folder)]
    assert [file for file in found if not any(fnmatch(file.name, pattern) for pattern in patterns)] == []
    used = {pattern for file in found for pattern in patterns if fnmatch(file.name, pattern)}
    assert used == {*patterns}, "a pattern that nothing has stands for a file that went away"


def _files(folder: str) -> list[Path]:
    """Without what Python makes, and without the README's pictures, which no page shows."""
    found = (ROOT / folder).rglob("*")
    return [one for one in found if one.is_file() and not {"__pycache__", "readme"} & {*one.parts}]
