"""Runs a transport on a loop in a thread of its own, for as long as a test needs it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvloop

from cors_authz.authz.incoming import CheckRequestMalformedError
from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.grpc_tls import make_credentials
from cors_authz.server.grpc_transport import GrpcTransport
from cors_authz.server.service import Metadata
from cors_authz.server.tls import TlsOptions, read_material
from cors_authz.server.tls_identity import TlsIdentity
from cors_authz.server.transport import BOUNDS, Bounds, CheckHandler, Transport
from tests.transport.authority import ServerFiles

CHECK = "/envoy.service.auth.v3.Authorization/Check"

NO_CHECK_REQUEST = b"\xff no CheckRequest"
FAULT = b"fail"
SECRET = "the text of an exception"

_STOP_TIMEOUT_S = 20.0


def echo(payload: bytes, metadata: Metadata) -> bytes:
    """The handler of these tests: answers with what it was given."""
    if payload == NO_CHECK_REQUEST:
        raise CheckRequestMalformedError("the payload is no CheckRequest")
    if payload == FAULT:
        raise RuntimeError(SECRET)
    shown = "".join(f"{name}={value!r}\n" for name, value in metadata)
    return payload + b"|" + shown.encode()


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two transports."""

    name: str

    def make(
        self,
        handler: CheckHandler,
        address: str,
        tls: ServerFiles | None = None,
        bounds: Bounds = BOUNDS,
    ) -> Transport:
        """Make it, without starting it."""
        identity = None if tls is None else _identity(tls)
        if self.name == "grpcio":
            credentials = None if identity is None else make_credentials(identity)
            return GrpcTransport(handler, address, credentials=credentials, bounds=bounds)
        return FastTransport(handler, address, tls=identity, bounds=bounds)


@dataclass(frozen=True, slots=True)
class Served:
    """A transport that listens."""

    transport: Transport
    port: int
    loop: asyncio.AbstractEventLoop
    faults: list[dict[str, Any]]
    """What the loop was told of exceptions."""

    def begin(self, step: Coroutine[Any, Any, None]) -> Future[None]:
        """Run a coroutine of the transport on its loop."""
        return asyncio.run_coroutine_threadsafe(step, self.loop)

    def stop(self, grace_s: float) -> Future[None]:
        """Begin to stop the transport."""
        return self.begin(self.transport.stop(grace_s))


@contextmanager
def serving(make: Callable[[], Transport]) -> Iterator[Served]:
    """Start a transport; leaving the block stops it."""
    loop = uvloop.new_event_loop()
    faults: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: faults.append(context))
    thread = threading.Thread(target=loop.run_forever, name="transport")
    thread.start()
    try:
        transport, port = asyncio.run_coroutine_threadsafe(_start(make), loop).result(10)
        served = Served(transport, port, loop, faults)
        try:
            yield served
        finally:
            served.stop(0).result(_STOP_TIMEOUT_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(make: Callable[[], Transport]) -> tuple[Transport, int]:
    transport = make()
    return transport, await transport.start()


def _identity(files: ServerFiles) -> TlsIdentity:
    options = TlsOptions(files.chain, files.key, files.client_authority)
    return TlsIdentity(read_material(options), options.client_names)
