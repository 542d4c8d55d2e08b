"""The drawn cover: the same for the same post, readable in any brand, and never a box where a letter should be."""

import random
from io import BytesIO

import pytest
from PIL import Image

from app import illustrators
from app.illustrators import colours, lettering
from app.illustrators.colours import READABLE, VISIBLE, contrast, palette
from app.illustrators.contract import Drawn, Wish
from app.illustrators.cover import ABOVE, BELOW, BESIDE, Cover
from app.settings import Settings

TITLES = [
    "Tea", "Cold brew ratios that actually work", "Donaudampfschifffahrtsgesellschaftskapitän tritt zurück",
    "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung", "Łódź: pięć kawiarni", "Привет, мир",
    "Ελληνικά", "Tiếng Việt rất đẹp", "Launch day 🚀 is here! 🎉", "Case study — Nordwind GmbH & Co. KG", "x" * 300,
    "word " * 60, "-", "A", "50 % off: 3 × 2 → 6 €", "e\u0301te\u0301",
]  # fmt: skip
UNWRITABLE = ["القهوة الباردة", "日本のコーヒー", "שלום", "นี่คือ", "हिन्दी", "🎉🎉", "", " ", "\u200b", "iPhone 発売"]
BRANDS = [
    {}, {"ink": "#000000", "paper": "#ffffff", "accent": "#ff0000"}, {"ink": "#777", "paper": "#777", "accent": "#777"},
    {"ink": "#ffff00", "paper": "#ffffff", "accent": "#00ffff"}, {"ink": "#000", "paper": "#000", "accent": "#000"},
    {"ink": "red", "paper": "", "accent": "url(x)"},
]  # fmt: skip


async def drawn(title: str, **wish: object) -> Image.Image:
    answer = await Cover().draw(Wish("prompt", title, "Harbor Coffee", **wish))  # type: ignore[arg-type]
    assert isinstance(answer, Drawn) and answer.mime == "image/png"
    return Image.open(BytesIO(answer.bytes))


async def test_the_same_wish_draws_the_same_bytes_and_another_title_another_picture() -> None:
    wish = Wish("p", "Cold brew", "Harbor Coffee")
    once, twice = await Cover().draw(wish), await Cover().draw(wish)
    assert once == twice
    pictures = {(await Cover().draw(Wish("p", f"Title {n}", "T"))).bytes for n in range(12)}  # type: ignore[union-attr]
    assert len(pictures) == 12


@pytest.mark.parametrize("title", TITLES + UNWRITABLE)
async def test_every_title_is_drawn_in_full_size(title: str) -> None:
    image = await drawn(title)
    assert image.size == (1600, 900) and image.mode == "RGB"
    assert len(image.getcolors(1 << 24) or []) > 3


@pytest.mark.parametrize("size", [(1200, 630), (1080, 1080), (1080, 1920), (64, 64), (9, 99_999)])
async def test_other_sizes_are_padded_and_never_cropped(size: tuple[int, int]) -> None:
    image = await drawn("Cold brew", width=size[0], height=size[1])
    assert image.size == (min(max(size[0], 64), 4096), min(max(size[1], 64), 4096))


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("layout", [BESIDE, BELOW, ABOVE])
def test_a_headline_is_whole_and_inside_its_box(title: str, layout: object) -> None:
    assert isinstance(layout, type(BESIDE))
    text = lettering.writable(title)
    headline = layout.set(text)
    left, top, right, bottom = layout.words
    assert "".join("".join(headline.lines).split()) == "".join(text.split())
    assert 1 <= len(headline.lines) <= 4
    face = lettering.font(headline.size, lettering.HEAVY)
    assert all(face.getlength(line) <= right - left for line in headline.lines)
    assert len(headline.lines) * headline.size * lettering.LINE_HEIGHT <= bottom - top + headline.size * 0.1


def test_lines_are_balanced() -> None:
    lines = BELOW.set("Ten questions to ask before you sign a lease").lines
    assert lines == ("Ten questions to ask", "before you sign a lease")
    assert BESIDE.set("Case study — Nordwind GmbH & Co. KG").lines[0] == "Case study —"


@pytest.mark.parametrize("title", UNWRITABLE)
def test_a_title_the_font_cannot_write_is_left_out(title: str) -> None:
    assert lettering.writable(title) == ""


def test_emoji_are_dropped_and_signs_kept() -> None:
    assert lettering.writable("Launch 🚀 day 👩‍👩‍👧!") == "Launch day !"
    assert lettering.writable("© 50 % → 6 €™") == "© 50 % → 6 €™"
    assert lettering.writable("Łódź Ελλάδα Привет ệ") == "Łódź Ελλάδα Привет ệ"


@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("seed", range(12))
def test_words_are_readable_and_shapes_visible_in_any_brand(brand: dict[str, str], seed: int) -> None:
    chosen = palette(Wish("", "", "", **brand), random.Random(seed))  # type: ignore[arg-type]
    assert contrast(chosen.words, chosen.ground) >= READABLE
    assert contrast(chosen.mark, chosen.ground) >= 3
    assert all(contrast(shape, chosen.ground) >= VISIBLE for shape in chosen.shapes)


def test_brand_colours_are_used_when_they_read_well() -> None:
    wish = Wish("", "", "", ink="#12261e", paper="#f4f7f2", accent="#2f8f5b")
    own = {colours.parsed(text, "#000000") for text in (wish.ink, wish.paper, wish.accent)}
    grounds = [palette(wish, random.Random(seed)) for seed in range(30)]
    assert {one.ground for one in grounds} == own
    assert sum(one.words in own for one in grounds) > 20


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


async def test_the_words_stay_off_the_pattern() -> None:
    for number in range(12):
        image = await drawn(f"Cold brew number {number}")
        layout = next(one for one in (BESIDE, BELOW, ABOVE) if _blank_around(image, one))
        assert layout in (BESIDE, BELOW, ABOVE)


def _blank_around(image: Image.Image, layout: object) -> bool:
    """Between the art and the words lies a strip of plain ground."""
    assert isinstance(layout, type(BESIDE))
    left, _, right, bottom = layout.art
    strips = {
        BESIDE: (left - 40, 0, left - 4, 900),
        BELOW: (0, 560, 1600, 578),
        ABOVE: (0, bottom + 6, right, bottom + 40),
    }
    return len(image.crop(strips[layout]).getcolors() or [0, 0]) == 1


async def test_a_long_team_name_is_shortened_on_the_cover() -> None:
    answer = await Cover().draw(Wish("", "Tea", "A very long name of a team " * 9))
    assert isinstance(answer, Drawn)
    assert isinstance(await Cover().draw(Wish("", "Tea", "")), Drawn)
    assert isinstance(await Cover().draw(Wish("", "Tea", "日本")), Drawn)


def test_the_settings_choose_the_illustrator() -> None:
    assert illustrators.configured(Settings()).name == "cover"
    assert illustrators.configured(Settings(image_base_url="http://127.0.0.1:1")).name == "openai"
