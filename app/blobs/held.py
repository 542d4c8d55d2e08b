"""The files this process read last from the object store: pages and the steps of one delivery ask for them again."""

from collections import OrderedDict

MOST = 32 << 20
_HELD: OrderedDict[bytes, bytes] = OrderedDict()


def recall(digest: bytes) -> bytes | None:
    """A file is named by its content, so what is held can never be old."""
    data = _HELD.get(digest)
    if data is not None:
        _HELD.move_to_end(digest)
    return data


def hold(digest: bytes, data: bytes) -> None:
    """The longest unasked give way."""
    _HELD[digest] = data
    while sum(map(len, _HELD.values())) > MOST:
        _HELD.popitem(last=False)


def forget() -> None:
    _HELD.clear()
