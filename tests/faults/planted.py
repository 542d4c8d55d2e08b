"""The harness is tested too: ten known bugs, each a patch that is applied to a copy of the tree and has to be caught.

Run by hand: `python -m tests.faults.planted [NAME …]`. One JSON line {goal, n, failures, seed} at the end.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_name("planted")
CAUGHT_BY = "# caught by: "
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", "*.egg-info")
PASSED, FAILED = 0, 1  # pytest's codes for tests that ran; anything else is trouble of ours


@dataclass(frozen=True, slots=True)
class Bug:
    """One patch: what it breaks, and the test files that must notice."""

    name: str
    what: str
    tests: tuple[str, ...]
    patch: Path


def bugs() -> list[Bug]:
    return [_read(path) for path in sorted(PATCHES.glob("*.patch"))]


def caught(bug: Bug) -> bool:
    """Whether its tests fail on a tree with the bug; they must run for that."""
    with copy() as tree:
        plant(bug, tree)
        return judged(tree, *bug.tests) == FAILED


def judged(tree: Path, *tests: str) -> int:
    """pytest's code for these test files of a tree."""
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    run = subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False)
    if run.returncode not in (PASSED, FAILED):
        print(run.stdout[-3000:], run.stderr[-3000:], file=sys.stderr)
    return run.returncode


def plant(bug: Bug, tree: Path) -> None:
    """Apply the patch, or raise CalledProcessError when the code it was made for has changed."""
    subprocess.run(["git", "apply", str(bug.patch)], cwd=tree, check=True, capture_output=True)


@contextmanager
def copy() -> Iterator[Path]:
    """The tree in a folder of its own, gone afterwards. No repository is above it: `git apply` would look there."""
    with tempfile.TemporaryDirectory(prefix="galley-planted-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        yield tree


def _read(path: Path) -> Bug:
    what, tests = path.read_text().splitlines()[:2]
    return Bug(path.stem, what.removeprefix("# "), tuple(tests.removeprefix(CAUGHT_BY).split()), path)


def main(names: list[str]) -> int:
    chosen = [bug for bug in bugs() if not names or bug.name in names]
    with copy() as tree:
        if judged(tree, *sorted({test for bug in chosen for test in bug.tests})) != PASSED:
            raise SystemExit("Without a bug their tests have to pass first.")
    missed = 0
    for bug in chosen:
        found = caught(bug)
        missed += not found
        print(f"{'caught' if found else 'MISSED':8}{bug.name:28}{bug.what}", flush=True)
    print(json.dumps({"goal": "planted", "n": len(chosen), "failures": missed, "seed": 0}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
