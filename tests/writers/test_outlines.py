"""A team's own outline: used as written, kept in its sandbox, and a sentence when it is broken."""

import pytest

from app.writers import outlines
from app.writers.contract import Brief, Failed
from app.writers.outline import OutlineWriter
from tests.writers.test_outline import COLD_BREW, quiet, written

TEAMS = """\
# ignored
{% for s in sections %}
## {{ loop.index }} {{ s.heading|upper }}
{{ s.blocks|join(' ') }}
{% endfor %}
"""
NESTED = "{% for a in details[0] %}{% for b in details[0] %}%s{% endfor %}{% endfor %}"


async def test_a_teams_own_outline_is_used() -> None:
    made = await written(Brief("T", brief="Hello there.\n\nPart:\n\nWords.", outline=TEAMS))
    assert made.body == "# ignored\n## 1 PART\nWords.\n"


async def test_the_built_in_outline_can_be_copied_into_settings() -> None:
    plan = Brief("T", brief=COLD_BREW)
    copied = Brief("T", brief=COLD_BREW, outline=outlines.BUILT_IN)
    assert await written(plan) == await written(copied)


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        ("{{ nope }}", "line 1: 'nope' is undefined"),
        ("one\n{% for %}", "line 2"),
        ("one\ntwo\n{{ title.upper() }}", "line 3"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ sections.__class__ }}", "unsafe"),
        ("{{ gap.__globals__ }}", "unsafe"),
        ("{{ 'a' * 999999999 }}", "cannot use '*'"),
        ("{{ 9 ** 999999999 }}", "cannot use '**'"),
        ("{{ '%999999999d' % 1 }}", "cannot use '%'"),
        ("{% include 'x' %}", "line 1"),
        ("{{ range(9) }}", "'range' is undefined"),
        ("{{ 'x'|center(999999999) }}", "center"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ("{{ 1/0 }}", "division by zero"),
        (NESTED.replace("%s", "{{ details[0] }}"), "500,000"),
        (NESTED.replace("%s", "{% for c in details[0] %}{% endfor %}"), "longer than"),
        ("{# nothing #}", "empty draft"),
    ],
)  # fmt: skip
async def test_a_broken_outline_is_a_failure_with_a_sentence(
    outline: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlines, "SECONDS", 0.3)
    plan = Brief("T", brief="Intro.\n\n" + "Some words here. " * 60, outline=outline)
    answer = await OutlineWriter().draft(plan, quiet)
    assert isinstance(answer, Failed)
    assert answer.kind == "invalid_request" and said in answer.note and answer.note.endswith("Correct it in Settings.")
