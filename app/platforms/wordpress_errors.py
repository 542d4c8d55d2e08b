"""What a WordPress's refusals mean, by its own code first and by HTTP status second. Called by wordpress_wire."""

import html
import json
import re
from typing import Any

from app.platforms import answers
from app.platforms.contract import Account, Answer, ErrorKind, Refused, TryLater, Unknown
from app.safe_http import Reply, excerpt, json_object

FIND_ADDRESS = "{site} does not answer as a WordPress with its REST API on; check the address."
CODES: dict[str, tuple[ErrorKind, str]] = {
    "application_passwords_disabled": ("permission_revoked", "{name} has application passwords switched off."),
    "application_passwords_disabled_for_user": ("permission_revoked", "{name} allows this user no such password."),
    "rest_no_route": ("invalid_settings", "{name} does not offer this through its REST API."),
    "rest_post_invalid_id": ("changed_there", "{name} no longer has it."),
    "rest_already_trashed": ("changed_there", "It lies in the bin of {name} already."),
    # Both come with status 500 and are final all the same: repeating the upload cannot help.
    "rest_upload_unknown_error": ("content_rejected", "{name} did not take the picture: {said}"),
    "rest_upload_sideload_error": ("content_rejected", "{name} did not take the picture: {said}"),
}
UNDONE = ("db_insert_error", "db_update_error")  # its own statement failed, so there is no effect
GUARDED = (403, 406)  # said by somebody in front of WordPress, these are about this one request and not the account
GUARD = "A firewall in front of {name} refused it ({status}), not WordPress itself. Its host can let Galley through."
SIGNED_OUT = "{name} no longer accepts the application password. If it is right, the host may strip credentials."
SAYS = (400, 403, 422)  # where its own sentence tells people more than ours


def code_of(said: Any) -> tuple[str, Any]:
    """The code and data of WordPress's own error; "" when somebody else answered."""
    if not isinstance(said, dict) or not isinstance(said.get("code"), str):
        return "", None
    return said["code"], said.get("data")


def declined(reply: Reply, account: Account, heard: Answer) -> Refused | TryLater | Unknown:
    """A whole answer that is no 2xx."""
    said = json_object(reply) or {}
    code, _ = code_of(said)
    if code in CODES:
        kind, note = CODES[code]
        return Refused(kind, note.format(name=account.name, said=_words(said, account)), heard)
    if code in UNDONE:
        return TryLater("platform_unavailable", f"{account.name} could not write to its database.", answer=heard)
    if reply.status == 401 or _signed_out(said):
        return Refused("expired_token", SIGNED_OUT.format(name=account.name), heard)
    if not code and reply.status in GUARDED:
        return TryLater("platform_unavailable", GUARD.format(name=account.name, status=reply.status), answer=heard)
    usual = answers.declined(reply, account, heard)
    if code and isinstance(usual, Refused) and reply.status in SAYS:
        return Refused(usual.kind, f"{account.name} says: {_words(said, account)}", heard)
    return usual


def _signed_out(said: dict[str, Any]) -> bool:
    """Drafts asked for by nobody: a 400 that blames the parameter and says 401 in its details."""
    data = said.get("data")
    details = data.get("details") if isinstance(data, dict) else None
    blamed = details.get("status") if isinstance(details, dict) else None
    inner = blamed.get("data") if isinstance(blamed, dict) else None
    return isinstance(inner, dict) and inner.get("status") == 401


def _words(said: dict[str, Any], account: Account) -> str:
    """Its own sentence in plain text, with the fields it names."""
    data = said.get("data")
    named = data.get("params") if isinstance(data, dict) else None
    fields = f" ({', '.join(named)})" if isinstance(named, dict) and named else ""
    text = html.unescape(re.sub(r"<[^<>]*>", "", str(said.get("message", "")))) + fields
    return excerpt(text[:300].encode("utf-8", "replace"), account.secrets.values()) or json.dumps(said)[:100]
