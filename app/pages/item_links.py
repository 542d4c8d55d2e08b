"""A post's plain links, whatever its status: view live, write, plan, date, duplicate, put away. For its own page."""

from app.flow import plan
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import PLANS, REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages import details
from app.pages.cards import Button, by_person, may_write
from app.sessions import Who


def links(detail: details.Detail, facts: PostFacts, who: Who) -> tuple[Button, ...]:
    """The card's plain links, whatever its status: view live, write, plan, date, duplicate, put away."""
    base, name = f"/posts/{detail.id}/moves", f"post-{detail.id}"
    live = [sent for sent in detail.deliveries if sent.url and sent.status == DeliveryStatus.PUBLISHED]
    found = [Button(f"{name}-live-{s.id}", "", f"View on {s.name}", "external-link", "", False, s.url) for s in live]
    found += _own_links(detail, facts, who)
    if facts.status in REVIEW and not facts.archived and by_person(who).reaches("editor"):
        href = f"/posts/{detail.id}/request"
        found.append(Button(f"{name}-request", "request", "Request changes…", "message-square", "", True, href))
    if by_person(who).reaches("writer"):
        found.append(Button(f"{name}-duplicate", "duplicate", "Duplicate…", "copy", "", True, f"{base}/duplicate"))
    if facts.archived and may_write(facts, who):
        found.append(Button(f"{name}-unarchive", "unarchive", "Bring back", "archive-restore", "", False, base))
    elif plan.archivable(facts) and may_write(facts, who):
        found.append(Button(f"{name}-archive", "archive", "Archive…", "archive", "", True, f"{base}/archive"))
    return tuple(found)


def _own_links(detail: details.Detail, facts: PostFacts, who: Who) -> list[Button]:
    """What only those may open who may change the post."""
    if facts.archived or facts.recall or not may_write(facts, who):
        return []
    page, name = f"/posts/{detail.id}", f"post-{detail.id}"
    found = []
    if facts.status in PLANS:
        label = "Go on writing by hand" if facts.body else "Write it by hand"
        found.append(Button(f"{name}-write", "", label, "pencil", "", False, f"{page}/edit"))
    elif facts.status in plan.REWRITTEN and facts.status != PostStatus.REJECTED:
        found.append(Button(f"{name}-plan", "", "Edit plan and channels", "file-pen-line", "", False, f"{page}/plan"))
    if facts.status in plan.timed(by_person(who)) and facts.status != PostStatus.AWAITING_DATE:
        href = f"{page}/moves/set_time"
        found.append(Button(f"{name}-set_time", "set_time", "Change date…", "calendar-clock", "", True, href))
    return found
