"""The JSON doors of posts: accept a new one, read one or a page of them, change one."""

from litestar import Response, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody

from app.api import posts_list, posts_query, repeats, shapes, wanted
from app.api.answers import Asked, answer, seen
from app.api.entry import lacking
from app.api.refusals import dated, tried
from app.api.wishes import NewPost, PostPatch
from app.flow import accept, plan
from app.tables import Post

GONE = "There is no such post."
UNREVIEWED = "To store it for review instead, send `post.draft: true`."


@post("/api/posts", status_code=201, summary="Create a post: a draft, published now, or scheduled")
async def create(request: Asked, data: JSONBody[NewPost]) -> Response[shapes.PostView]:
    """An acceptance command: it answers `draft`, `pending` or `scheduled`, never how publishing went.

    Remote pictures are imported before the post is accepted. Publishing needs the scope publish_unreviewed.
    """
    wish = data.post
    if not wish.draft and "publish_unreviewed" not in request.user.scopes:
        raise lacking("publish_unreviewed", UNREVIEWED)
    given, pictures = wanted.NOTHING if await repeats.known(request) else await wanted.new(wish)

    async def make() -> shapes.PostView:
        asked = await wanted.wanted(given, pictures, by=request.user, draft=wish.draft)
        with dated(given):
            return await demand((await accept.create(asked, by=request.user)).id)

    return await repeats.once(request, shapes.PostView, make, status=201, place="/api/posts/{0.id}")


@get("/api/posts", summary="Posts, the last changed first")
async def list_posts(
    request: Asked, status: FromQuery[str] = "", editorial_status: FromQuery[str] = "",
    campaign_id: FromQuery[str | None] = None, profile_id: FromQuery[str | None] = None, after: FromQuery[str] = "",
    limit: FromQuery[str | None] = None,
) -> Response[shapes.PostPage]:  # fmt: skip
    """Filtered by status, editorial_status, campaign_id and profile_id; `next` leads on."""
    asked = posts_list.Filters.read(status, editorial_status, campaign_id, profile_id, after, limit)
    return answer(request, await posts_list.page(asked))


@get("/api/posts/{id:int}", summary="One post with its three layers")
async def read(request: Asked, id: FromPath[int]) -> Response[shapes.PostView]:
    found = await demand(id)
    return answer(request, found, version=found.version)


@patch("/api/posts/{id:int}", summary="Change a post")
async def change(request: Asked, id: FromPath[int], data: JSONBody[PostPatch]) -> Response[shapes.PostView]:
    """What is sent is changed, the rest stays; `scheduled_at` only while every delivery is pending."""
    row = await load(id)
    row.version = seen(request, data.post.version)
    known, written = await repeats.known(request), row.revision is not None
    given, pictures = wanted.NOTHING if known else await wanted.changes(data.post, written=written)

    async def make() -> shapes.PostView:
        asked = await wanted.wanted(given, pictures, by=request.user)
        with dated(given):
            return await demand((await tried(id, accept.change(row, asked, by=request.user), request.user)).id)

    return await repeats.once(request, shapes.PostView, make, status=200)


async def load(id: int) -> Post:
    """The post's row, or 404."""
    try:
        return await plan.load(id)
    except LookupError as missing:
        raise NotFoundException(GONE) from missing


async def demand(id: int) -> shapes.PostView:
    """The post as the API shows it, read again from its rows; 404 when there is none."""
    found = await posts_query.one(id)
    if found is None:
        raise NotFoundException(GONE)
    return found
