"""The timeline of a post says every event in words of its own."""

import ast
from collections.abc import Iterator

import httpx

from app import audit
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.machine import WORKER
from app.lifecycles.post import POST
from app.pages.history import QUIET, SAID, SMALL, TOLD
from tests.makers import make_channel, make_delivery, make_post, make_publication
from tests.source import Module, modules
from tests.visitors import enter

# Where the code computes an event's name: the expression as it stands there, and every name it can take.
ASKED = ("unpublish", "unschedule", "reopen", "reschedule", "set_back", "take_down")
COMPUTED = {
    ("app.flow.asking", "f'ask_{move}'"): {f"ask_{name}" for name in ASKED},
    ("app.flow.recall", "f'refuse_{recall.move}'"): {f"refuse_{name}" for name in ASKED},
    ("app.flow.restored", "name"): {f"refuse_{name}" for name in ASKED},
    ("app.flow.hearing", "name"): {"report_live", "report_failure"},
    ("app.flow.comments", "name"): {"comment", "reply", "request_changes", "resolve", "reopen_comment"},
}
NOT_SHOWN = {*QUIET, *SMALL}


def recorded() -> Iterator[tuple[Module, ast.Call, ast.expr]]:
    """Every call of app/ that writes an event about a post which is no move: the call and its name's expression."""
    for module in modules():
        for node in module.nodes():
            match node:
                case ast.Call(func=ast.Attribute(attr="record") | ast.Name(id="record")) if _about_a_post(node):
                    yield module, node, node.args[2]
                case ast.Call(func=ast.Attribute(attr="touch") | ast.Name(id="touch")) if len(node.args) > 1:
                    yield module, node, node.args[1]


def _about_a_post(call: ast.Call) -> bool:
    """About a publication only what TOLD names is shown."""
    about = call.args[0]
    if isinstance(about, ast.Constant) and about.value == "publication":
        return isinstance(call.args[2], ast.Constant) and call.args[2].value in TOLD
    return any(part.arg == "post" for part in call.keywords)


def names() -> set[str]:
    found = {move.name for move in (*POST.moves, *DELIVERY.moves)}
    for module, _, name in recorded():
        spelled = isinstance(name, ast.Constant)
        found |= {name.value} if spelled else COMPUTED[module.name, ast.unparse(name)]  # type: ignore[attr-defined]
    return found - NOT_SHOWN


def test_every_move_and_every_recorded_event_of_a_post_has_words() -> None:
    assert sorted(name for name in names() if name not in SAID) == []


def test_the_collection_finds_what_verbs_record() -> None:
    assert {"assign", "invite_guest", "stop_trying", "remind", "hold", "plan", "waive", "ask_unpublish"} <= names()


def test_every_computed_name_still_stands_where_this_test_says() -> None:
    found = {(module.name, ast.unparse(name)) for module, _, name in recorded() if not isinstance(name, ast.Constant)}
    assert found == set(COMPUTED)


def test_what_a_computed_name_can_be_is_all_that_its_module_passes() -> None:
    """The names that reach `_note` of the callbacks, `_settle` and `_add` of comments are literals there."""
    for (module, _), known in COMPUTED.items():
        if module in ("app.flow.hearing", "app.flow.comments"):
            literals = {node.value for one in modules() if one.name == module for node in one.strings()}
            assert known <= literals


async def test_the_page_tells_them_with_the_channel_and_the_note(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel(name="Town blog")
    post = await make_post("publish_failed", channels=[channel])
    delivery = await make_delivery(await make_publication(post), channel, "failed")
    await audit.record("delivery", delivery.id, "stop_trying", by=WORKER, post=post.id, note="Enough.")
    await audit.record("post", post.id, "assign", by=WORKER, post=post.id, note="To Mara.")
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert "Told to stop trying on Town blog" in page and "Enough." in page
    assert "Owner changed" in page and "To Mara." in page
