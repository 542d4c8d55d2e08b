"""Files a channel holds already, by their SHA-256: read into parcels, kept after steps, so none is uploaded twice."""

from collections.abc import Mapping, Sequence

from app import sql
from app.platforms.contract import Picture


async def there(channel: int, pictures: Sequence[Picture]) -> dict[str, str]:
    """SHA-256 in hex → remote id, for those of `pictures` that the channel holds."""
    if not pictures:
        return {}
    wanted = [bytes.fromhex(picture.sha256) for picture in pictures]
    found = await sql.rows(
        "SELECT u.blob, u.remote_id FROM unnest($2::bytea[]) AS wanted (blob)"
        " JOIN upload u ON u.channel = $1 AND u.blob = wanted.blob",
        channel, wanted,
    )  # fmt: skip
    return {record["blob"].hex(): record["remote_id"] for record in found}


async def keep(channel: int, uploads: Mapping[str, str]) -> None:
    """What a step put there; an empty remote id says that it is gone. A file that is not ours is not kept."""
    for sha256, remote_id in uploads.items():
        blob = bytes.fromhex(sha256)
        if not remote_id:
            await sql.run("DELETE FROM upload WHERE channel = $1 AND blob = $2", channel, blob)
            continue
        await sql.run(
            "INSERT INTO upload (channel, blob, remote_id) SELECT $1, sha256, $3 FROM blob WHERE sha256 = $2"
            " ON CONFLICT (channel, blob) DO UPDATE SET remote_id = excluded.remote_id",
            channel, blob, remote_id,
        )  # fmt: skip
