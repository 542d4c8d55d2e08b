"""The house rules about statuses: written by one function, spelled in one folder. Each says why it is one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.lifecycles.delivery import DELIVERY
from app.lifecycles.media import MEDIA
from app.lifecycles.post import POST
from app.lifecycles.publication import PUBLICATION
from tests import source
from tests.source import Module, expect_none
from tests.test_house import STOREYS

pytestmark = pytest.mark.pure

STATUSES = {status for lifecycle in (POST, PUBLICATION, DELIVERY, MEDIA) for status in lifecycle.statuses}
# Words that mean a status and nothing else; the others are also English, outcomes or move names.
UNMISTAKABLE = {
    "awaiting_user_date", "to_be_generated", "generating", "text_ready_images_pending", "generated_pending_review",
    "modified_pending_review", "unpublished", "generation_failed", "publish_failed", "withdrawn", "unconfirmed",
}  # fmt: skip
ROWS_WITH_STATUS = ("Post", "Publication", "Delivery", "Media")
WRITERS = (*ROWS_WITH_STATUS, "update", "update_self", "begin")


def _writes_status(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=targets):
            return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)
        case ast.AugAssign(target=ast.Attribute(attr="status")) | ast.AnnAssign(target=ast.Attribute(attr="status")):
            return True
        case ast.Dict(keys=keys):
            return any(isinstance(key, ast.Attribute) and key.attr == "status" for key in keys)
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value="status"), *_]):
            return True
        case ast.Call(func=func, args=args, keywords=keywords):
            called = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            given = {keyword.arg for keyword in keywords} | {key for arg in args for key in _keys(arg)}
            return called in WRITERS and "status" in given
    return False


def _keys(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        yield from (key.value for key in node.keys if isinstance(key, ast.Constant))


SQL_WRITES = (
    re.compile(r"\bset\b(?:(?!\bwhere\b|\bfrom\b).)*\bstatus\s*=(?!=)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\binsert\s+into\s+(?:post|publication|delivery|media)\s*\([^)]*\bstatus\b", re.IGNORECASE),
)


def _of_rows() -> Iterator[Module]:
    """Storey 0 knows no table: its only statuses are those of lifecycles, and HTTP's."""
    return (m for m in source.modules() if STOREYS.get(m.room, 1) > 0 and m.name != "app.moves")


def _writings(module: Module) -> Iterator[str]:
    yield from (module.at(node) for node in module.nodes() if _writes_status(node))
    for text in module.strings():
        if any(pattern.search(text.value) for pattern in SQL_WRITES):
            yield f"{module.at(text)} in SQL"


def test_only_moves_writes_a_status() -> None:
    """Lock, rights, guards, compare-and-set and event are one act; a second writer would skip some of them."""
    expect_none(hit for module in _of_rows() for hit in _writings(module))


@pytest.mark.parametrize(
    "code",
    [
        "post.status = to",
        "setattr(post, 'status', to)",
        "await Post.update({Post.status: to}).where(Post.id == 1)",
        "Post(title='Tides', status=to)",
        "await post.update_self({'status': to})",
        "await sql.run('UPDATE post SET version = 2, status = $1 WHERE id = $2', to, post)",
        "await sql.run('INSERT INTO delivery (post, status) VALUES ($1, $2)', post, to)",
    ],
)
def test_a_second_writer_would_be_noticed(code: str, tmp_path: Path) -> None:
    assert list(_writings(_module(code, tmp_path)))


@pytest.mark.parametrize(
    "code",
    [
        "await sql.run('UPDATE delivery SET next_at = $2 WHERE publication = $1 AND status = $3', p, at, to)",
        "found = await sql.rows('SELECT status FROM post WHERE id = $1', post)",
        "line(row, name, status=status)",
        "Response(content, status_code=404)",
    ],
)
def test_reading_a_status_is_not_writing_one(code: str, tmp_path: Path) -> None:
    assert list(_writings(_module(code, tmp_path))) == []


def _module(code: str, folder: Path) -> Module:
    path = folder / "written.py"
    path.write_text(f"async def run(**known):\n    {code}\n")
    return Module("app.flow.written", path)


SQL_NAMES = re.compile(r"\bstatus\s*(?:=|<>|!=|(?:not\s+)?in\b)\s*\(?\s*((?:'\w+'\s*,?\s*)+)", re.IGNORECASE)


def _is_status(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=name)):
            return isinstance(name, str) and re.fullmatch(r"(?!http_)(\w+_)?status", name) is not None
    return False


def _spelled(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if text in STATUSES:
            yield text
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _spelled(part)
        case ast.MatchValue(value=value):
            yield from _spelled(value)
        case ast.MatchOr(patterns=patterns):
            for pattern in patterns:
                yield from _spelled(pattern)


def _spellings(module: Module) -> Iterator[str]:
    for node in module.nodes():
        match node:
            case ast.Compare(left=left, comparators=others) if any(map(_is_status, (left, *others))):
                parts = [left, *others]
            case ast.keyword(arg="status", value=value):
                parts = [value]
            case ast.Match(subject=subject, cases=cases) if _is_status(subject):
                parts = [case.pattern for case in cases]
            case _:
                continue
        yield from (f"{module.at(node)} {word!r}" for part in parts for word in _spelled(part))


def _all_spellings(module: Module) -> Iterator[str]:
    yield from _spellings(module)
    for text in module.strings():
        if text.value in UNMISTAKABLE:
            yield f"{module.at(text)} {text.value!r}"
        for found in SQL_NAMES.findall(text.value):
            if {*re.findall(r"\w+", found)} & STATUSES:
                yield f"{module.at(text)} {found.strip()} in SQL"


def test_statuses_are_spelled_only_in_lifecycles() -> None:
    """A status spelled elsewhere is a rule hidden elsewhere; app/lifecycles/statuses.py has a name for each."""
    outside = [module for module in source.modules() if module.room not in ("lifecycles", "platforms")]
    expect_none(hit for module in outside for hit in _all_spellings(module))


@pytest.mark.parametrize(
    "code",
    [
        "return post.status == 'approved'",
        "return row['status'] in ('pending', 'retrying')",
        "return to_status != 'missed'",
        "await create(status='scheduled')",
        "return 'generated_pending_review'",
        "await sql.rows(\"SELECT 1 FROM post WHERE status = 'published'\")",
        "await sql.rows(\"SELECT 1 FROM post WHERE p.status NOT IN ('rejected', 'missed')\")",
    ],
)
def test_a_spelled_status_would_be_noticed(code: str, tmp_path: Path) -> None:
    assert list(_all_spellings(_module(code, tmp_path)))


@pytest.mark.parametrize(
    "code",
    [
        "return post.status == PostStatus.APPROVED",
        "return answer.status == 404",
        "return outcome == 'published'",
        "return http_status == 'failed'",
        "await sql.rows('SELECT 1 FROM post WHERE status = $1', PostStatus.MISSED)",
        "return move == 'approve'",
    ],
)
def test_a_name_or_another_word_is_no_spelled_status(code: str, tmp_path: Path) -> None:
    assert list(_all_spellings(_module(code, tmp_path))) == []
