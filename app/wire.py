"""How requests come off the wire: uvicorn's own reader, which alone keeps a head of any length. For `galley web`."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 2**19  # bytes; a piece off the wire has at most half as many, so no head that is short is refused
TOO_LONG = "The head of this request is too long."


class Wire(HttpToolsProtocol):
    """Hangs up on a head that does not end: anybody could fill our memory with one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._in_head, self._head = False, 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head += len(data)
        if self._head > LONGEST_HEAD:
            self.send_400_response(TOO_LONG)

    def on_message_begin(self) -> None:
        self._in_head, self._head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()
