"""Campaigns as programs send and get them, as documented types. Used by app/api/campaigns.py."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.api.numbers import Version

Mode = Annotated[
    Literal["nothing", "team", "approval", "autopilot"],
    Meta(description="What an approval schedules: nothing (then all are read through once), as the team's mode says,"
         " or this campaign's own mode. Only a key that may publish sets it."),
]  # fmt: skip
State = Literal["draft", "review", "scheduled", "published", "error"]
Title = Annotated[str, Meta(max_length=200, examples=["Cold brew season"])]
Needed = Annotated[
    Annotated[int, Meta(ge=1, le=9)] | None,
    Meta(description="Approvals that a post needs, 1 to 9; null: as in the team. Only a key that may publish sets it."),
]  # fmt: skip


class Campaign(msgspec.Struct, frozen=True):
    """A parent of posts; name its id as `campaign_id`."""

    id: int
    title: str
    brief: str
    version: int
    created_at: datetime
    archived_at: datetime | None


class CampaignPage(msgspec.Struct, frozen=True):
    campaigns: list[Campaign]
    next: str | None


class CampaignView(Campaign, frozen=True):
    """One campaign with where its posts stand."""

    mode: Mode
    approvals_needed: int | None
    state: Annotated[
        State,
        Meta(description="Derived from its posts: rejected, missed, failed and undated ones do not count."),
    ]
    label: Annotated[str, Meta(description="The state in words, such as `Draft, 4 of 9 live`.")]
    posts: Annotated[dict[str, int], Meta(description="How many posts there are by editorial status.")]
    archived_posts: int
    next_at: Annotated[datetime | None, Meta(description="When the next of its posts goes out.")]
    url: Annotated[str, Meta(description="Its page on the desk.")]


class CampaignChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes of a campaign: what is left out stays. `version` (or If-Match) is the one that was seen."""

    title: Title | UnsetType = UNSET
    brief: str | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    approvals_needed: Needed | UnsetType = UNSET
    version: Version | None = None


class CampaignPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    campaign: CampaignChange


class CampaignWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new campaign."""

    title: Title
    brief: str = ""
    mode: Mode = "nothing"
    approvals_needed: Needed = None


class NewCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    campaign: CampaignWish


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version that was seen, here or in If-Match."""

    version: Version | None = None
