"""The rules of a post's moves as pure functions of its facts: None when open, else one sentence why not."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import By
from app.lifecycles.phrases import DOUBTFUL, counted, joined

Why = str | None
RECALLED = "A platform is being asked first. It continues as soon as the answer is here."


def not_archived(f: PostFacts, by: By) -> Why:
    return "It is archived. Bring it back first." if f.archived else None


def no_recall(f: PostFacts, by: By) -> Why:
    """While platforms are being asked, only the worker's own moves may pass."""
    if f.recall and by.kind in ("person", "key", "clock"):
        return RECALLED
    return None


def date_given(f: PostFacts, by: By) -> Why:
    if f.asked is None:
        return None
    if f.asked.on is None:
        return "Pick a date."
    return "That date has passed. Pick today or a later one." if f.asked.on < f.today else None


def date_ahead(f: PostFacts, by: By) -> Why:
    """A plan whose date has passed needs a new one, unless writing starts in the same click."""
    if f.asked is None or f.asked.chained:
        return None
    planned = f.asked.on or f.planned_on
    return "Its date has passed. Pick today or a later one." if planned and planned < f.today else None


def no_run(f: PostFacts, by: By) -> Why:
    return "It is being written already." if f.running else None


def quota_left(f: PostFacts, by: By) -> Why:
    return "This month's drafts are used up." if f.quota_left is not None and f.quota_left <= 0 else None


def clock_may_write(f: PostFacts, by: By) -> Why:
    if by.kind != "clock":
        return None
    if not f.writing_on:
        return "Automatic writing is off."
    if f.planned_on is None or f.planned_on > f.today:
        return "Its day has not come."
    if f.planned_on < f.today:
        return "Its day has passed."
    if f.typed:
        return "A person has started to write it."
    return None if f.connected else "No channel is connected."


def body_there(f: PostFacts, by: By) -> Why:
    given = f.asked.body if f.asked and f.asked.body is not None else f.body
    return None if given else "There is no text yet. Write it first."


def day_over(f: PostFacts, by: By) -> Why:
    return None if f.planned_on and f.planned_on < f.today else "Its day is not over."


def really_changed(f: PostFacts, by: By) -> Why:
    return "Nothing changed." if f.asked and not f.asked.changed else None


def pictures_decided(f: PostFacts, by: By) -> Why:
    if f.pictures_pending:
        return f"{counted(f.pictures_pending, 'picture is', 'pictures are')} still being drawn."
    if f.pictures_failed:
        return f"{counted(f.pictures_failed, 'picture', 'pictures')} failed: draw again, upload your own or go without."
    return None


def gaps_closed(f: PostFacts, by: By) -> Why:
    return f"{counted(f.gaps, 'gap is', 'gaps are')} still open: look for [write: …]." if f.gaps else None


def not_alone(f: PostFacts, by: By) -> Why:
    """Whose approval may count: of named people theirs, and not its maker's own when the team says so."""
    if by.kind != "person":
        return None
    if not f.counts(by.person):
        return f"{joined(*(one.name for one in f.named))} {'has' if len(f.named) == 1 else 'have'} to approve it."
    if f.self_approval or by.person not in f.makers:
        return None
    return "You wrote or edited this. Someone else has to approve it."


def not_voted(f: PostFacts, by: By) -> Why:
    """While the button is drawn: one vote a person; the vote just cast does not close its own move."""
    if f.asked is None and by.person in f.voters and f.votes_with(by.person) < f.needed:
        return f"You approved it. {missing(f, by)}"
    return None


def votes_enough(f: PostFacts, by: By) -> Why:
    if f.asked is None or f.votes_with(None) >= f.needed:
        return None
    return missing(f, By("worker"))


def last_vote(f: PostFacts, by: By) -> Why:
    """Whether this person's vote would be the last one needed."""
    return None if f.votes_with(by.person) >= f.needed else missing(f, by)


def reason_given(f: PostFacts, by: By) -> Why:
    return "Say why, in a sentence." if f.asked and not f.asked.note.strip() else None


def content_approved(f: PostFacts, by: By) -> Why:
    """Sealed content may go; a person's click seals when it brings the last approval needed."""
    if f.sealed or by.kind == "clock" or "publish_unreviewed" in by.scopes:
        return None
    if f.status == "approved" or by.kind == "key":
        return "Its approval no longer matches the text. Approve it again."
    reason = not_alone(f, by) or pictures_decided(f, by) or gaps_closed(f, by)
    # The click counts as a vote even where more are needed, so its button is open until it was given.
    first_vote = f.asked is None and by.person not in f.voters
    return reason or (None if first_vote or f.votes_with(by.person) >= f.needed else missing(f, by))


def ready_to_send(f: PostFacts, by: By) -> Why:
    """A key or autopilot may send unreviewed content, never unfinished content."""
    if by.kind == "person" or f.sealed:
        return None
    if by.kind == "clock" and (f.mode != "autopilot" or not f.writer_invents):
        return "Only autopilot schedules by itself, and only with a writer that fills every gap."
    return pictures_decided(f, by) or gaps_closed(f, by)


def somewhere_to_send(f: PostFacts, by: By) -> Why:
    if f.sendable or f.sent_again:
        return None
    if not f.connected:
        return "No channel is connected. Connect one first."
    if f.repeatable:
        return None if f.asked is None else "It is live everywhere. Tick the channels that shall get it again."
    return "Every channel is live or not confirmed; there is nothing to send."


def time_ahead(f: PostFacts, by: By) -> Why:
    if f.asked is None:
        return None
    if f.asked.at is None:
        return "Pick a time."
    return "That time has passed. Pick a later one." if f.asked.at <= f.now else None


def nothing_sent(f: PostFacts, by: By) -> Why:
    return (DOUBTFUL if f.run and f.run.doubtful else "It is being sent.") if f.sent else None


def nothing_leaving(f: PostFacts, by: By) -> Why:
    """What has settled already does not hold back the rest of a post that was held half-way."""
    return "It is being sent." if f.run and "sending" in f.run.deliveries else None


def due(f: PostFacts, by: By) -> Why:
    """Never before its time; a platform may report that it went live early."""
    if by.kind != "worker" or f.run is None or f.run.due_at is None:
        return None
    return "Its time has not come." if f.now < f.run.due_at else None


def not_held(f: PostFacts, by: By) -> Why:
    if by.kind != "worker":
        return None
    if f.frozen:
        return "Sending is frozen."
    return "It is held for a person." if f.run and f.run.held_for else None


def sealed(f: PostFacts, by: By) -> Why:
    return None if f.sealed else "Its approval no longer matches the text."


def all_live(f: PostFacts, by: By) -> Why:
    if f.run and f.run.kind == "update":
        done = all(status == "published" for status in f.run.deliveries)
    else:
        done = bool(f.wanted) and all(t.delivery == "published" and not t.resurfaced for t in f.wanted)
    return None if done else "Not every channel is live."


def all_settled(f: PostFacts, by: By) -> Why:
    return None if f.settled else "A channel has not answered yet."


def some_not_live(f: PostFacts, by: By) -> Why:
    return "Every channel is live." if all_live(f, by) is None else None


def creates(f: PostFacts, by: By) -> Why:
    return "This run updates what is live." if f.run and f.run.kind == "update" else None


def updates(f: PostFacts, by: By) -> Why:
    return None if f.run and f.run.kind == "update" else "This run creates."


def something_live(f: PostFacts, by: By) -> Why:
    """The worker moves after it was taken down; a person asks before."""
    return None if by.kind == "worker" else _live(f)


def _live(f: PostFacts) -> Why:
    return None if f.live else "Nothing is live."


def nothing_live(f: PostFacts, by: By) -> Why:
    return "Something is live. Take it down instead." if f.live else None


def none_unconfirmed(f: PostFacts, by: By) -> Why:
    names = ", ".join(target.name for target in f.unconfirmed)
    return f"First say whether it is live on {names}." if names else None


def can_come_down(f: PostFacts, by: By) -> Why:
    if by.kind == "worker" or any(target.removes for target in f.live):
        return None
    return "No channel lets apps take it down. Delete it there, then duplicate this one."


def live_differs(f: PostFacts, by: By) -> Why:
    return None if f.stale else "What is live is what you see."


def can_update(f: PostFacts, by: By) -> Why:
    if any(target.updates and target.connected for target in f.stale):
        return None
    return "No live channel lets apps change what is published."


def missing(f: PostFacts, by: By) -> str:
    """How many approvals are missing once `by` has voted, and whose."""
    count = f.needed - f.votes_with(by.person)
    if names := f.awaited(by.person):
        return f"Needs {counted(count, 'more approval', 'more approvals')}: {joined(*names)}."
    return f"Needs {counted(count, 'more approval from an editor', 'more approvals from editors')}."
