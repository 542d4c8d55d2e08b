"""The verbs of platforms that lack an ability: what Galley answers in their place. For the platforms only."""

from app.platforms.contract import Account, Outcome, Parcel, Refused, Renewal

NO_SCHEDULE = Refused("unexpected", "This platform keeps no schedule; Galley sends at the time itself.")
NO_NUDGE = Refused("unexpected", "This platform publishes by itself what it was handed.")
NO_RENEWAL = Refused("expired_token", "Its credentials cannot be renewed; connect it again.")


class Plain:
    """Traits(nudges=False, refreshes=False), and calls that may overlap."""

    def lane(self, account: Account) -> str:
        return ""

    async def nudge(self, parcel: Parcel) -> Outcome:
        return NO_NUDGE

    async def refresh(self, account: Account) -> Renewal:
        return NO_RENEWAL


class Soft(Plain):
    """Traits(schedules=False): nothing is ever handed off, so nothing is moved or taken back there."""

    async def hand_off(self, parcel: Parcel) -> Refused:
        return NO_SCHEDULE

    async def reschedule(self, parcel: Parcel) -> Refused:
        return NO_SCHEDULE

    async def unschedule(self, parcel: Parcel) -> Refused:
        return NO_SCHEDULE
