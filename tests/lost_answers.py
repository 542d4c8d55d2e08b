"""A proxy before the desk that lets requests through and loses their answers. For tests of whoever asks again."""

import re
from urllib.parse import urlsplit

from tests.faults.proxy import Chunks, Cut, Proxy


class Cutting:
    """Lets a request through to the desk at `address`, and breaks the line when its answer comes, `times` times."""

    def __init__(self, address: str, times: int) -> None:
        self.host, self.left = urlsplit(address).netloc.encode(), times

    def __call__(self) -> "Cutting":
        return self

    async def up(self, chunks: Chunks) -> Chunks:
        async for data in chunks:
            yield re.sub(rb"(?im)^host: [^\r]+", b"host: " + self.host, data)

    async def down(self, chunks: Chunks) -> Chunks:
        async for data in chunks:
            if self.left:
                self.left -= 1
                raise Cut
            yield data


def before(address: str, times: int = 0) -> Proxy:
    """A proxy before the desk that loses so many answers."""
    return Proxy(("127.0.0.1", urlsplit(address).port or 0), Cutting(address, times))
