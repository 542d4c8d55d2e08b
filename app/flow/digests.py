"""Mails people the notices they have not looked at: claimed, handed in, settled. Swept by the worker.

A claim is a lease: `person.mail_next_at` lies ahead while a worker has it, and the notices of that letter carry the
moment of the claim in `mailing_at`. A worker that dies leaves it to the next one, and an answer lost after the whole
text is asked for once more: so a letter may come twice, never more often for one lost answer. A mail server that is
away is asked again after a wait that doubles; one that refuses somebody's address is not asked for them again until
they say so. Mail is never late news: what is older than a week is left to the bell.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from time import monotonic

from app import sql
from app.atomic import atomic
from app.database import insist
from app.flow import digest_words, mail_wishes
from app.flow.mail_wishes import How
from app.flow.notice_words import ASKING
from app.flow.notices import URGENT
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import listed
from app.mail import Bounced, Deferred, Letter, MailServer, Outcome, Sent, Unsure, mail_server, message, send
from app.settings import SettingsError, settings

log = logging.getLogger("galley.mail")
TURN = 15.0  # seconds of one sweep
LEASE = "interval '5 minutes'"  # longer than a letter may take
SETTLING = "interval '15 seconds'"  # what happens together comes in one letter
PAUSE = "interval '1 minute'"  # between two letters to one person
STRAY = "now() + interval '1 day'"  # written while a clock ran ahead: it holds nothing up
LONGEST_WAIT = 3600  # seconds
TEST_SECONDS = 8.0

ZONE = "coalesce(p.zone, t.zone)"
# The last time the person's clock showed their hour. An hour that a change of clocks leaves out comes right after the
# gap, one that happens twice counts once: whatever the clocks do, a day has one such moment.
TODAY = f"((now() AT TIME ZONE {ZONE})::date + p.mail_hour * interval '1 hour')"
DAILY = f"""CASE WHEN {TODAY} AT TIME ZONE {ZONE} <= now() THEN {TODAY} AT TIME ZONE {ZONE}
  ELSE ({TODAY} - interval '1 day') AT TIME ZONE {ZONE} END"""
CUT = f"""CASE p.mail_how WHEN '{How.DAILY}' THEN {DAILY}
  WHEN '{How.HOURLY}' THEN date_trunc('hour', now()) ELSE now() - {SETTLING} END"""
UNSENT = """n.person = p.id AND n.mailed_at IS NULL AND n.seen_at IS NULL AND n.at > now() - interval '7 days'"""
# What somebody else has decided meanwhile does not wait for this reader any more.
OVER = f"""n.kind IN ({listed(*ASKING)}) AND NOT EXISTS (
  SELECT 1 FROM post q WHERE q.id = n.post AND q.status IN ({listed(*REVIEW)}) AND q.archived_at IS NULL)"""  # noqa: S608
PRESSING = f"n.kind IN ({listed(*URGENT)})"
# A digest takes what was there at its moment, and there is one after each moment: so it is never sent twice a day,
# whatever becomes of workers and clocks.
DIGEST = f"""(p.digested_at IS NULL OR p.digested_at < least(cut.at, now() - {PAUSE}) OR p.digested_at > {STRAY})
  AND EXISTS (SELECT 1 FROM notice n WHERE {UNSENT} AND n.at <= cut.at)"""  # noqa: S608
AT_ONCE = f"""p.mail_urgent
  AND (p.mailed_at IS NULL OR p.mailed_at < now() - {PAUSE} OR p.mailed_at > {STRAY})
  AND EXISTS (SELECT 1 FROM notice n WHERE {UNSENT} AND {PRESSING} AND n.at <= now() - {SETTLING})"""  # noqa: S608
# A CTE, since a subquery may be run once for every person: it would then skip whom this very statement has updated
# and claim the next one too, who would get no letter before the lease is over.
CLAIM = f"""
WITH due AS MATERIALIZED (
  SELECT p.id, {DIGEST} AS whole, {ZONE} AS at_home
  FROM person p CROSS JOIN team t CROSS JOIN LATERAL (SELECT {CUT} AS at) cut
  WHERE p.disabled_at IS NULL AND p.password_hash IS NOT NULL
    AND p.mail_how <> '{How.NEVER}' AND p.mail_refused_at IS NULL
    AND (p.mail_next_at IS NULL OR p.mail_next_at <= now() OR p.mail_next_at > {STRAY}) AND ({DIGEST} OR {AT_ONCE})
  ORDER BY p.mail_next_at NULLS FIRST, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED)
UPDATE person SET mail_next_at = now() + {LEASE} FROM due
WHERE person.id = due.id
RETURNING person.id, name, email, at_home AS zone, mail_how AS how, whole, mail_tries AS tries, mail_note AS note,
  mail_next_at AS until
"""  # noqa: S608
TAKE = f"""
UPDATE notice n SET mailing_at = $2 FROM person p
WHERE p.id = $1 AND {UNSENT} AND ($3 OR {PRESSING}) RETURNING n.id, n.kind, {OVER} AS over
"""  # noqa: S608
MAILED = "UPDATE notice SET mailed_at = now() WHERE person = $1 AND mailing_at = $2 AND mailed_at IS NULL"
LET_GO = "UPDATE notice SET mailing_at = NULL WHERE person = $1 AND mailing_at = $2 AND mailed_at IS NULL"
WENT_OUT = """
UPDATE person SET mailed_at = now(), digested_at = CASE WHEN $3 THEN now() ELSE digested_at END,
  mail_next_at = NULL, mail_tries = 0, mail_note = '' WHERE id = $1 AND mail_next_at = $2
"""
WAITS = """
UPDATE person SET mail_next_at = now() + make_interval(secs => $3), mail_tries = mail_tries + 1, mail_note = $4
WHERE id = $1 AND mail_next_at = $2
"""
REFUSED = """
UPDATE person SET mail_next_at = NULL, mail_tries = 0, mail_note = $3, mail_refused_at = now()
WHERE id = $1 AND mail_next_at = $2
"""
NOTHING = "UPDATE person SET mail_next_at = NULL WHERE id = $1 AND mail_next_at = $2"
ARRIVES = "UPDATE person SET mail_refused_at = NULL, mail_note = '', mail_tries = 0 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Claim:
    """One letter to be written. `whole`: a digest with everything; else only what cannot wait."""

    person: int
    name: str
    email: str
    zone: str
    how: str
    whole: bool
    tries: int
    note: str
    until: datetime
    notices: tuple[tuple[int, str], ...]


async def sweep() -> None:
    """Write to everybody whose digest is due or who has something urgent, for as long as a turn lasts."""
    server = _server()
    until = monotonic() + TURN
    while server and monotonic() < until and (claim := await _claimed()):
        outcome = await _deliver(server, claim)
        await insist(partial(_settle, claim, outcome))
        if isinstance(outcome, Deferred) and outcome.server:
            return


async def try_out(person: int) -> Outcome | None:
    """One letter to somebody who asks for it, at once; None while no mail server is set."""
    server = mail_server(settings())
    if server is None:
        return None
    row = await sql.row("SELECT name, email FROM person WHERE id = $1", person)
    assert row is not None
    letter = digest_words.trial(row["name"], mail_wishes.off_link(person))
    outcome = await _hand_in(server, letter, row["email"], seconds=TEST_SECONDS)
    if isinstance(outcome, Sent):
        await sql.run(ARRIVES, person)
    return outcome


def _server() -> MailServer | None:
    try:
        return mail_server(settings())
    except SettingsError as wrong:
        _complain(str(wrong))
        return None


@cache
def _complain(sentence: str) -> None:
    """Once in a process: a sweep comes back every few seconds."""
    log.warning("No e-mail goes out. %s", sentence)


async def _claimed() -> Claim | None:
    """The next letter, which no other worker writes meanwhile."""
    async with atomic():
        row = await sql.row(CLAIM)
        if row is None:
            return None
        taken = await sql.rows(TAKE, row["id"], row["until"], row["whole"])
        waiting = tuple((one["id"], one["kind"]) for one in taken if not one["over"])
        named = {name: row[name] for name in ("name", "email", "zone", "how", "whole", "tries", "note", "until")}
        return Claim(person=row["id"], notices=waiting, **named)


async def _deliver(server: MailServer, claim: Claim) -> Outcome | None:
    """What the server said to the letter; None when there is nothing left to write about."""
    letter = await digest_words.letter(
        claim.person, claim.name, claim.zone, claim.notices, how=claim.how, whole=claim.whole
    )
    return await _hand_in(server, letter, claim.email) if letter else None


async def _hand_in(server: MailServer, letter: Letter, to: str, **more: float) -> Outcome:
    return await send(server, message(letter, server, to, at=datetime.now(UTC)), to, **more)


async def _settle(claim: Claim, outcome: Outcome | None) -> None:
    """Write down what became of the letter. The lease is the fence: who was too slow changes nothing."""
    who = (claim.person, claim.until)
    async with atomic():
        match outcome:
            case None:
                await sql.run(MAILED, *who)
                await sql.run(NOTHING, *who)
            case Sent():
                await _went_out(claim)
            case Unsure() if claim.note == outcome.note:
                await _went_out(claim)  # it was lost twice: sent again it would come a third time
            case Deferred() | Unsure():
                await sql.run(LET_GO, *who)
                await sql.run(WAITS, *who, _wait(claim.tries), outcome.note)
            case Bounced():
                await sql.run(LET_GO, *who)
                await sql.run(REFUSED, *who, outcome.note)
    if outcome and not isinstance(outcome, Sent):
        log.warning("The mail to person %s: %s (%s)", claim.person, outcome.note, type(outcome).__name__)


async def _went_out(claim: Claim) -> None:
    await sql.run(MAILED, claim.person, claim.until)
    await sql.run(WENT_OUT, claim.person, claim.until, claim.whole)


def _wait(tries: int) -> float:
    """Seconds until the next try: a minute, then twice as long each time, an hour at most."""
    return float(min(60 * 2 ** min(tries, 10), LONGEST_WAIT))
