"""The names of all statuses, for whoever must say one: nothing outside this folder spells a status."""

from enum import StrEnum


class PostStatus(StrEnum):
    AWAITING_DATE = "awaiting_user_date"
    PLANNED = "to_be_generated"
    GENERATING = "generating"
    TEXT_READY = "text_ready_images_pending"
    PENDING_REVIEW = "generated_pending_review"
    MODIFIED = "modified_pending_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    GENERATION_FAILED = "generation_failed"
    PUBLISH_FAILED = "publish_failed"
    REJECTED = "rejected"
    MISSED = "missed"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    HANDED_OFF = "handed_off"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    CANCELED = "canceled"


class PublicationStatus(StrEnum):
    PENDING = "pending"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELED = "canceled"


class MediaStatus(StrEnum):
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


def listed(*statuses: str) -> str:
    """Statuses as SQL literals, for statements that name them: 'pending', 'scheduled'."""
    return ", ".join(f"'{status}'" for status in statuses)
