"""An @ with a known name names somebody; anything else stays text."""

import pytest

from app.prose.mentions import callable_by, named, split

PEOPLE = callable_by({"Mara Okafor": 1, "Mara Oka": 2, "Jonas Beck": 3, "O'Neil (guest)": 4})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Jonas Beck please", [3]),
        ("@jonas please", [3]),
        ("Thanks, @Mara Okafor.", [1]),
        ("@Mara Oka, then @Mara Okafor", [2, 1]),
        ("@Jonas @Jonas Beck", [3]),
        ("@Mara is not unique", []),
        ("@Jonasson", []),
        ("jonas@beck.example and a@Jonas", []),
        ("@O'Neil (guest)", [4]),
        ("@nobody", []),
        ("", []),
    ],
)
def test_the_longest_known_name_is_meant(text: str, found: list[int]) -> None:
    assert named(text, PEOPLE) == found
    assert "".join(piece for piece, _ in split(text, PEOPLE)) == text


def test_without_people_everything_is_text() -> None:
    assert [*split("@Jonas", {})] == [("@Jonas", None)]
