"""A post's timeline: its events in words, newest first. Read-only."""

from dataclasses import dataclass

from app import sql
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import POST
from app.pages.undoing import Undo, undo
from app.sessions import Who
from app.times import moment

EVENTS = """
SELECT e.at, e.about, e.move, e.person, e.facts, e.to_status, coalesce(e.note, '') AS note, e.by_kind,
  coalesce(n.name, '') AS by, coalesce(k.name, '') AS channel FROM event e LEFT JOIN person n ON n.id = e.person
LEFT JOIN delivery d ON e.about = 'delivery' AND d.id = e.about_id LEFT JOIN channel k ON k.id = d.channel
WHERE e.post = $1 AND e.about <> 'media' AND e.move <> ALL($5) AND (e.about <> 'delivery' OR e.move <> ALL($3))
  AND (e.about <> 'publication' OR e.move = ANY($4)) ORDER BY e.id DESC LIMIT $2
"""
QUIET = ["send", "cancel", "postpone", "release"]  # told by the post's own event
TOLD = ["hold"]
SMALL = ["reply", "edit_comment", "delete_comment"]  # the comments themselves tell
SAID = {
    "create": "Created", "set_date": "Date set", "generate": "Generating", "text_ready": "Text ready",
    "finish": "Finished, to review", "fail_generation": "Generation failed", "submit": "Sent to review",
    "retry_generation": "Back to the plan", "replan": "Planned again", "miss": "Schedule missed", "edit": "Edited",
    "approve": "Approved", "vote": "Approved by one", "reject": "Rejected", "restore": "Mind changed",
    "reopen": "Back to editing", "schedule": "Scheduled", "publish_now": "Queued", "reschedule": "Time changed",
    "unschedule": "Taken off the schedule", "start_publishing": "Publishing", "complete": "Published",
    "fail_publishing": "Publish failed", "keep_live": "Update failed, older version stays live",
    "confirm_live": "Confirmed live", "accept": "Good as it is", "publish_changes": "Changes sent",
    "unpublish": "Unpublished", "fail_recall": "Take-down failed in part", "set_back": "Taken down",
    "plan": "Plan changed", "write": "Text typed", "revise": "Text edited", "picture": "Picture ready",
    "archive": "Archived", "unarchive": "Brought back", "hold": "Held", "confirm": "Live on {channel}",
    "refuse": "Failed on {channel}", "lose": "Not confirmed on {channel}", "deny": "Not there: {channel}",
    "hand_off": "Handed over to {channel}", "retry_later": "Tried again later on {channel}",
    "withdraw": "Taken down from {channel}", "ask_unpublish": "Asked to take it down",
    "ask_unschedule": "Asked to cancel it", "ask_reopen": "Asked to cancel it",
    "ask_reschedule": "Asked for a new time",
    "ask_set_back": "Asked to take it down", "refuse_unpublish": "Not taken down", "refuse_unschedule": "Not canceled",
    "report_live": "Reported live on {channel}", "report_failure": "Reported failed on {channel}",
    "report_change": "Changed on {channel}", "changed_there": "Changed on {channel}",
    "use_their_time": "Time of {channel} taken", "hand_over_again": "To be handed over again to {channel}",
    "ask_take_down": "Asked to take it down", "refuse_take_down": "Not taken down", "keep": "Kept on {channel}",
    "set_aside": "A second copy for {channel}",
    "comment": "Commented", "resolve": "Comment resolved", "reopen_comment": "Comment open again",
    "request_changes": "Changes asked for", "waive": "Check waived", "unwaive": "Check counts again",
    "assign": "Owner changed", "stop_trying": "Told to stop trying on {channel}", "check": "Looked up on {channel}",
    "invite_guest": "Guest link made", "revoke_guest": "Guest link stopped", "remind": "Reminded of its approval",
    "refuse_reopen": "Not canceled", "refuse_reschedule": "New time not taken", "refuse_set_back": "Not taken down",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One event: what, by whom, why, when (iso and words), in its colour group; the newest with its way back."""

    text: str
    by: str
    note: str
    when: str
    iso: str
    group: str
    undo: Undo | None = None


async def lines(post: int, facts: PostFacts, zone: str, who: Who, limit: int = 14) -> tuple[Line, ...]:
    """The newest `limit` events of a post, whose own `zone` the way back is told in."""
    found = await sql.rows(EVENTS, post, limit, QUIET, TOLD, SMALL)
    back = undo(post, found, facts, zone, who)
    return tuple(
        Line(
            text=SAID.get(event["move"], event["move"].replace("_", " ")).format(channel=event["channel"]),
            by=event["by"],
            note=event["note"],
            when=moment(event["at"], who.zone, facts.today),
            iso=event["at"].isoformat(),
            group=_group(event["to_status"], event["about"]),
            undo=None if place else back,
        )
        for place, event in enumerate(found)
    )


def _group(status: str | None, about: str) -> str:
    if about != "post" or status is None:
        return "plan"
    return POST.state(status).group
