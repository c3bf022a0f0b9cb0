"""The transport on our own HTTP/2: carries bytes, knows nothing of CORS.

It serves what Envoy and Kubernetes ask for: ``Check`` of the authorization service and of the
standard health service, unary and without compression.
"""

import asyncio
import math
import random
import socket
import time
from collections.abc import Callable

from google.protobuf.message import DecodeError
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from cors_authz.authz.incoming import CheckRequestMalformedError
from cors_authz.observability.counts import Refused
from cors_authz.server.http2.huffman import HuffmanDecoder
from cors_authz.server.http2.limits import Limits
from cors_authz.server.http2.unary_grpc import (
    PREFIX_BYTES,
    Metadata,
    Status,
    StatusError,
    UnaryMethods,
)
from cors_authz.server.listener import BACKLOG, Listener, listen
from cors_authz.server.session import Service, Session
from cors_authz.server.tls_identity import TlsIdentity
from cors_authz.server.transport import BOUNDS, SERVICE, Bounds, CheckHandler

_HEALTH_SERVICE = "grpc.health.v1.Health"

_READ_BYTES = 64 * 1024
"""What is read and answered at a time. The event loop reads up to 32 times from a peer that has
more waiting before the others have their turn; whoever is late then is refused, which is wanted:
with shorter turns nobody would be late, and everybody would wait."""

_TURN_MARK_S = 0.05
_MAX_TURN_S = 0.1
"""For how long the loop may be busy with what it found waiting before it looks for more. A check
that it comes to later has waited so long at least, and its client commonly gives up at 0.25 s."""

_MAX_CATCH_UP_S = 0.02
"""The processor time for which it may be late all the same. A worker that was only held up, by a
limit of its container for one, answers a thousand checks in it; one that is overloaded does not."""

_TICK_S = 0.25
_AGE_JITTER = 0.1
"""The share by which ages differ, so that peers do not come back all at once."""

_TLS_HANDSHAKE_S = 10.0
_TLS_SHUTDOWN_S = 2.0
"""For how long the end of a connection waits for the peer to agree to it."""


def _nobody_counts(_: Refused) -> None:
    """Where it is of no interest what is refused."""


class FastTransport:
    """A gRPC server for one check handler, on one event loop and without threads."""

    def __init__(
        self,
        handler: CheckHandler,
        address: str,
        *,
        tls: TlsIdentity | None = None,
        bounds: Bounds = BOUNDS,
        on_refused: Callable[[Refused], None] = _nobody_counts,
    ) -> None:
        """Prepare to listen on ``address``, as :func:`listen` reads it; nothing is open yet.

        ``on_refused`` is told of what is turned away because there is too much.
        """
        self._handler = handler
        self._address = address
        self._tls = tls
        self._bounds = bounds
        self._on_refused = on_refused
        self._turned_s = math.inf
        """When the loop last was seen to turn: timers run once in each turn."""
        self._turned_cpu_s = math.inf
        """The processor time that its thread had spent by then."""
        self._is_serving = True
        self._is_stopping = False
        self._sessions: set[Session] = set()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._listener: Listener | None = None
        self._servers: list[asyncio.Server] = []
        self._next_tick: asyncio.TimerHandle | None = None
        self._next_mark: asyncio.TimerHandle | None = None

    async def start(self) -> int:
        """Listen and report SERVING; return the port, which is new where 0 was asked for.

        Raises:
            AddressUnavailableError: The address is taken or not ours.
        """
        listener = self._listener = listen(self._address)
        loop = asyncio.get_running_loop()
        service = self._make_service(loop)
        for sock in listener.sockets:
            is_unix = sock.family == socket.AF_UNIX
            create = loop.create_unix_server if is_unix else loop.create_server
            server = await create(
                lambda: Session(service),
                sock=sock,
                backlog=BACKLOG,
                ssl=None if self._tls is None else self._tls.context,
                ssl_handshake_timeout=_TLS_HANDSHAKE_S if self._tls else None,
                ssl_shutdown_timeout=_TLS_SHUTDOWN_S if self._tls else None,
            )
            self._servers.append(server)
        self._tick(loop)
        self._mark_turn(loop)
        return listener.port

    async def report_not_serving(self) -> None:
        """Tell whoever asks for health to send nothing more."""
        self._is_serving = False

    async def stop(self, grace_s: float) -> None:
        """Refuse new checks and give running ones ``grace_s`` seconds to end."""
        self._is_stopping = True
        for server in self._servers:
            server.close()
        if self._listener is not None and self._listener.path is not None:
            self._listener.path.unlink(missing_ok=True)
        now_s = time.monotonic()
        for session in tuple(self._sessions):
            session.drain(now_s)
        try:
            async with asyncio.timeout(grace_s):
                await self._is_empty.wait()
        except TimeoutError:
            for session in tuple(self._sessions):
                session.abort()
        for timer in (self._next_tick, self._next_mark):
            if timer is not None:
                timer.cancel()

    def _make_service(self, loop: asyncio.AbstractEventLoop) -> Service:
        methods = {f"/{SERVICE}/Check": self._check, f"/{_HEALTH_SERVICE}/Check": self._health}
        bounds = self._bounds
        return Service(
            methods=UnaryMethods(methods, lambda error: _report(loop, error)),
            limits=Limits(
                max_body_bytes=PREFIX_BYTES + bounds.request_bytes,
                max_streams=bounds.streams,
                max_header_list_bytes=bounds.metadata_bytes,
            ),
            patience=bounds.patience,
            huffman=HuffmanDecoder(),
            read_buffer=memoryview(bytearray(_READ_BYTES)),
            accepts_peer=None if self._tls is None else self._tls.accepts_peer,
            draw_age_s=self._draw_age_s,
            on_made=self._on_made,
            on_lost=self._on_lost,
        )

    def _check(self, payload: bytes, metadata: Metadata) -> bytes:
        if self._is_late():
            self._on_refused(Refused.CHECK)
            raise StatusError(Status.UNAVAILABLE, "too many checks at once")
        try:
            return self._handler(payload, metadata)
        except CheckRequestMalformedError as error:
            raise StatusError(Status.INVALID_ARGUMENT, str(error)) from error

    def _is_late(self) -> bool:
        if time.monotonic() - self._turned_s <= _TURN_MARK_S + _MAX_TURN_S:
            return False
        return time.thread_time() - self._turned_cpu_s > _MAX_CATCH_UP_S

    def _health(self, payload: bytes, _metadata: Metadata) -> bytes:
        try:
            asked = HealthCheckRequest.FromString(payload).service
        except DecodeError as error:
            raise StatusError(Status.INTERNAL, "the payload is no HealthCheckRequest") from error
        if asked not in ("", SERVICE):
            raise StatusError(Status.NOT_FOUND, "no such service")
        statuses = HealthCheckResponse.ServingStatus
        status = statuses.SERVING if self._is_serving else statuses.NOT_SERVING
        reply: bytes = HealthCheckResponse(status=status).SerializeToString()
        return reply

    def _draw_age_s(self) -> float:
        # Spread, not secrecy, is what this is for.
        return self._bounds.patience.age_s * random.uniform(1 - _AGE_JITTER, 1 + _AGE_JITTER)  # noqa: S311

    def _on_made(self, session: Session) -> None:
        self._sessions.add(session)
        self._is_empty.clear()
        if len(self._sessions) > self._bounds.connections:
            self._on_refused(Refused.CONNECTION)
            session.abort()
        elif self._is_stopping:  # its handshake was under way
            session.drain(time.monotonic())

    def _on_lost(self, session: Session) -> None:
        self._sessions.discard(session)
        if not self._sessions:
            self._is_empty.set()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now_s = time.monotonic()
        for session in tuple(self._sessions):
            session.tick(now_s)
        self._next_tick = loop.call_later(_TICK_S, self._tick, loop)

    def _mark_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turned_s = time.monotonic()
        self._turned_cpu_s = time.thread_time()
        self._next_mark = loop.call_later(_TURN_MARK_S, self._mark_turn, loop)


def _report(loop: asyncio.AbstractEventLoop, error: Exception) -> None:
    loop.call_exception_handler({"message": "the check failed", "exception": error})
