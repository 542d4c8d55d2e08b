"""One Piccolo table per noun of the product. Everybody above may read them; only moves.py writes a status.

Three things Piccolo cannot say, so that migrations/ and these lines do:
- `default=None` on a column that may not be null means: whoever inserts must give it.
- Piccolo has no keys of two columns. Where the design has one (post_channel, rendition, picture, draft_copy,
  look, upload, throttle) the table has a serial `id` and a UNIQUE over both; each module names them.
- CHECKs, partial indexes, deferred foreign keys and triggers are raw SQL; tests/tables/ tries to break each.
"""

from app.tables.address import Address
from app.tables.announcement import Announcement
from app.tables.api_key import ApiKey
from app.tables.approval import Approval
from app.tables.approver import Approver
from app.tables.attempt import Attempt
from app.tables.beat import Beat
from app.tables.blob import Blob
from app.tables.bookmark import Bookmark
from app.tables.breach import Breach
from app.tables.callback import Callback
from app.tables.campaign import Campaign
from app.tables.channel import Channel
from app.tables.charge import Charge
from app.tables.comment import Comment
from app.tables.delivery import Delivery
from app.tables.draft_copy import DraftCopy
from app.tables.endpoint import Endpoint
from app.tables.event import Event
from app.tables.generation import Generation
from app.tables.idempotency import Idempotency
from app.tables.link_check import LinkCheck
from app.tables.look import Look
from app.tables.media import Media
from app.tables.mention import Mention
from app.tables.notice import Notice
from app.tables.person import Person
from app.tables.picture import Picture
from app.tables.post import Post
from app.tables.post_channel import PostChannel
from app.tables.presence import Presence
from app.tables.publication import Publication
from app.tables.recall import Recall
from app.tables.rehearsal import Rehearsal
from app.tables.rendition import Rendition
from app.tables.revision import Revision
from app.tables.saved_view import SavedView
from app.tables.seal import Seal
from app.tables.search_entry import SearchEntry
from app.tables.session import Session
from app.tables.team import Team
from app.tables.throttle import Throttle
from app.tables.ticket import Ticket
from app.tables.upload import Upload
from app.tables.variant import Variant
from app.tables.waiver import Waiver
from app.tables.webhook_send import WebhookSend

__all__ = [
    "Address",
    "Announcement",
    "ApiKey",
    "Approval",
    "Approver",
    "Attempt",
    "Beat",
    "Blob",
    "Bookmark",
    "Breach",
    "Callback",
    "Campaign",
    "Channel",
    "Charge",
    "Comment",
    "Delivery",
    "DraftCopy",
    "Endpoint",
    "Event",
    "Generation",
    "Idempotency",
    "LinkCheck",
    "Look",
    "Media",
    "Mention",
    "Notice",
    "Person",
    "Picture",
    "Post",
    "PostChannel",
    "Presence",
    "Publication",
    "Recall",
    "Rehearsal",
    "Rendition",
    "Revision",
    "SavedView",
    "Seal",
    "SearchEntry",
    "Session",
    "Team",
    "Throttle",
    "Ticket",
    "Upload",
    "Variant",
    "Waiver",
    "WebhookSend",
]
