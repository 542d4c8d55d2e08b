"""The built-in storefront. Nothing is remote: the settled delivery row itself puts the post on /blog."""

from app.platforms.answers import lacks, written
from app.platforms.contract import (
    Account,
    Connected,
    Content,
    Parcel,
    Published,
    Refused,
    Removed,
    Setting,
    Traits,
    Unknown,
)
from app.platforms.soft import Soft
from app.platforms.wire import digest, encoded


class Site(Soft):
    name = "site"
    label = "Built-in blog"
    letter = "B"
    blurb = "Shows published posts on this installation's own /blog, with RSS and JSON feeds."
    settings: tuple[Setting, ...] = ()

    def traits(self, account: Account) -> Traits:
        return Traits("keyed", files=False)

    def check(self, content: Content, account: Account) -> tuple[str, ...]:
        needed = {"title": content.title, "web address": content.slug, "text": content.body}
        return lacks(account, needed)

    def digest(self, parcel: Parcel, intent: str) -> bytes:
        return digest(intent, encoded(written(parcel)))

    async def connect(self, account: Account) -> Connected | Refused:
        return Connected(f"Posts will appear at {account.origin}/blog.")

    async def publish(self, parcel: Parcel) -> Published:
        slug = parcel.content.slug
        return Published(slug, f"{parcel.account.origin}/blog/{slug}")

    async def update(self, parcel: Parcel) -> Published:
        return await self.publish(parcel)

    async def remove(self, parcel: Parcel) -> Removed:
        return Removed()

    async def look(self, parcel: Parcel) -> Unknown:
        return Unknown("The built-in blog is this database; there is nobody to ask.")
