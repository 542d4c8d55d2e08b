"""The doctor's look at the media store: a probe is put there, read back and deleted. No picture is touched."""

from collections.abc import AsyncIterator
from secrets import token_hex

from app import sql
from app.blobs import store
from app.blobs.store import Store, StoreTrouble
from app.doctor.finding import Finding, fine, wrong
from app.lifecycles.phrases import counted
from app.settings import Settings, SettingsError

PROBE = b"Galley was here."
RIGHTS = "let S3_ACCESS_KEY put, get and delete objects of this bucket"
HOST = "correct S3_ENDPOINT and S3_REGION, or start that store"
FIXES = {
    "NoSuchBucket": "make the bucket, or correct S3_BUCKET", "InvalidAccessKeyId": "correct S3_ACCESS_KEY",
    "SignatureDoesNotMatch": "correct S3_SECRET_KEY", "AccessDenied": RIGHTS,
    "AuthorizationHeaderMalformed": "correct S3_REGION", "PermanentRedirect": "correct S3_REGION and S3_ENDPOINT",
    "RequestTimeTooSkewed": "let this machine keep time by NTP", "dns": HOST, "refused": HOST, "connect_timeout": HOST,
    "tls": "use an address with a good certificate; an authority of your own goes into SSL_CERT_FILE",
}  # fmt: skip
IN_STORE = "SELECT count(*) FROM blob WHERE key IS NOT NULL"


async def look_at_store(here: Settings) -> AsyncIterator[Finding]:
    """Nothing to look at while no store is set."""
    try:
        there = store.configured(here)
    except SettingsError as error:
        sentence, _, fix = str(error).partition(". ")
        yield wrong(sentence, fix)
        return
    if there is not None:
        yield await _probed(there)


async def look_for_lost_store(here: Settings) -> AsyncIterator[Finding]:
    """Pictures that were put into a store that nobody named to us."""
    lost = 0 if here.s3_bucket else await sql.value(IN_STORE)
    if lost:
        told = counted(lost, "picture lies", "pictures lie")
        yield wrong(f"{told} in a media store that is not set here", "set S3_BUCKET and its keys again")


async def _probed(there: Store) -> Finding:
    key = f"probe/{token_hex(8)}"
    try:
        await store.put(there, key, PROBE, "text/plain")
        same = await store.get(there, key) == PROBE
        await store.delete(there, key)
    except StoreTrouble as trouble:
        why = f"The media store ({there.named}) cannot be used: {trouble.note}"
        return wrong(why, FIXES.get(trouble.code, "read that store's log, or correct the S3_ settings"))
    if not same:
        return wrong(f"The media store ({there.named}) gives back something else", "look for a proxy that changes it")
    return fine(f"The media store keeps and gives back pictures ({there.named})")
