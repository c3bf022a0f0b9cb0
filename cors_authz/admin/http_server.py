"""Runs the admin application on uvicorn, in the event loop of whoever starts it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from cors_authz.admin.listening import address_of, listen

_MAX_CONCURRENT_REQUESTS = 64
_KEEP_ALIVE_S = 5
_SHUTDOWN_S = 2


class _Server(uvicorn.Server):
    """Leaves signals to the supervisor."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, address: str) -> AsyncIterator[str]:
    """Serve ``app`` on ``host:port`` or ``unix:/path`` until the block is left.

    Gives the address, whose port is new where 0 was asked for.

    Raises:
        AdminAddressError: The address is none, taken, or not ours.
    """
    listener = listen(address)
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_MAX_CONCURRENT_REQUESTS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield address_of(listener, address)
    finally:
        server.should_exit = True
        await task
        listener.close()
