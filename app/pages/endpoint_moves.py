"""What an admin does with an endpoint: try it, a new secret, pause, resume, send again, remove."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import throttles
from app.flow import webhooks
from app.moves import Refused
from app.pages.cards import by_person
from app.pages.endpoint_rows import Row, one
from app.pages.endpoints import WEBHOOKS, shown
from app.pages.forms import read, text, token
from app.pages.render import Page, by_htmx, page, partial, see_other, team_of
from app.sessions import Who
from app.throttles import MINUTES_5, Limit

NONE = "There is no such endpoint."


@dataclass(frozen=True, slots=True)
class RemovePage:
    row: Row
    level: int


@dataclass(frozen=True, slots=True)
class SecretForm:
    form_token: str = text(36, required=False)


@post(WEBHOOKS + "/{id:int}/test")
async def test(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    """Send one message now and say what was answered."""
    await throttles.take([Limit(f"webhook-test:{request.user.id}", 20, MINUTES_5)])

    async def tried() -> str:
        answer = await webhooks.test(id, by=by_person(request.user))
        if not answer.heard:
            raise Refused(f"The test did not arrive. {answer.note}")
        return f"The test arrived: answered {answer.status} in {answer.ms:,} ms."

    return await _done(request, id, tried, refused=422)


@post(WEBHOOKS + "/{id:int}/secret")
async def new_secret(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    """A new secret; the answer shows it, once."""
    once = token((await read(request, SecretForm)).form_token)
    try:
        secret = await webhooks.new_secret_for(id, by=by_person(request.user), form_token=once)
    except LookupError:
        raise NotFoundException(NONE) from None
    return await shown(request, id, secret=secret)


@post(WEBHOOKS + "/{id:int}/pause")
async def pause(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    async def paused() -> str:
        await webhooks.pause(id, by=by_person(request.user))
        return "Paused. What happens meanwhile is kept for a month and can be sent afterwards."

    return await _done(request, id, paused)


@post(WEBHOOKS + "/{id:int}/resume")
async def resume(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    async def resumed() -> str:
        await webhooks.resume(id, by=by_person(request.user))
        return "Resumed. It hears of everything from here on."

    return await _done(request, id, resumed)


@post(WEBHOOKS + "/{id:int}/missed")
async def send_missed(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    async def sent() -> str:
        number = await webhooks.send_missed(id, by=by_person(request.user))
        return f"{number:,} {'message goes' if number == 1 else 'messages go'} out again, the oldest first."

    return await _done(request, id, sent)


@post(WEBHOOKS + "/{id:int}/sends/{send:int}")
async def send_again(id: FromPath[int], send: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    async def sent() -> str:
        await webhooks.send_again(send, by=by_person(request.user))
        return "It goes out again, under the same webhook-id."

    return await _done(request, id, sent)


@get(WEBHOOKS + "/{id:int}/remove")
async def ask_remove(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    row = await one(id, team_of(request).zone)
    if row is None:
        raise NotFoundException(NONE)
    if by_htmx(request):
        return partial("settings/_endpoint_remove.html", RemovePage(row, 2), request=request)
    context = RemovePage(row, 1)
    return await page("settings/endpoint_remove.html", context, request=request, title="Remove", nav="settings")


@post(WEBHOOKS + "/{id:int}/remove")
async def remove(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    await webhooks.remove(id, by=by_person(request.user))
    return see_other(WEBHOOKS, flash="Removed. It hears of nothing more.")


async def _done(
    request: Request[Who, Any, Any], id: int, verb: Callable[[], Awaitable[str]], *, refused: int = 409
) -> Page:
    """Do it and go back to the endpoint; or its page, with why not."""
    try:
        said = await verb()
    except Refused as why:
        return await shown(request, id, status=refused, problem=why.reason)
    except LookupError:
        raise NotFoundException(NONE) from None
    return see_other(f"{WEBHOOKS}/{id}", flash=said)
