"""A destination that takes every POST at once and answers with a receipt. Run as `-m tests.bench.sink PORT`."""

import asyncio
import sys

RECEIPT = b'{"id": "%d", "url": "https://sink.example/%d"}'
HEAD = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


async def serve(port: int) -> None:
    taken = iter(range(1, 2**31))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            await reader.readexactly(_length(head))
            number = next(taken)
            body = RECEIPT % (number, number)
            writer.write(HEAD % len(body) + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=2**22)
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).lower()
    except (asyncio.IncompleteReadError, OSError):
        return b""


def _length(head: bytes) -> int:
    return next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
