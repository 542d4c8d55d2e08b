"""What the ledger may keep of an answer: no secret of the account, whatever the platform's own code let through."""

from dataclasses import replace

from app.platforms.contract import Account, HandedOff, NotSent, Outcome, Published, Refused, TryLater, Unknown
from app.safe_http import masked


def safe(outcome: Outcome, account: Account) -> Outcome:
    """`outcome` with the account's secrets masked in note and answer, and without an address that carries one."""
    secrets = tuple(account.secrets.values())
    outcome = replace(outcome, answer=replace(outcome.answer, body=masked(outcome.answer.body, secrets)))
    match outcome:
        case Refused() | TryLater() | NotSent() | Unknown():
            return replace(outcome, note=_kept(masked(outcome.note, secrets)))
        case Published() | HandedOff() if masked(outcome.url, secrets) != outcome.url:
            return replace(outcome, url="")
    return outcome


def _kept(text: str) -> str:
    """As a row can keep it: an outcome that cannot be written down is an outcome lost."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
