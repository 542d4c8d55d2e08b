"""What the demo's team has planned and not written: ideas, days, and runs of the writer. For app/demo only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Idea:
    """A post before its text. `day` counts from today; `wall` is its time of day."""

    title: str
    keyword: str
    angle: str
    brief: str
    day: int | None = None
    wall: str = ""
    campaign: str = ""


UNDATED = (
    Idea("Portrait: the woman who reads the water", "dyke warden", "a day with her", "Three questions, no jargon."),
    Idea("What a sandbag weighs", "sandbag", "hands-on", "Dry, wet, and passed along a chain of forty people."),
    Idea("Ten words only dyke people use", "dialect", "a small dictionary", "With how to say them aloud."),
    Idea("From the store: the brass tide gauge", "tide gauge", "one object", "Who read it, and when it stopped."),
    Idea("A recipe for samphire", "samphire", "from the café", "Season, salt, and what not to pick."),
)
DATED = (
    Idea("Eel traps and willow", "willow", "craft", "The weaver comes on two Saturdays.", 3, "10:00", "open"),
    Idea("How to read a cloud over water", "clouds", "a field guide", "Four clouds, four forecasts.", 5, "", "moon"),
    Idea("The lamp is lit again", "lamp", "announcement", "Only if the wiring passes.", 7, "17:00", "open"),
    Idea("Mud lab: what lives in a litre", "mud", "for schools", "With the counting sheet.", 9, "", "schools"),
    Idea("Before and after: the rope store", "rope store", "two pictures", "", 11, "09:00"),
    Idea("Open between the years", "opening hours", "announcement", "Closed on the 24th and the 31st.", 12, "09:00"),
    Idea("A class writes a ship's log", "logbook", "for schools", "Their best lines.", 14, "", "schools"),
    Idea("Spring tide: a walk at the edge", "spring tide", "guided walk", "Boots, times, meeting point.", 17, "09:00",
         "moon"),
)  # fmt: skip
OUTLINED = (
    Idea("Moon phases for beginners", "moon phases", "explain it with an orange",
         "New, half, full; why the highest tide comes two days late.", 4, "09:00", "moon"),
    Idea("Visiting with a class", "school visit", "practical",
         "Prices, groups, lunch, what to wear. Booking by telephone only.", 6, "08:00", "schools"),
)  # fmt: skip
WRITING = Idea("The sound of the tide bell", "tide bell", "listen first", "A recording, then the story.", 0)
ILLUSTRATED = Idea(
    "A letter from the lightship", "lightship", "read aloud", "From the cook's letters.", 8, "16:00", "open"
)
STOPPED = Idea("Our year in numbers", "year in review", "one table", "Visitors, eggs, gloves.", 12, "09:00")
FAILED = Idea("Interview with an oystercatcher", "oystercatcher", "tongue in cheek", "Keep it short.", 2, "09:00")
MISSED = (
    Idea("Fog: why we ring", "fog", "explain", "The bell's rhythm, and who hears it.", -4, "", "moon"),
    Idea("Low water at lunchtime", "low water", "a reason to come", "Only works that week.", -2, "10:00"),
)
