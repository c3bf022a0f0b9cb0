"""Runs the admin application on uvicorn, in the event loop of whoever starts it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

UNIX = "unix:"

_MAX_CONCURRENT_REQUESTS = 64
_KEEP_ALIVE_S = 5
_SHUTDOWN_S = 2


class AdminAddressError(OSError):
    """The admin server cannot listen where it was told to."""


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
    listener = _listen(address)
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
        yield _address_of(listener, address)
    finally:
        server.should_exit = True
        await task
        listener.close()


def _listen(address: str) -> socket.socket:
    try:
        if address.startswith(UNIX):
            return _listen_on_path(Path(address.removeprefix(UNIX)))
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), int(port)))
    except (OSError, ValueError, OverflowError) as error:
        raise AdminAddressError(f"the admin server cannot listen on {address}: {error}") from error
    return listener


def _listen_on_path(path: Path) -> socket.socket:
    """Take the place of a socket file that nobody listens on any more, and of no other."""
    with (
        suppress(ConnectionRefusedError, FileNotFoundError),
        socket.socket(socket.AF_UNIX) as probe,
    ):
        probe.connect(str(path))
        raise FileExistsError(f"somebody listens on {path}")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    return listener


def _address_of(listener: socket.socket, address: str) -> str:
    if address.startswith(UNIX):
        return address
    return f"{address.rpartition(':')[0]}:{listener.getsockname()[1]}"
