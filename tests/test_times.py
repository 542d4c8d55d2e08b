"""Wall time and zone: gaps refused with the next valid time, folds shown with their offset, words with their zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app import times, zones
from app.times import Planned, TimeGap

pytestmark = pytest.mark.pure

BERLIN = "Europe/Berlin"
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
TODAY = date(2027, 3, 10)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("on", "wall", "zone", "expected"),
    [
        (date(2027, 1, 2), time(9), BERLIN, utc(2027, 1, 2, 8)),
        (date(2027, 7, 2), time(9), BERLIN, utc(2027, 7, 2, 7)),
        (date(2027, 1, 2), time(0, 30), "Asia/Kolkata", utc(2027, 1, 1, 19)),
        (date(2027, 1, 2), time(9, 15, 42), "UTC", utc(2027, 1, 2, 9, 15)),
        (SPRING, time(1, 59), BERLIN, utc(2027, 3, 28, 0, 59)),
        (SPRING, time(3), BERLIN, utc(2027, 3, 28, 1)),
    ],
)
def test_a_wall_time_means_one_instant(on: date, wall: time, zone: str, expected: datetime) -> None:
    assert times.instant(on, wall, zone) == expected


@pytest.mark.parametrize(
    ("on", "wall", "zone", "valid", "words"),
    [
        (SPRING, time(2, 30), BERLIN, time(3, 30), "02:30 does not exist on 28 March in Berlin. Use 03:30."),
        (SPRING, time(2), BERLIN, time(3), "02:00 does not exist on 28 March in Berlin. Use 03:00."),
        (date(2027, 3, 14), time(2, 5), "America/New_York", time(3, 5),
         "02:05 does not exist on 14 March in New York. Use 03:05."),
        (date(2027, 10, 3), time(2, 10), "Australia/Lord_Howe", time(2, 40),
         "02:10 does not exist on 3 October in Lord Howe. Use 02:40."),
    ],
)  # fmt: skip
def test_a_time_that_does_not_exist_is_refused_with_one_that_does(
    on: date, wall: time, zone: str, valid: time, words: str
) -> None:
    with pytest.raises(TimeGap) as gap:
        times.instant(on, wall, zone)
    assert str(gap.value) == words
    assert (gap.value.valid.date(), gap.value.valid.time()) == (on, valid)
    assert times.instant(on, valid, zone) == gap.value.valid


def test_of_two_equal_wall_times_the_first_is_meant() -> None:
    assert times.instant(AUTUMN, time(2, 30), BERLIN) == utc(2027, 10, 31, 0, 30)


def test_a_wall_time_that_happens_twice_is_known_as_such() -> None:
    assert times.folded(utc(2027, 10, 31, 0, 30), BERLIN) and times.folded(utc(2027, 10, 31, 1, 30), BERLIN)
    assert not times.folded(utc(2027, 10, 31, 2, 30), BERLIN)
    assert not times.folded(utc(2027, 7, 1, 0, 30), BERLIN)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (utc(2027, 10, 31, 0, 30), BERLIN, "Sun 31 Oct, 02:30 (Berlin, UTC+02)"),
        (utc(2027, 10, 31, 1, 30), BERLIN, "Sun 31 Oct, 02:30 (Berlin, UTC+01)"),
        (utc(2027, 10, 31, 8), BERLIN, "Sun 31 Oct, 09:00 (Berlin)"),
        (utc(2027, 3, 10, 8), BERLIN, "today, 09:00 (Berlin)"),
        (utc(2027, 3, 10, 23, 30), BERLIN, "tomorrow, 00:30 (Berlin)"),
        (utc(2028, 1, 3, 8), "America/New_York", "Mon 3 Jan 2028, 03:00 (New York)"),
        (utc(2027, 11, 7, 6, 30), "America/New_York", "Sun 7 Nov, 01:30 (New York, UTC-05)"),
    ],
)
def test_a_moment_reads_with_its_zone_and_a_fold_with_its_offset(at: datetime, zone: str, expected: str) -> None:
    assert times.moment(at, zone, TODAY) == expected


def test_an_offset_of_half_hours_is_shown_whole() -> None:
    """In Lord Howe 01:45 happens at +11:00 and at +10:30; cutting the minutes would hide which."""
    first, second = utc(2027, 4, 3, 14, 45), utc(2027, 4, 3, 15, 15)
    assert times.local(first, "Australia/Lord_Howe").time() == times.local(second, "Australia/Lord_Howe").time()
    assert times.moment(first, "Australia/Lord_Howe", TODAY) == "Sun 4 Apr, 01:45 (Lord Howe, UTC+11)"
    assert times.moment(second, "Australia/Lord_Howe", TODAY) == "Sun 4 Apr, 01:45 (Lord Howe, UTC+10:30)"


@pytest.mark.parametrize(
    ("on", "wall", "expected"),
    [
        (None, None, Planned(None, None, BERLIN, None)),
        (SPRING, None, Planned(SPRING, None, BERLIN, None)),
        (SPRING, time(9), Planned(SPRING, time(9), BERLIN, utc(2027, 3, 28, 7))),
    ],
)
def test_a_plan_keeps_the_words_and_the_instant(on: date | None, wall: time | None, expected: Planned) -> None:
    assert times.planned(on, wall, BERLIN) == expected


def test_a_time_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="Pick a day for that time"):
        times.planned(None, time(9), BERLIN)


@pytest.mark.parametrize(
    ("on", "wall", "zone"),
    [(date(9999, 12, 31), time(23, 59), "America/New_York"), (date(1, 1, 1), time(0, 0), "Asia/Kolkata")],
)
def test_a_time_beyond_counting_is_refused_and_no_crash(on: date, wall: time, zone: str) -> None:
    with pytest.raises(ValueError, match="nearer day"):
        times.planned(on, wall, zone)


def test_a_plan_inside_a_gap_is_refused() -> None:
    with pytest.raises(TimeGap):
        times.planned(SPRING, time(2, 30), BERLIN)


@given(
    some.dates(date(2000, 1, 1), date(2036, 12, 31)), some.times().map(lambda t: t.replace(second=0, microsecond=0)),
    some.sampled_from(zones.zones()),
)  # fmt: skip
def test_every_wall_time_of_every_zone_comes_back_or_is_refused(on: date, wall: time, zone: str) -> None:
    try:
        at = times.instant(on, wall, zone)
    except TimeGap as gap:
        assert gap.valid > datetime.combine(on, wall, ZoneInfo(zone)).replace(tzinfo=gap.valid.tzinfo)
        assert times.instant(gap.valid.date(), gap.valid.time(), zone) == gap.valid
    else:
        here = times.local(at, zone)
        assert (here.date(), here.time(), at.tzinfo) == (on, wall, UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [(BERLIN, "Berlin"), ("America/Argentina/Buenos_Aires", "Buenos Aires"), ("UTC", "UTC")],
)
def test_a_zone_is_called_by_its_city(zone: str, expected: str) -> None:
    assert times.city(zone) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (2, "Fri 12 Mar"), (-9, "Mon 1 Mar"), (300, "Tue 4 Jan 2028")],
)
def test_a_day_reads_as_people_say_it(days: int, expected: str) -> None:
    assert times.day(TODAY + timedelta(days=days), TODAY) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "just now"), (59, "just now"), (-30, "just now"), (60, "1 min"), (35 * 60, "35 min"), (3_599, "59 min"),
     (3_600, "1 h"), (4 * 3_600, "4 h"), (86_399, "23 h"), (86_400, "1 day"), (3 * 86_400, "3 days")],
)  # fmt: skip
def test_how_long_ago_reads_in_one_unit(seconds: int, expected: str) -> None:
    present = utc(2027, 3, 10, 12)
    assert times.ago(present - timedelta(seconds=seconds), present) == expected
