"""Whether a call from outside is genuine: one table of signing styles, one function that checks. Values only."""

from app.signing import Forged, Verified
from app.verifiers.challenges import Reply, reply
from app.verifiers.overlap import BEFORE, CALLBACK, ROTATED_AT, active, present, replaced
from app.verifiers.table import SCHEMES, STANDARD, Scheme, choices
from app.verifiers.verify import verify

__all__ = [
    "BEFORE",
    "CALLBACK",
    "ROTATED_AT",
    "SCHEMES",
    "STANDARD",
    "Forged",
    "Reply",
    "Scheme",
    "Verified",
    "active",
    "choices",
    "present",
    "replaced",
    "reply",
    "verify",
]
