"""The demo's agenda: what each post went through, told in the days before today. For app/demo only."""

from functools import partial

from app.content import Text
from app.demo import plans, words
from app.demo.channels import answer_next
from app.demo.desk import Desk
from app.demo.plans import Idea
from app.flow import plan
from app.flow.plan import Plan
from app.times import planned
from app.writers.contract import Failed

EVERYWHERE = ("blog", "app", "town")
# Day, time, where, whose campaign: in the order of the texts.
WENT_OUT = (
    (-40, "09:00", EVERYWHERE, "moon"), (-38, "10:00", ("blog",), "moon"), (-36, "08:30", EVERYWHERE, ""),
    (-34, "09:00", ("blog", "app"), "open"), (-31, "14:00", EVERYWHERE, "open"), (-29, "09:00", ("blog",), ""),
    (-27, "09:00", ("blog", "app"), "schools"), (-24, "11:30", ("blog",), ""), (-22, "19:00", ("blog", "app"), "moon"),
    (-20, "10:30", EVERYWHERE, ""), (-18, "09:00", ("blog",), ""), (-16, "09:00", ("blog", "letter"), ""),
    (-14, "08:00", EVERYWHERE, ""), (-12, "09:00", ("blog", "letter"), ""), (-10, "10:00", EVERYWHERE, ""),
    (-8, "09:00", ("blog",), "moon"), (-6, "12:00", ("blog", "letter"), "open"), (-5, "09:00", EVERYWHERE, "moon"),
    (-3, "09:00", ("blog", "app"), ""), (-1, "09:00", EVERYWHERE, "moon"),
)  # fmt: skip
WRITERS = ("mara", "tomas")
PICTURES = {0: "The harbour at low water, its boats lying on the mud", 3: "A bronze bell on a plank between tractors",
            14: "Seals on a sandbank, seen from above", 19: "Tidal flats under a wide sky"}  # fmt: skip
COMING: tuple[tuple[int, int | None, str, tuple[str, ...], str, str], ...] = (
    # Text, day, time, channels, campaign, and how far it has come.
    (0, 1, "09:00", ("blog", "app"), "open", "approved"), (2, 3, "10:00", EVERYWHERE, "open", "approved"),
    (6, 6, "09:00", ("blog", "town"), "", "approved"), (7, 2, "07:30", ("app",), "", "approved"),
    (18, 8, "09:00", EVERYWHERE, "moon", "approved"), (3, None, "", ("blog",), "", "approved"),
    (9, None, "", EVERYWHERE, "open", "approved"), (1, 2, "09:00", ("blog", "app"), "", "written"),
    (4, 4, "09:00", EVERYWHERE, "moon", "written"), (5, 5, "09:00", ("blog", "letter"), "moon", "written"),
    (11, 10, "09:00", ("blog",), "", "written"), (19, 1, "12:00", ("blog", "app"), "", "written"),
    (15, 4, "15:00", ("app",), "open", "written"), (16, None, "", ("blog",), "", "written"),
)  # fmt: skip


def write_agenda(desk: Desk) -> None:
    for number, told in enumerate(WENT_OUT):
        _went_out(desk, number, *told)
    for number, day, wall, on, campaign, reached in COMING:
        text = words.coming()[number]
        desk.clock.at(-3, "16:10", partial(_plan, desk, _idea(text, day, wall, campaign), "mara", on, text))
        if reached == "approved":
            desk.clock.at(-1, "11:25", partial(desk.approve, text.title, "jonas"))
    _review(desk)
    _trouble(desk)
    _plans(desk)
    _writing(desk)


def _went_out(desk: Desk, number: int, day: int, wall: str, on: tuple[str, ...], campaign: str) -> None:
    text, who = words.live()[number], WRITERS[number % 2]
    at, title = desk.clock.at, text.title
    at(day - 4, "14:20", partial(_plan, desk, _idea(text, day, wall, campaign), who, on, text))
    if number in PICTURES:
        at(day - 4, "15:05", partial(desk.picture, title, PICTURES[number], who))
    if number % 5 == 2:
        at(day - 3, "09:15", partial(desk.say, title, f"Please check this once more, @{who.title()}.", "jonas"))
        at(day - 3, "11:40", partial(desk.edit, title, "Checked with the harbour office.", who))
    at(day - 2, "10:40", partial(desk.approve, title, "ada" if number % 3 else "jonas"))
    at(day, wall, partial(desk.send, title))


def _idea(text: Text, day: int | None = None, wall: str = "", campaign: str = "") -> Idea:
    return Idea(text.title, "", "", "", day, wall, campaign)


async def _plan(
    desk: Desk, idea: Idea, who: str, on: tuple[str, ...] = ("blog", "app"), text: Text | None = None
) -> None:  # fmt: skip
    when = planned(None, None, desk.clock.zone) if idea.day is None else desk.clock.planned(idea.day, idea.wall)
    channels, campaign = tuple(desk.channels[key] for key in on), desk.campaigns.get(idea.campaign)
    wanted = Plan(idea.title, when, idea.keyword, idea.angle, idea.brief, campaign, channels, text)
    await desk.plan(wanted, who)


def _review(desk: Desk) -> None:
    """What people said about drafts, and what they declined."""
    at, title = desk.clock.at, [text.title for text in words.coming()]
    at(-2, "10:05", partial(desk.edit, title[4], "The hide has room for six.", "jonas"))
    at(-2, "10:30", partial(desk.say, title[5], "Lovely. Is it hydrogen sulphide, @Tomas?", "jonas", 2))
    at(-1, "09:20", partial(desk.say, title[5], "It is. @Mara, one half sentence?", "tomas"))
    at(-1, "15:20", partial(desk.ask_for_changes, title[1], "Which Saturdays, and from what hour?", "jonas"))
    at(-2, "15:45", partial(desk.ask_for_changes, title[11], "Name the street, please, and ask the archive.", "ada"))
    at(-1, "16:30", partial(desk.edit, title[11], "The boxes stood in Deichstraße 4.", "mara"))
    at(-1, "16:35", partial(desk.say, title[11], "@Ada, done. The archive agrees.", "mara"))
    at(-2, "17:10", partial(desk.reject, title[15], "It smells of nothing, and we do not hunt for shares.", "ada"))
    at(-1, "08:50", partial(desk.reject, title[16], "Kind, but not ours to say.", "jonas"))


def _trouble(desk: Desk) -> None:
    """What went wrong on its way, and what was taken down."""
    _sent_today(desk, 14, -9, ("blog", "app"))
    desk.clock.at(-8, "18:00", partial(desk.take_down, words.coming()[14].title, "ada"))
    _sent_today(desk, 12, -2, ("letter",), ("letter", "drop_after"))
    _sent_today(desk, 13, -1, ("blog", "schools"), ("schools", "unauthorised"))
    _sent_today(desk, 17, -1, ("town",), ("town", "too_large"))
    _sent_today(desk, 10, 0, ("blog", "town"), ("town", "too_many"), 3000)


def _sent_today(
    desk: Desk, number: int, day: int, on: tuple[str, ...], fault: tuple[str, str] | None = None, seconds: int = 0
) -> None:
    """Written, approved and published on one day, on channels one of which perhaps plays a fault."""
    text, at = words.coming()[number], desk.clock.at
    at(day, "13:10", partial(_plan, desk, _idea(text), "tomas", on, text))
    at(day, "13:50", partial(desk.approve, text.title, "jonas"))
    if fault:
        at(day, "13:58", partial(answer_next, desk.channels[fault[0]], fault[1], seconds))
    at(day, "14:00", partial(desk.publish, text.title, "jonas"))


def _plans(desk: Desk) -> None:
    at = desk.clock.at
    for number, idea in enumerate((*plans.UNDATED, *plans.DATED)):
        at(-7 + number // 4, f"{9 + number % 4}:35".zfill(5), partial(_plan, desk, idea, WRITERS[number % 2]))
    for idea in plans.MISSED:
        at(-6, "11:00", partial(_plan, desk, idea, "tomas"))
        at((idea.day or 0) + 1, "00:05", _miss)


async def _miss() -> None:
    await plan.daily()


def _writing(desk: Desk) -> None:
    """Runs of the writer: finished with gaps, stopped, failed, waiting, and one whose last picture is to come."""
    at = desk.clock.at
    for idea in plans.OUTLINED:
        at(-2, "08:40", partial(_plan, desk, idea, "mara"))
        at(-1, "06:00", partial(desk.generate, idea.title, "mara"))
    for idea in (plans.STOPPED, plans.FAILED, plans.ILLUSTRATED):
        at(-1, "14:15", partial(_plan, desk, idea, "tomas"))
        at(-1, "14:20", partial(desk.start, idea.title, "tomas"))
    at(-1, "14:21", partial(desk.stop, plans.STOPPED.title, "tomas"))
    failed = Failed("provider_unavailable", "The writer was interrupted too often.")
    at(-1, "14:25", partial(desk.answer, plans.FAILED.title, failed, 3))
    text = words.coming()[8]
    pictures = ("A lightship in a winter sea", "A stove in a ship's cabin")
    at(0, "", partial(desk.half_drawn, plans.ILLUSTRATED.title, text, *pictures))
    at(0, "", partial(_plan, desk, plans.WRITING, "mara"))
    at(0, "", partial(desk.start, plans.WRITING.title, "mara"))
    at(0, "", partial(desk.busy_writer, plans.WRITING.title))
