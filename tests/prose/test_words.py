"""Slugs, gaps, sentences, and what people may type."""

import time
import unicodedata

import pytest
from hypothesis import given, strategies

from app.prose import gaps, sentences
from app.prose.clean import typed
from app.prose.slug import slugify


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Cold brew: ratios that work!", "cold-brew-ratios-that-work"),
        ("Über größe Łódź's Café & Øl", "uber-grosse-lodzs-cafe-and-ol"),
        ("日本語のタイトル", "日本語のタイトル"),
        ("हिन्दी में", "हिन्दी-में"),
        ("Привет, мир", "привет-мир"),
        ("ﬁne №5 ½", "fine-no5-1-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\u202eb\x00c", "a-b-c"),
        ("🎉", "post"),
        ("", "post"),
        ("---", "post"),
    ],
)
def test_titles_become_readable_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(strategies.text(max_size=200))
def test_a_slug_is_never_empty_long_or_unsafe(title: str) -> None:
    slug = slugify(title)
    assert 1 <= len(slug) <= 80
    assert not slug.startswith("-") and not slug.endswith("-") and "--" not in slug
    assert all(letter.isalnum() or letter == "-" or unicodedata.category(letter) in ("Mn", "Mc") for letter in slug)
    assert slugify(slug) == slug


def test_a_long_title_is_cut_between_words() -> None:
    assert slugify("word " * 40) == "-".join(["word"] * 16)


def test_open_gaps_are_found_in_order() -> None:
    text = "One [write: the price], two [ WRITE : the date ].\n\n[write:]"
    assert gaps.find(text) == ("the price", "the date", "something")
    assert gaps.find("No gap [here](https://write.example) or in write: this.") == ()


def test_an_unclosed_or_nested_gap_is_still_open() -> None:
    assert gaps.find("Text [write: what comes\nnext") == ("what comes",)
    assert gaps.find("[write: see [1] and more]") == ("see [1",)


def test_a_mark_is_found_again_whatever_it_asks_for() -> None:
    assert gaps.find(gaps.mark("a [b] c\nd")) == ("a (b) c d",)
    assert len(gaps.find(gaps.mark("word " * 200))[0]) <= 280
    assert gaps.find(gaps.mark("")) == ("something",)


def test_a_body_full_of_gaps_is_searched_in_time() -> None:
    began = time.perf_counter()
    gaps.find("[write: " * 60_000 + "[ " * 100_000)
    assert time.perf_counter() - began < 60


def test_sentences_end_where_readers_end_them() -> None:
    assert sentences.split("One. Two! Three? “Four.” Five") == ("One.", "Two!", "Three?", "“Four.”", "Five")
    assert sentences.split("Dr. Meier kam am 1. Mai, z. B. um 3.5 Uhr. Dann ging er.") == (
        "Dr. Meier kam am 1. Mai, z. B. um 3.5 Uhr.",
        "Dann ging er.",
    )
    assert sentences.split("冷萃很淡。称一次!好") == ("冷萃很淡。", "称一次!好")
    assert sentences.question("Wie lange hält es?") and not sentences.question("Is it? Yes.")
    assert sentences.complete("Yes.)") and not sentences.complete("A heading")


def test_typed_text_is_normalised() -> None:
    assert typed("  Cafe\u0301\t \n au  lait ", 99, multiline=False) == "Café au lait"
    assert typed(" a\r\n\r\n b\rc ", 99, multiline=True) == "a\n\n b\nc"
    assert typed("", 9, multiline=False) == "" and typed(" \n ", 9, multiline=True) == ""


@pytest.mark.parametrize("text", ["👩‍👩‍👧‍👦 family", "שלום עולם", "مرحبا\u200f!", "नमस्ते", "a\u200db", "Ａ"])
def test_every_script_round_trips(text: str) -> None:
    assert typed(text, 99, multiline=False) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\x00b", "control characters"),
        ("a\x1bb", "control characters"),
        ("a\ud800", "half of a character"),
        ("\u200b\u200d\ufeff", "no visible"),
        ("\u2800\u3164", "no visible"),
        ("\u0301", "no visible"),
        ("a\u202eb", "direction"),
        ("a\u2066b", "direction"),
        ("x" * 11, "11 characters long; 10 fit"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        typed(text, 10, multiline=False)


def test_a_required_field_must_hold_something() -> None:
    for text in ("", "   ", "\n"):
        with pytest.raises(ValueError, match="Write something"):
            typed(text, 10, multiline=False, required=True)


def test_the_limit_counts_what_is_kept() -> None:
    assert typed("  " + "x" * 10 + "  ", 10, multiline=False) == "x" * 10
