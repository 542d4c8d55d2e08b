"""The verbs of platforms that keep no schedule: Galley holds the content and sends it at the time."""

from app.platforms.contract import Parcel, Refused

NO_SCHEDULE = Refused("unexpected", "This platform keeps no schedule; Galley sends at the time itself.")


class Soft:
    """Traits(schedules=False): nothing is ever handed off, so nothing is moved or taken back there."""

    async def hand_off(self, parcel: Parcel) -> Refused:
        return NO_SCHEDULE

    async def reschedule(self, parcel: Parcel) -> Refused:
        return NO_SCHEDULE

    async def unschedule(self, parcel: Parcel) -> Refused:
        return NO_SCHEDULE
