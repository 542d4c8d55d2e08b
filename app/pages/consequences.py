"""What a button will do, in sentences that name the time, its zone and the channels. Read by the confirm pages."""

from collections.abc import Callable

from app.lifecycles.facts import UNSETTLED
from app.lifecycles.phrases import joined
from app.lifecycles.statuses import DeliveryStatus
from app.pages.words import View, approved_means
from app.times import city, day

Told = tuple[str, ...]
LAST_TIME = "Nothing is published until it is approved again."


def sentences(name: str, view: View) -> Told:
    """The consequences of `name` for this post; never empty for a button."""
    return tuple(sentence for sentence in SENTENCES[name](view) if sentence)


def _joined(names: list[str]) -> str:
    return joined(*names) or "no channel"


def _going(view: View) -> str:
    """Where a new publication goes, or where the open one is on its way to."""
    waiting = [t.name for t in view.facts.wanted if t.delivery in UNSETTLED]
    if not waiting and not view.facts.sendable and view.facts.repeatable:
        return "the channels you tick"
    return _joined(waiting or [target.name for target in view.facts.sendable])


def _live(view: View, *, removes: bool) -> list[str]:
    return [target.name for target in view.facts.live if target.removes == removes]


def _due(view: View) -> str:
    """When it was to go out."""
    run = view.facts.run
    if run is None or run.due_at is None:
        return f"It is next in line for {_going(view)}."
    return f"It was to go out {view.when(run.due_at)} on {_going(view)}."


def _asks_first(view: View) -> str:
    held = [sent.name for sent in view.detail.deliveries if sent.status == DeliveryStatus.HANDED_OFF]
    return f"We will ask {_joined(held)} to cancel it first." if held else ""


def _left_out(view: View) -> Told:
    """A retry leaves out what stands; the sentence says so."""
    live = [target.name for target in view.facts.live if target not in view.facts.repeatable]
    unclear = [target.name for target in view.facts.unconfirmed]
    return (
        f"Already live and not sent again: {_joined(live)}." if live else "",
        f"Not confirmed and not sent again: {_joined(unclear)}." if unclear else "",
    )


def _sends(view: View) -> Told:
    when = f"on the day and at the time below ({city(view.detail.zone)} time)"
    return (f"It goes out on {_going(view)} {when}.", *_left_out(view))


def _publish_now(view: View) -> Told:
    run = view.facts.run
    was = f"instead of {view.when(run.due_at)}" if run and run.due_at else ""
    now = "as soon as a worker is free, usually within seconds"
    return (f"It goes out on {_going(view)} now{', ' + was if was else ''}: {now}.", *_left_out(view))


def _reopen(view: View) -> Told:
    if view.facts.run is None:
        return ("It goes back to Pending review, and its approval is void.", f"Your text is kept. {LAST_TIME}")
    leaves = "It leaves the schedule and goes back to Pending review."
    return (_due(view), leaves, f"Your text and date are kept. {LAST_TIME}", _asks_first(view))


def _unschedule(view: View) -> Told:
    stays = "It stays approved and goes out nowhere until somebody schedules it again."
    return (_due(view), stays, _asks_first(view))


def _reschedule(view: View) -> Told:
    held = [sent.name for sent in view.detail.deliveries if sent.status == DeliveryStatus.HANDED_OFF]
    asks = f"We will ask {_joined(held)} to take the new time first." if held else ""
    return (_due(view), "It stays approved; only the time changes.", asks)


def _unpublish(view: View) -> Told:
    stays = _live(view, removes=False)
    return (
        f"{_joined(_live(view, removes=True))} will be asked to take it down.",
        f"It stays live on {_joined(stays)}, which does not let apps remove posts." if stays else "",
        "The text becomes an editable draft again.",
    )


def _changes(view: View) -> Told:
    goes = [target.name for target in view.facts.stale if target.updates]
    stays = [target.name for target in view.facts.stale if not target.updates]
    return (
        f"The text you see now replaces what is live on {_joined(goes)}, as soon as a worker is free.",
        f"{_joined(stays)} cannot be changed by apps and keeps the older version." if stays else "",
    )


def _accept(view: View) -> Told:
    failed = [target.name for target in view.facts.wanted if target.delivery != DeliveryStatus.PUBLISHED]
    live = [target.name for target in view.facts.live]
    return (f"It counts as published, live on {_joined(live)}. It will not be sent to {_joined(failed)}.",)


def _replan(view: View) -> Told:
    kept = "The draft you have is kept among the versions; approvals given are void."
    return (kept, f"It goes back to the plan{_planned(view)}.")


def _planned(view: View) -> str:
    planned = view.facts.planned_on
    if planned is None:
        return ", without a date"
    over = planned < view.facts.today
    return f"; its day was {day(planned, view.facts.today)}" if over else f" for {day(planned, view.facts.today)}"


def _generate(view: View) -> Told:
    return ("The writer starts now. You can stop it, and nothing is charged for a draft that does not finish.",)


def _set_date(view: View) -> Told:
    zone = city(view.detail.zone)
    starts = "Writing starts on that day." if view.automatic else "Nothing is written until somebody starts it."
    return (f"It joins the calendar on that day ({zone} time). {starts}",)


def _approve(view: View) -> Told:
    if not view.facts.connected:
        return ("It is ready then, and waits for a channel.",)
    means = approved_means(view)
    return (f"{means[:1].upper()}{means[1:]}",)


def _confirm_live(view: View) -> Told:
    return (f"It is live on {_joined([target.name for target in view.facts.live])}, so it counts as published.",)


SENTENCES: dict[str, Callable[[View], Told]] = {
    "set_date": _set_date, "generate": _generate, "retry_and_generate": _generate, "replan": _replan,
    "replan_and_generate": lambda view: (_replan(view)[0], *_generate(view)),
    "schedule": _sends, "approve_and_schedule": _sends, "publish_now": _publish_now,
    "approve_and_publish": _publish_now, "approve": _approve, "reopen": _reopen, "unschedule": _unschedule,
    "reschedule": _reschedule, "unpublish": _unpublish, "set_back": _unpublish, "publish_changes": _changes,
    "accept": _accept, "confirm_live": _confirm_live,
    "submit": lambda view: ("It goes to review as it is. Nothing is published until it is approved.",),
    "fail_generation": lambda view: ("The writer stops; no draft is kept and nothing is charged.",),
    "finish": lambda view: ("It goes to review without the pictures that are not ready.",),
    "reject": lambda view: ("It will not publish unless somebody plans it again or changes their mind.",),
    "restore": lambda view: (f"It goes back to Pending review as it was. {LAST_TIME}",),
    "retry_generation": lambda view: ("It goes back to the plan; nothing was charged.",),
    "archive": lambda view: ("It disappears from lists and calendar. Nothing is deleted.",),
    "unarchive": lambda view: ("It is back in lists and calendar.",),
    "duplicate": lambda view: ("A new post with this text and these channels, without a date or history.",),
    "set_time": lambda view: (f"Only the planned time changes ({city(view.detail.zone)} time); approvals stay.",),
}  # fmt: skip
