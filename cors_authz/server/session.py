"""One peer of the fast transport: moves bytes between its socket and the HTTP/2 protocol.

What is in the bytes is the protocol's, what is answered is the methods'.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from cors_authz.server.http2.connection import Connection
from cors_authz.server.http2.errors import ErrorCode
from cors_authz.server.http2.events import Event, RequestReceived
from cors_authz.server.http2.huffman import HuffmanDecoder
from cors_authz.server.http2.lifetime import Due, Lifetime, Patience
from cors_authz.server.http2.limits import Limits
from cors_authz.server.http2.unary_grpc import UnaryMethods

_ALPN = "h2"
_WRITE_AHEAD_BYTES = 256 * 1024
"""What may wait for a slow peer before nothing more is read from it."""

_ANSWERED_TOGETHER_BYTES = 4096
"""What is answered before it is written, some five checks: while we work on those that follow,
the peer goes on with these. With one write for all that was read, each of us would wait for the
other; with one for each check, both would have more to do."""

_KEEPALIVE_PING = b"are you?"


@dataclass(frozen=True, slots=True)
class Service:
    """What all sessions of a transport share."""

    methods: UnaryMethods
    limits: Limits
    patience: Patience
    huffman: HuffmanDecoder
    read_buffer: memoryview
    """One for all: what is read is taken out before anybody else reads."""
    accepts_peer: Callable[[ssl.SSLObject], bool] | None
    """Judges peers whose TLS handshake is done; ``None`` without TLS."""
    draw_age_s: Callable[[], float]
    on_made: Callable[["Session"], None]
    on_lost: Callable[["Session"], None]


class Session(asyncio.BufferedProtocol):
    """Reads once, answers every request that this completes, and writes some answers at a time."""

    def __init__(self, service: Service) -> None:
        now_s = time.monotonic()
        self._service = service
        self._connection = Connection(service.limits, service.huffman, now_s)
        self._lifetime = Lifetime(service.patience, service.draw_age_s(), now_s)
        self._socket: asyncio.Transport
        self._is_paused = False
        self._has_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello, unless the peer may not ask us or has not agreed to HTTP/2."""
        self._socket = cast(asyncio.Transport, transport)
        self._socket.set_write_buffer_limits(high=_WRITE_AHEAD_BYTES)
        tls, accepts_peer = transport.get_extra_info("ssl_object"), self._service.accepts_peer
        # RFC 9113 section 3.2
        is_http2 = tls is None or tls.selected_alpn_protocol() == _ALPN
        if not is_http2 or (accepts_peer is not None and not accepts_peer(tls)):
            self._socket.abort()
            return
        self._service.on_made(self)
        self._write(time.monotonic())

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the peer."""
        self._service.on_lost(self)

    def get_buffer(self, _size_hint: int) -> memoryview:
        """Say where to read to."""
        return self._service.read_buffer

    def buffer_updated(self, size: int) -> None:
        """Answer what was read."""
        now_s = time.monotonic()
        self._lifetime.heard_s = now_s
        connection = self._connection
        received = self._service.read_buffer[:size]
        for start in range(0, size, _ANSWERED_TOGETHER_BYTES):
            part = bytes(received[start : start + _ANSWERED_TOGETHER_BYTES])
            for event in connection.receive(part, now_s):
                if connection.is_waiting(event.stream_id):
                    self._answer(event)
            self._write(now_s)

    def eof_received(self) -> None:
        """Let the socket close once it is flushed: all that could be answered is."""

    def pause_writing(self) -> None:
        """Read nothing more from a peer that does not read what we have to say."""
        self._is_paused = True
        self._socket.pause_reading()

    def resume_writing(self) -> None:
        """Go on once it does."""
        self._is_paused = False
        self._lifetime.wrote_s = time.monotonic()
        self._socket.resume_reading()

    def drain(self, now_s: float) -> None:
        """Ask the peer to end, and close once everything is answered."""
        self._lifetime.note_drain(now_s)
        self._connection.drain()
        if not self._connection.is_confirmed:  # it has not even begun, and may never
            self._connection.accept_no_more()
        self._write(now_s)

    def abort(self) -> None:
        """Close at once."""
        self._socket.abort()

    def tick(self, now_s: float) -> None:
        """Do what the time demands; to be called now and then."""
        due = self._lifetime.due(
            now_s,
            is_confirmed=self._connection.is_confirmed,
            is_stalled=self._is_paused or self._connection.is_blocked,
        )
        if due is not Due.NOTHING:
            self._ON_DUE[due](self, now_s)

    def _ping(self, now_s: float) -> None:
        self._connection.ping(_KEEPALIVE_PING)
        self._write(now_s)

    def _accept_no_more(self, now_s: float) -> None:
        self._connection.accept_no_more()
        self._write(now_s)

    def _abandon(self, now_s: float) -> None:
        self._connection.abandon(ErrorCode.NO_ERROR, "the time is over")
        self._write(now_s)

    def _close(self, _now_s: float) -> None:
        self._socket.close()

    def _abort(self, _now_s: float) -> None:
        self._socket.abort()

    _ON_DUE: ClassVar[Mapping[Due, Callable[["Session", float], None]]] = {
        Due.PING: _ping,
        Due.DRAIN: drain,
        Due.ACCEPT_NO_MORE: _accept_no_more,
        Due.ABANDON: _abandon,
        Due.CLOSE: _close,
        Due.ABORT: _abort,
    }

    def _answer(self, event: Event) -> None:
        methods = self._service.methods
        if isinstance(event, RequestReceived):
            answer = methods.answer(event, time.monotonic())
        else:
            answer = methods.refuse(event)
        self._connection.answer(event.stream_id, answer.head, answer.body, answer.trailers)

    def _write(self, now_s: float) -> None:
        output = self._connection.take_output()
        if output and not self._has_ended:
            self._socket.write(output)
            self._lifetime.wrote_s = now_s
        if self._connection.is_finished and not self._has_ended:
            self._has_ended = True
            self._lifetime.note_end(now_s)
            if self._socket.can_write_eof():  # TLS cannot
                self._socket.write_eof()
