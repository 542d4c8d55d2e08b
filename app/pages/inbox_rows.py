"""The rows of the inbox: a post with its one button, a broken channel, a mention. For the inbox and its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record
from msgspec.structs import replace

from app import facts as fact_sheet
from app import platforms
from app.access import allows
from app.flow import comments
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import POST, REVIEW
from app.lifecycles.statuses import PostStatus
from app.pages import approval_words, details, inbox_query
from app.pages.cards import Button, Card, card
from app.pages.channel_words import OTHERWISE, REASONS
from app.pages.details import Detail
from app.pages.inbox_query import Text
from app.pages.inbox_raised import Raised, raised
from app.pages.inbox_sections import Waiting
from app.sessions import Team, Who
from app.times import ago, day, local, moment

EXCERPT = 140  # characters of a comment


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post that waits. `button` is its one way on, `reject` the second one a review needs, `more` other answers.

    `closed`: why the way on that one would expect is closed; `mark`: the pill of what a platform did on its own;
    `pick`: what its tick box sends.
    """

    card: Card
    digest: str
    sentence: str
    age: str
    button: Button
    reject: Button | None
    closed: str = ""
    more: tuple[Button, ...] = ()
    mark: tuple[str, str, str] | None = None

    @property
    def pick(self) -> str:
        return f"{self.card.id}:{self.card.version}:{self.digest}"


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel that stopped working, and what waits for it."""

    id: int
    letter: str
    name: str
    title: str
    sentence: str
    age: str
    action: str


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A comment that names this person."""

    id: int
    title: str
    href: str
    sentence: str
    age: str


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are made of, by post: facts, details, card, text, what a platform did on its own, and what somebody
    wants changed in this person's words."""

    facts: Mapping[int, PostFacts]
    details: Mapping[int, Detail]
    cards: Mapping[int, Card]
    texts: Mapping[int, Text]
    raised: Mapping[int, Raised]
    wishes: Mapping[int, comments.Waiting]


async def known(posts: Sequence[int], answers: Sequence[int], who: Who, team: Team) -> Known:
    """Seven queries however many; `answers`: posts with a delivery that waits for a person's word."""
    facts, told = await fact_sheet.many(posts), await details.of(posts, reader=who.id)
    drawn = {post: card(facts[post], told[post], who, team) for post in posts if post in facts and post in told}
    texts = await inbox_query.texts([post for post in drawn if facts[post].status in REVIEW])
    wishes = {wish.post: wish for wish in reversed(await comments.open_requests(who.id))}
    return Known(facts, told, drawn, texts, await raised(answers, who), wishes)


def post_rows(waiting: Waiting, shown: Known, who: Who) -> tuple[PostRow, ...]:
    """In the order they came in, but a review with nothing to do for this person goes last."""
    ages = {post: ago(since, waiting.now) for post, since in waiting.posts.items() if post in shown.cards}
    rows = [post_row(post, shown, age, who) for post, age in ages.items()]
    idle = {row.card.id for row in rows if row.digest and not row.button.name}
    return tuple(sorted(rows, key=lambda row: row.card.id in idle))


def post_row(post: int, shown: Known, age: str, who: Who) -> PostRow:
    drawn, text = shown.cards[post], shown.texts.get(post)
    digest = text.digest if text else ""
    if told := shown.raised.get(post):
        buttons = told.buttons or (open_link(drawn),)
        return PostRow(drawn, digest, told.sentence, age, buttons[0], None, more=buttons[1:], mark=told.mark)
    if wish := shown.wishes.get(post):
        said = f"{wish.by} asked for changes: “{_excerpt(wish.body)}”"
        return PostRow(drawn, digest, said, age, _change(drawn), None)
    everything = (*drawn.buttons, *drawn.more)
    primary = next((button for button in everything if button.tone == "primary" and _fits(button, drawn)), None)
    reject = next((button for button in everything if button.name == "reject"), None)
    sentence = _waits_for_review(shown.facts[post], drawn, shown.details[post], who.zone)
    button = _calm(primary, drawn) if primary else open_link(drawn)
    closed = "" if button.name else drawn.closed
    return PostRow(drawn, digest, sentence or _sentence(drawn), age, button, reject, closed)


def _fits(button: Button, drawn: Card) -> bool:
    """A link, or a move of the post: the channel's own buttons need the whole story beside them."""
    return not button.name or button.href.startswith(f"/posts/{drawn.id}/")


def _waits_for_review(facts: PostFacts, drawn: Card, detail: Detail, zone: str) -> str:
    """Why it needs a look, and when it is to go out; nothing for what is not in review."""
    if facts.status not in REVIEW or facts.recall or not facts.connected:
        return ""
    usual = drawn.why == POST.state(drawn.status).meaning
    parts = ["" if usual else drawn.why.split(". ")[0].rstrip(".") + ", so it needs a fresh look."]
    return " ".join(part for part in (*parts, approval_words.due(facts, zone), _goes_out(facts, zone)) if part)


def _goes_out(facts: PostFacts, zone: str) -> str:
    """Due today at 18:00. If nobody approves it, it is held, not published."""
    at = facts.publish_at
    if at is None:
        on = facts.planned_on
        return f"Planned for {day(on, facts.today)}, without a time." if on else "It has no date yet."
    if at <= facts.now:
        return f"Its time, {moment(at, zone, facts.today)}, has passed; nothing was published."
    words = moment(at, zone, facts.today)
    if local(at, zone).date() != facts.today:
        return f"Goes out {words} once it is approved."
    due = f"Due {words.replace(', ', ' at ', 1)}." if facts.lead is None else f"Goes out {words}."
    return f"{due} If nobody approves it, it is held, not published."


def _sentence(drawn: Card) -> str:
    """What the pill does not say yet; the words that every post of this status has are left out."""
    state = POST.state(drawn.status)
    ended = drawn.headline.endswith((".", "?", "!", ".”"))
    cause = [drawn.headline if ended else f"{drawn.headline}."] if drawn.headline else []
    told = [said for said, usual in ((drawn.why, state.meaning), (drawn.next, state.next)) if said and said != usual]
    return " ".join(cause + told) or drawn.next


def _calm(button: Button, drawn: Card) -> Button:
    """The button's own word without ink: a list of primary buttons would shout, and the sentence says what follows."""
    line = POST.find(button.name, drawn.status) if button.name else None
    again = drawn.status == PostStatus.PUBLISH_FAILED  # there the button says "Try again", not the move's word
    label = f"{line.label}{'…' if line.confirm else ''}" if line and not again else button.label
    return replace(button, label=label, tone="")


def _change(drawn: Card) -> Button:
    """To the words that somebody wants changed."""
    edit = next((button for button in (*drawn.buttons, *drawn.more) if button.href == f"/posts/{drawn.id}/edit"), None)
    return replace(edit, tone="") if edit else open_link(drawn)


def open_link(drawn: Card) -> Button:
    return Button(f"post-{drawn.id}-open", "", "Open", "arrow-right", "", False, f"/posts/{drawn.id}")


def channel_row(record: Record, who: Who) -> ChannelRow:
    name, now = record["name"], record["now"]
    reconnects = allows(who, "POST /channels/{id:int}/settings")
    reason = REASONS.get(record["broken_kind"], OTHERWISE)
    return ChannelRow(
        id=record["id"],
        letter=platforms.letter(record["platform"], name),
        name=name,
        title=f"Reconnect {name}" if reconnects else f"{name} needs an admin",
        sentence=f"{reason[:1].upper()}{reason[1:]}. {_waits(record, who.zone)}",
        age=ago(record["broken_at"], now) if record["broken_at"] else "",
        action="Reconnect" if reconnects else "Open",
    )


def _waits(record: Record, zone: str) -> str:
    """What hangs on the channel."""
    n, now = record["waiting"], record["now"]
    if not n:
        return "Nothing waits for it yet."
    coming: datetime | None = record["next"]
    then = f", the next one {moment(coming, zone, local(now, zone).date())}" if coming else ""
    return f"{n} {'post waits' if n == 1 else 'posts wait'} for it{then}."


def mention_row(record: Record) -> MentionRow:
    href = f"/posts/{record['post']}#comment-{record['id']}"
    age = ago(record["created_at"], record["now"])
    return MentionRow(record["id"], record["title"], href, f"{record['by']}: {_excerpt(record['body'])}", age)


def _excerpt(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1].rstrip()}…"
