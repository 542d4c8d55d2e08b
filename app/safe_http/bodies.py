"""Reading an answer's body up to a cap counted after decompression, never holding more than the cap."""

import zlib

import httpx

from app.safe_http.call import Broken

PASSED_ON = {"", "identity"}
INFLATED = {"gzip", "x-gzip", "deflate"}
EITHER_HEADER = 47  # zlib's wbits for "gzip or zlib, look at the header"


async def read(response: httpx.Response, cap: int) -> bytes:
    """The decoded body; raises Broken("too_large" or "undecodable")."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in PASSED_ON:
        return await _plain(response, cap)
    if coding in INFLATED:
        return await _inflated(response, cap)
    raise Broken("undecodable", "The answer came in an encoding nobody asked for.")


async def _plain(response: httpx.Response, cap: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        _hold(len(body), cap)
    return bytes(body)


async def _inflated(response: httpx.Response, cap: int) -> bytes:
    body, inflater, begun = bytearray(), zlib.decompressobj(EITHER_HEADER), False
    async for chunk in response.aiter_raw():
        begun = True
        body += _inflate(inflater, chunk, cap + 1 - len(body))
        _hold(len(body), cap)
    if begun and not inflater.eof:
        raise Broken("undecodable", "The compressed answer ended too early.")
    return bytes(body)


def _inflate(inflater: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    if inflater.eof:
        return b""
    try:
        return inflater.decompress(chunk, room)
    except zlib.error as error:
        raise Broken("undecodable", "The compressed answer is damaged.") from error


def _hold(size: int, cap: int) -> None:
    if size > cap:
        raise Broken("too_large", f"The answer is larger than {cap:,} bytes.")
