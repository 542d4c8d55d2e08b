"""Markdown files with front matter: told apart as their author meant it, or refused with what to change."""

import pytest

from app.manuscript import Unreadable, read

pytestmark = pytest.mark.pure


def test_front_matter_is_told_from_the_text() -> None:
    told = read(b"---\ntitle: Cold brew\nchannels: [Blog, 7]\nat: 2026-12-01T09:00+01:00\n---\n\nTwelve hours.\n")
    assert told.fields == {"title": "Cold brew", "channels": ["Blog", "7"], "at": "2026-12-01T09:00+01:00"}
    assert told.body == "Twelve hours."


def test_values_stay_the_texts_they_are() -> None:
    """To YAML itself `no` is false, 12:30 is 750 and 1.10 is 1.1."""
    assert read(b"---\ntitle: no\nslug: 12:30\nkeyword: 1.10\n---\n").fields == {
        "title": "no", "slug": "12:30", "keyword": "1.10"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["channel", "channels", "profile", "profiles"])
def test_one_channel_needs_no_list(name: str) -> None:
    assert read(f"---\n{name}: Blog\n---\nx".encode()).fields == {"channels": ["Blog"]}


def test_without_a_title_the_first_heading_is_taken_out_of_the_text() -> None:
    told = read(b"# Cold brew #\n\nTwelve hours.\n\n# More\n")
    assert (told.fields, told.body) == ({"title": "Cold brew"}, "Twelve hours.\n\n# More")


def test_a_title_leaves_the_headings_alone() -> None:
    assert read(b"---\ntitle: Brew\n---\n# Cold brew\n").body == "# Cold brew"


@pytest.mark.parametrize("text", ["---\nonly a rule\n", "***\nx", "no front matter", ""])
def test_a_file_without_front_matter_is_all_text(text: str) -> None:
    told = read(text.encode())
    assert (told.fields, told.body) == ({}, text.strip("\n"))


def test_windows_lines_and_a_byte_order_mark_are_read() -> None:
    told = read(b"\xef\xbb\xbf---\r\ntitle: Brew\r\n---\r\nOne.\r\nTwo.\r\n")
    assert (told.fields, told.body) == ({"title": "Brew"}, "One.\nTwo.")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"---\ntitle: A: b\n---\n", "line 2"),
        (b"---\nshedule: 2026\n---\n", "no field 'shedule'"),
        (b"---\njust words\n---\n", "no list of"),
        (b"---\ntitle: [a, b]\n---\n", "title in its front matter takes a text"),
        (b"---\nchannels: {a: b}\n---\n", "channels in its front matter takes a text or a list"),
        (b"caf\xe9", "not UTF-8 text (byte 3)"),
        (b"---\n" + b"[" * 5000 + b"\n---\n", "cannot be read"),
    ],
)
def test_what_cannot_be_taken_says_what_to_change(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        read(data)
    assert said in str(wrong.value)
