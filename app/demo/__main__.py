"""`python -m app.demo`: fill the desk and print who may sign in. Run by `galley demo`, beside a web process."""

import asyncio
import secrets
import sys

from app.database import pooled
from app.demo import channels, fill, people
from app.settings import settings


async def main() -> int:
    password = f"low-water-{secrets.token_hex(3)}"
    try:
        async with pooled(patience=3):
            desk = await fill.fill(password)
    except (fill.NotEmpty, channels.NoAnswer) as why:
        print(f"galley: {why}", file=sys.stderr)
        return 1
    print(f"{people.TEAM} is ready, with {len(desk.posts)} posts.")
    print(f"Start it with `galley up` and sign in at {settings().origin} as")
    for key, name, role in (people.FOUNDER, *people.OTHERS):
        print(f"  {people.email(key):26} {name}, {role}")
    print(f"Everybody's password is {password}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
