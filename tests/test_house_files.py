"""The house rules about templates and about what the repository may say. Each says why it is one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import source
from tests.source import ROOT, expect_none
from tests.test_house_statuses import STATUSES

pytestmark = pytest.mark.pure


def _hits(pattern: str, text: str, *, code: bool) -> list[str]:
    parts = source.code_of(text) if code else [source.markup_of(text)]
    return [hit.group(0) for part in parts for hit in re.finditer(pattern, part, re.IGNORECASE)]


def _in_templates(pattern: str, *, code: bool) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {hit}"
        for path in source.templates()
        for hit in _hits(pattern, path.read_text(), code=code)
    ]


COMPARED = r"\bstatus\b\s*(==|!=|(not\s+)?in\b|is\b)(?!\s*\d)[^%}]*"  # HTTP's are numbers
NAMED = rf"(==|!=|\bin\b)\s*[(\[]?\s*['\"]({'|'.join(sorted(STATUSES))})['\"]"
HANDLER = r"""[\s"'](on[a-z]+|hx-on[:\w-]*)\s*="""
SCRIPT = r"<script(?![^>]*\bsrc=)[^>]*>"
STYLE = r"""<style\b[^>]*>|[\s"']style\s*="""
UNESCAPED = r"\|\s*safe\b|\bautoescape\s+false\b"


def test_templates_never_compare_a_status() -> None:
    """The tables decide what is open; a page that tests a status has its own, second opinion."""
    expect_none(_in_templates(COMPARED, code=True))
    expect_none(_in_templates(NAMED, code=True))


def test_templates_carry_no_script_of_their_own() -> None:
    """The content policy forbids inline script: what is typed into a post must never run."""
    expect_none(_in_templates(SCRIPT, code=False))
    expect_none(_in_templates(HANDLER, code=False))
    expect_none(_in_templates(r"javascript:", code=False))


def test_templates_carry_no_style_of_their_own() -> None:
    """The content policy forbids inline style; the design lives in one sheet."""
    expect_none(_in_templates(STYLE, code=False))


def test_templates_never_switch_escaping_off() -> None:
    """Sanitised HTML arrives as Markup from the page that declares it; a filter would let anything through."""
    expect_none(_in_templates(UNESCAPED, code=True))


@pytest.mark.parametrize(
    ("pattern", "template", "code"),
    [
        (COMPARED, "{% if post.status == x %}", True),
        (COMPARED, "{{ 'a' if status in done else 'b' }}", True),
        (NAMED, "{% if found == 'approved' %}", True),
        (SCRIPT, "<script>go()</script>", False),
        (SCRIPT, '<script type="application/ld+json">{}</script>', False),
        (HANDLER, '<p onclick="go()">', False),
        (HANDLER, '<p hx-on::after-swap="go()">', False),
        (STYLE, "<style>p{}</style>", False),
        (STYLE, '<p class="a" style="color: red">', False),
        (UNESCAPED, "{{ body | safe }}", True),
        (UNESCAPED, "{% autoescape false %}", True),
    ],
)
def test_a_template_that_breaks_a_rule_would_be_noticed(pattern: str, template: str, code: bool) -> None:
    assert _hits(pattern, template, code=code)


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
    expect_none(hit for path in kept if path.resolve() != itself for hit in _said_in(path, pattern))


def test_nothing_kept_names_where_this_checkout_lies() -> None:
    """The same for the folder that these tests run in, whatever it is called."""
    here = re.compile(rf"(?<![\w.~-]){re.escape(str(ROOT))}(?=/[\w.-]|[\"'\s]|$)")
    kept = [path for path in source.kept_files() if path.suffix in TEXT or not path.suffix]
    expect_none(hit for path in kept for hit in _said_in(path, here))
