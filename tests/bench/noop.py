"""A Python server that does next to nothing, on either transport of the product, as a process.

What it costs is what the transport costs; the rest of the product's cost is the product's own.
``python -m tests.bench.noop TRANSPORT nothing FILE`` answers everything with the bytes in the file,
and prints the port it listens on; with ``parse``, it first reads each request as the product does.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from cors_authz.authz.incoming import read_check_request
from cors_authz.observability.counts import Refused
from cors_authz.server.service import Metadata
from cors_authz.server.transports import make_transport


def _forget(_: Refused) -> None:
    pass


async def _serve(transport_name: str, work: str, answer: bytes) -> None:
    def answer_unread(_payload: bytes, _metadata: Metadata) -> bytes:
        return answer

    def answer_parsed(payload: bytes, _metadata: Metadata) -> bytes:
        read_check_request(payload)
        return answer

    check = {"nothing": answer_unread, "parse": answer_parsed}[work]
    transport = make_transport(transport_name, check, "127.0.0.1:0", None, _forget)
    print(await transport.start(), flush=True)  # noqa: T201 - whoever started us reads it
    await asyncio.Event().wait()


def main() -> None:
    """Serve until killed."""
    transport_name, work, answer = sys.argv[1:]
    uvloop.run(_serve(transport_name, work, Path(answer).read_bytes()))


if __name__ == "__main__":
    main()
