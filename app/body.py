"""The raw fields of a posted form, read once per request and strictly. Used by access (token) and pages (forms)."""

from typing import Any
from urllib.parse import parse_qsl

from litestar.connection import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, HTTPException

Posted = dict[str, list[str | UploadFile]]
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 1000


async def posted(request: Request[Any, Any, Any]) -> Posted:
    """Every field with all its values; 415 for anything that is not a form, 400 or 422 for what cannot be read."""
    state = request.scope["state"]
    if "posted" not in state:
        state["posted"] = await _read(request)
    fields: Posted = state["posted"]
    return fields


async def _read(request: Request[Any, Any, Any]) -> Posted:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        return await _multipart(request)
    body = await request.body()
    if kind == URLENCODED or not body:
        return _urlencoded(body)
    raise HTTPException(status_code=415, detail="Send this as a form.")


def _urlencoded(body: bytes) -> Posted:
    fields: Posted = {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as wrong:
        raise HTTPException(status_code=422, detail="The form is not readable text.") from wrong
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


async def _multipart(request: Request[Any, Any, Any]) -> Posted:
    try:
        form = await request.form()
    except (ValueError, LookupError) as wrong:
        raise ClientException("The form is not readable.") from wrong
    return {name: list(form.getall(name)) for name in form}
