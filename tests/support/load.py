"""Steady load on an HTTP/1.1 listener, each answer looked at."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.exchange import Request
from tests.support.http1 import encode

_NO_CONTENT = 204
_TIMEOUT_S = 30.0


@dataclass(slots=True)
class Load:
    """What came back so far, and when to stop."""

    statuses: Counter[int] = field(default_factory=Counter)
    stopped: bool = False

    @property
    def answered(self) -> int:
        """How many requests were answered, well or badly."""
        return self.statuses.total()


@asynccontextmanager
async def load_on(port: int, request: Request, *, connections: int = 8) -> AsyncIterator[Load]:
    """Send ``request`` again and again while the block runs.

    Raises:
        OSError: A connection was closed, or no answer came.
    """
    load = Load()
    tasks = [asyncio.create_task(_ask(port, request, load)) for _ in range(connections)]
    try:
        yield load
        load.stopped = True
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _ask(port: int, request: Request, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    encoded = encode(request)
    while not load.stopped:
        writer.write(encoded)
        async with asyncio.timeout(_TIMEOUT_S):
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            await reader.readexactly(0 if status == _NO_CONTENT else _content_length(head))
        load.statuses[status] += 1
    writer.close()


def _content_length(head: bytes) -> int:
    lengths = _values(head, b"content-length")
    return int(next(lengths, b"0"))


def _values(head: bytes, name: bytes) -> Iterator[bytes]:
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            yield value.strip()
