"""The two sentences of a card: what this means here, and what happens next. Words of ux.md §4.1, filled from facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.flow import changed_there
from app.lifecycles.facts import PostFacts
from app.lifecycles.phrases import counted
from app.lifecycles.post import POST
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages import troubles, unanswered
from app.pages.approval_words import due, waits
from app.pages.details import Detail, Sent
from app.times import ago, day, moment


@dataclass(frozen=True, slots=True)
class View:
    """One post as this reader sees it: times are told in `zone`; `decides`: they may approve it now."""

    facts: PostFacts
    detail: Detail
    zone: str
    automatic: bool
    decides: bool = True

    def when(self, at: datetime) -> str:
        return moment(at, self.zone, self.facts.today)


class _Words(dict[str, str]):
    """Placeholders of a sentence, looked up only when the sentence has them."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __missing__(self, name: str) -> str:
        return WORDS[name](self._view)


def why(view: View) -> str:
    """What this status means for this post."""
    if view.facts.recall and view.detail.recall:
        return f"{ASKING[view.facts.recall]} {view.detail.recall.asked_by} asked for it."
    return _told(POST.state(view.facts.status).meaning, view)


def following(view: View) -> str:
    """What happens next."""
    if view.facts.recall:
        return "It continues as soon as the answer is here; nothing new is sent meanwhile."
    if decide := unanswered.told(view.detail.deliveries):
        return decide
    return _told(POST.state(view.facts.status).next, view)


def headline(view: View) -> str:
    """The cause of a problem in plain words, or nothing."""
    trouble = trouble_of(view)
    return trouble.headline.rstrip(".") if trouble else ""


def _told(sentence: str, view: View) -> str:
    return " ".join(sentence.format_map(_Words(view)).split())


ASKING = {
    "unschedule": "The platforms are being asked to cancel it.",
    "reopen": "The platforms are being asked to cancel it, so that it can be edited.",
    "reschedule": "The platforms are being asked to take the new time.",
    "unpublish": "The platforms are being asked to take it down.",
    "set_back": "The platforms are being asked to take down what is live.",
    "take_down": "The platform is being asked to take down what came back there.",
}


def _writing(view: View) -> str:
    planned = view.facts.planned_on
    if not view.automatic:
        return "It will be missed unless you generate or write it, or turn automatic writing on."
    return f"Writing starts {day(planned, view.facts.today)}." if planned else ""


def _stage(view: View) -> str:
    run = view.detail.run
    if run is None:
        return "starting"
    again = f", attempt {run.tries}" if run.tries > 1 else ""
    return f"{run.stage or 'starting'}, {_for(run.started_at, view)}{again}"


def _for(since: datetime, view: View) -> str:
    """How long, in seconds at first."""
    seconds = max(int((view.facts.now - since).total_seconds()), 0)
    return f"{seconds} s" if seconds < 120 else ago(since, view.facts.now)


def _images(view: View) -> str:
    waiting = view.facts.pictures_pending
    return f"{waiting} {'picture' if waiting == 1 else 'pictures'} to come." if waiting else ""


def _if_approved(view: View) -> str:
    if not view.facts.connected:
        return "It has no channel to go to; until it has one, it stays here, done."
    whose, else_ = ("If you approve", "If you do nothing") if view.decides else ("If it is approved", "If it is not")
    stays = f"{else_}: it stays here and will not publish."
    return f"{due(view.facts, view.zone)} {whose}: {approved_means(view)} {stays}"


def approved_means(view: View) -> str:
    """What an approval leads to, in the team's mode."""
    facts = view.facts
    if more := waits(facts):
        return more
    ahead = facts.publish_at is not None and facts.publish_at > facts.now
    if facts.mode != "manual" and ahead and facts.publish_at:
        where = counted(len(facts.sendable), "channel", "channels")
        return f"it is scheduled for {view.when(facts.publish_at)} on {where}."
    return "it is ready, and waits until you schedule or publish it."


def _edited(view: View) -> str:
    last = view.detail.last
    return f"{last.by} edited it {_ago(last.at, view)}." if last else "It was edited."


def _approved(view: View) -> str:
    last, facts = view.detail.last, view.facts
    who = f"{last.by} approved version {view.detail.revision}." if last and last.move == "approve" else "Approved."
    if facts.publish_at is None:
        return f"{who} It has no publish time."
    if facts.publish_at <= facts.now:
        return f"{who} Its time, {view.when(facts.publish_at)}, has passed."
    return f"{who} It is planned for {view.when(facts.publish_at)}, and not scheduled yet."


def _goes_out(view: View) -> str:
    run = view.facts.run
    if run is None or run.due_at is None or run.due_at <= view.facts.now:
        return "It is next in line." if run is None or not run.held_for else "Its time has passed."
    holding = [sent for sent in view.detail.deliveries if sent.status == DeliveryStatus.HANDED_OFF]
    handed = [sent.name for sent in holding if not changed_there.waits(sent.status, sent.error_kind)]
    who = f" {', '.join(handed)} already holds it and publishes it." if handed else ""
    return f"Goes out {view.when(run.due_at)}.{who}"


def _held(view: View) -> str:
    held = view.facts.run.held_for if view.facts.run else None
    reasons = {
        "late": "It was found too late to go out by itself. Send it now, move it, or take it off the schedule.",
        "freeze": "Sending is frozen. It waits for a person.",
        "restore": "It came due while this desk was restored. It waits for a person.",
    }
    return reasons.get(held or "", "Nothing to do.")


def _progress(view: View) -> str:
    statuses = view.facts.run.deliveries if view.facts.run else ()
    done = sum(status == DeliveryStatus.PUBLISHED for status in statuses)
    return f"{done} of {counted(len(statuses), 'channel', 'channels')} done"


def _live(view: View) -> str:
    names = [target.name for target in view.facts.live]
    since = min((sent.published_at for sent in view.detail.deliveries if sent.published_at), default=None)
    return f"Live{f' since {view.when(since)}' if since else ''} on {', '.join(names) or 'no channel'}."


def _resync(view: View) -> str:
    if not view.facts.stale:
        return "Stays live."
    return "The live version is older than your text. It is sent again when you publish the changes."


def _taken_down(view: View) -> str:
    last = view.detail.last
    return f"{last.by} took it down {_ago(last.at, view)}." if last else "It was taken down."


def _failure(view: View) -> str:
    """What we tried and what is certain, about a channel; or why the writer gave up."""
    trouble = trouble_of(view)
    if trouble:
        return f"{_tried(view)} {trouble.certain}"
    run = view.detail.run
    return run.note if run and run.note else "No reason was given."


def _tried(view: View) -> str:
    sent = worst(view)
    tried = sent.tried if sent else None
    if tried is None or tried.at is None:
        return ""
    if tried.times == 1:
        return f"We tried once, {view.when(tried.at)}."
    return f"We tried {tried.times} times, the last time {view.when(tried.at)}."


def _fix(view: View) -> str:
    trouble = trouble_of(view)
    return f"What fixes it: {trouble.fix}" if trouble else "Publish it again, or go back to editing."


def _rejected(view: View) -> str:
    last = view.detail.last
    return f"{last.by} declined it: “{last.note}”" if last else "It was declined."


def _missed(view: View) -> str:
    last, planned = view.detail.last, view.facts.planned_on
    note = last.note.rstrip(".") if last else ""
    because = f", because {note[:1].lower()}{note[1:]}" if note else ""
    passed = day(planned, view.facts.today) if planned else "Its day"
    return f"{passed[:1].upper()}{passed[1:]} passed before it was written{because}."


def trouble_of(view: View) -> troubles.Trouble | None:
    """The words for the delivery that keeps a post from being published."""
    sent = worst(view)
    if sent is None:
        return None
    return troubles.of(sent.error_kind, sent.name, sent.channel, sent.error_note, mended=sent.mended)


def worst(view: View) -> Sent | None:
    """The delivery a person has to look at first, of a post that failed: an unclear one, then a failed one."""
    if view.facts.status != PostStatus.PUBLISH_FAILED:
        return None
    there = {target.channel for target in view.facts.targets}
    newest = {sent.channel: sent for sent in reversed(view.detail.deliveries) if sent.channel in there}
    for status in (DeliveryStatus.UNCONFIRMED, DeliveryStatus.FAILED):
        found = next((sent for sent in newest.values() if sent.status == status), None)
        if found:
            return found
    return None


def _ago(at: datetime, view: View) -> str:
    words = ago(at, view.facts.now)
    return words if words == "just now" else f"{words} ago"


WORDS: dict[str, Callable[[View], str]] = {
    "writing": _writing, "stage": _stage, "images": _images, "if_approved": _if_approved, "edited": _edited,
    "approved": _approved, "goes_out": _goes_out, "held": _held, "progress": _progress, "live": _live,
    "resync": _resync, "taken_down": _taken_down, "failure": _failure, "fix": _fix, "rejected": _rejected,
    "missed": _missed,
}  # fmt: skip
