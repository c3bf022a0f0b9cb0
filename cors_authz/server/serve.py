"""From start to drain: what ``cors-authz serve`` does, as three steps one can read aloud."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import uvloop

from cors_authz.config import LoadedSet
from cors_authz.observability.decision_log import DecisionLog
from cors_authz.observability.writer import Line, LineWriter
from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.grpc_transport import GrpcTransport
from cors_authz.server.service import CheckService
from cors_authz.server.transport import CheckHandler, Transport

TRANSPORTS: Final[Mapping[str, Callable[[CheckHandler, str], Transport]]] = {
    "grpcio": GrpcTransport,
    "fast": FastTransport,
}
"""What can carry the checks to the handler, by the name that operators give it."""

_LOG_FLUSH_S = 2.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where and how to serve."""

    listen: str
    """``host:port`` or ``unix:/path``."""
    drain_delay_s: float
    """How long to go on serving after health says NOT_SERVING, so that Envoy can notice."""
    grace_s: float
    """How long running checks may take to end."""
    transport: str
    """One of :data:`TRANSPORTS`."""


def serve(loaded: LoadedSet, options: ServeOptions) -> None:
    """Serve checks until SIGTERM or SIGINT, then drain. A second signal ends at once.

    Raises:
        AddressUnavailableError: The address to listen on is taken or not ours.
    """
    writer = LineWriter(sys.stdout.buffer)
    try:
        uvloop.run(_serve(loaded, options, writer))
    finally:
        writer.close(_LOG_FLUSH_S)


async def _serve(loaded: LoadedSet, options: ServeOptions, writer: LineWriter) -> None:
    shares = loaded.decision_log
    log = DecisionLog(writer, allowed_share=shares.allowed, denied_share=shares.denied)
    service = CheckService(loaded, sinks=[log])
    transport = TRANSPORTS[options.transport](service.check, options.listen)
    stop = asyncio.Event()
    with _stop_signals_set(stop):
        port = await transport.start()
        started = {"listen": options.listen, "port": port, "revision": loaded.policy_set.revision}
        _announce(writer, "started", started)
        await stop.wait()
    _announce(writer, "draining", {"delaySeconds": options.drain_delay_s})
    await transport.report_not_serving()
    await asyncio.sleep(options.drain_delay_s)
    await transport.stop(options.grace_s)
    _announce(writer, "stopped", {"droppedLines": writer.dropped_lines})


@contextmanager
def _stop_signals_set(event: asyncio.Event) -> Iterator[None]:
    """Until the block ends a stop signal sets ``event``; after it, it ends the process."""
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, event.set)
    try:
        yield
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)


def _announce(writer: LineWriter, event: str, fields: Mapping[str, Any]) -> None:
    writer.submit(Line("info", event, time.time_ns(), lambda: fields))
