"""The JSON doors, all behind one guard that asks for a key. Assembled here, hung in by app/doors.py."""

from litestar import Router

from app.api import campaigns, desk, health, logs, media, moves, posts, publishing
from app.api.entry import admit_key

ROUTER = Router(
    "/",
    guards=[admit_key],
    route_handlers=[
        posts.create,
        posts.list_posts,
        posts.read,
        posts.change,
        publishing.publish,
        publishing.cancel,
        moves.list_moves,
        moves.make_move,
        media.upload,
        media.import_one,
        media.asset,
        desk.revisions,
        desk.profiles,
        campaigns.list_campaigns,
        campaigns.create,
        campaigns.read,
        campaigns.change,
        campaigns.archive,
        campaigns.unarchive,
        logs.publishing_log,
        health.publishing_health,
        desk.quota,
        desk.lifecycle,
    ],
)
