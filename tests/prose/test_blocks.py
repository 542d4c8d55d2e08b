"""A rendered body falls into its paragraphs, and nothing of it is lost or torn."""

import pytest

from app.prose import markdown
from app.prose.blocks import MOST, blocks


def test_every_outermost_element_is_one_block() -> None:
    text = "One *two*.\n\n## Three\n\n- a\n- b\n\n---\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    found = blocks(markdown.render(text))
    assert [block.text for block in found] == ["One two.", "Three", "a b", "", "quoted", "a b 1 2"]
    assert found[0].html == "<p>One <em>two</em>.</p>"


@pytest.mark.parametrize("text", ["a\nb\n\nc", "<b>x</b>\n\n`<p>`", '[a](https://x.example/?q=">")', "", "***"])
def test_the_blocks_together_are_the_body(text: str) -> None:
    html = markdown.render(text)
    assert "".join("".join(block.html for block in blocks(html)).split()) == "".join(html.split())


def test_marks_in_an_attribute_end_no_tag() -> None:
    html = '<p><img src="/media/x" alt="a > b"></p><p>After</p>'
    assert [block.text for block in blocks(html)] == ["", "After"]


def test_words_are_read_as_people_read_them() -> None:
    assert blocks("<p>Salt &amp; <em>tide</em>s</p>")[0].text == "Salt & tides"
    assert len(blocks(f"<p>{'x' * 5000}</p>")[0].text) == MOST
