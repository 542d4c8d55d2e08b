"""The one door to other machines: every outgoing call of the product goes through `send`."""

from app.safe_http.call import ANSWER_CAP, MEDIA_CAP, Call, Failure, Reason, Reply
from app.safe_http.client import send
from app.safe_http.reading import excerpt, json_object, masked, retry_after
from app.safe_http.targets import host_port, opened

__all__ = [
    "ANSWER_CAP",
    "MEDIA_CAP",
    "Call",
    "Failure",
    "Reason",
    "Reply",
    "excerpt",
    "host_port",
    "json_object",
    "masked",
    "opened",
    "retry_after",
    "send",
]
