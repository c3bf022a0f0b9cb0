"""A worker process: one policy set, one listener, from the first message to the drain.

It is started by :mod:`cors_authz.server.worker_process`, never forked, and knows nothing of
files, YAML or other workers.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

import uvloop
from msgspec.msgpack import Decoder

from cors_authz.config.compile import LoadedSet
from cors_authz.observability.decision_log import DecisionLog
from cors_authz.observability.record import CheckSink
from cors_authz.observability.spans import SpansUnavailableError, open_spans
from cors_authz.observability.writer import CLOSE_TIMEOUT_S, LineWriter
from cors_authz.server.channel import Channel, ChannelBrokenError, open_channel
from cors_authz.server.endpoint import AddressUnavailableError, parse_endpoint
from cors_authz.server.intake import SetRefusedError, receive_set
from cors_authz.server.interrupt import unless
from cors_authz.server.messages import (
    InForce,
    PolicySetPart,
    Ready,
    Refused,
    Start,
    StartFailed,
    TlsChanged,
    ToSupervisor,
    ToWorker,
)
from cors_authz.server.reporter import Reporter
from cors_authz.server.service import CheckService
from cors_authz.server.shared_output import SharedOutput
from cors_authz.server.signals import drain_requested
from cors_authz.server.slices import SLICE_S, do_in_slices, release_steps
from cors_authz.server.tls_identity import TlsIdentity
from cors_authz.server.transport import Transport
from cors_authz.server.transports import make_transport
from cors_authz.server.unix_socket import SocketAccess, open_to, private_creation, remove_socket

_SPANS_FLUSH_S = 2.0
_STDOUT = 1

WorkerChannel: TypeAlias = Channel[ToWorker, ToSupervisor]


class Worker:
    """Serves checks until it is told to drain, or its supervisor is gone."""

    def __init__(
        self, channel: WorkerChannel, start: Start, writer: LineWriter, sinks: Sequence[CheckSink]
    ) -> None:
        """``sinks`` want to know of every check, beside the log and what is reported."""
        self._channel = channel
        self._start = start
        self._reporter = Reporter(channel, writer)
        self._sinks: tuple[CheckSink, ...] = (self._reporter.tally, self._reporter.recent, *sinks)
        self._log = DecisionLog(writer, allowed_share=1.0, denied_share=1.0)
        self._in_force: LoadedSet | None = None
        self._identity = None if start.tls is None else TlsIdentity(start.tls, start.client_names)

    async def run(self, drain: asyncio.Event) -> None:
        """Take the first set in, listen, take further sets in until ``drain``, then drain."""
        reporting = asyncio.create_task(self._reporter.run())
        try:
            self._in_force = await unless(drain, self._receive_first_set())
            if self._in_force is not None:
                service = CheckService(self._in_force, (self._log, *self._sinks))
                await self._serve(service, drain)
        finally:
            reporting.cancel()
            await self._reporter.tell()

    async def _serve(self, service: CheckService, drain: asyncio.Event) -> None:
        start = self._start
        transport = make_transport(
            start.transport,
            service.check,
            start.address,
            self._identity,
            self._reporter.tally.refuse,
        )
        try:
            port = await self._listen(transport)
        except AddressUnavailableError as error:
            await self._channel.send(StartFailed(str(error)))
            return
        await self._channel.send(Ready(port))
        with suppress(ConnectionError):  # no reason to drop the checks under way
            await unless(drain, self._take_changes(service))
        await transport.report_not_serving()
        await asyncio.sleep(self._start.drain_delay_s)
        await transport.stop(self._start.grace_s)

    async def _listen(self, transport: Transport) -> int:
        path = parse_endpoint(self._start.address).path
        if path is None:
            return await transport.start()
        remove_socket(path)
        with private_creation():
            await transport.start()
        open_to(path, SocketAccess(self._start.socket_mode, self._start.socket_group))
        return 0

    async def _receive_first_set(self) -> LoadedSet | None:
        """Nobody waits for an answer yet, so there are no pauses."""
        try:
            loaded = await self._receive_set(pause_s=0)
        except SetRefusedError as error:
            await self._channel.send(StartFailed(str(error)))
            return None
        if loaded is not None:
            await self._tell(loaded)
        return loaded

    async def _receive_set(self, pause_s: float) -> LoadedSet | None:
        """Receive the next set, and certificates that may come before it."""
        while True:
            message = await self._channel.receive()
            match message:
                case PolicySetPart():
                    return await receive_set(self._channel, message, pause_s)
                case TlsChanged() if self._identity is not None:
                    self._identity.replace(message.material)
                case None:
                    return None
                case _:
                    raise ChannelBrokenError(f"{type(message).__name__} came unexpectedly")

    async def _take_changes(self, service: CheckService) -> None:
        """Put each set in force that comes, until the supervisor is gone."""
        while True:
            try:
                loaded = await self._receive_set(pause_s=SLICE_S)
            except SetRefusedError as error:
                await self._channel.send(Refused(error.revision, str(error)))
                continue
            if loaded is None:
                return
            service.put_in_force(loaded)
            former, self._in_force = self._in_force, loaded
            await self._tell(loaded)
            if former is not None:
                releasing = release_steps(former)
                del former, loaded
                await do_in_slices(releasing, pause_s=SLICE_S)

    async def _tell(self, loaded: LoadedSet) -> None:
        """Log as the set says that is in force now, and report it."""
        self._log.allowed_share = loaded.decision_log.allowed
        self._log.denied_share = loaded.decision_log.denied
        await self._channel.send(InForce(loaded.policy_set.revision))


async def _run(connection: socket.socket) -> None:
    channel: WorkerChannel = await open_channel(connection, Decoder(ToWorker))
    start = await channel.receive()
    if not isinstance(start, Start):
        return
    try:
        spans = open_spans(os.environ)
    except SpansUnavailableError as error:
        await channel.send(StartFailed(str(error)))
        return
    writer = LineWriter(SharedOutput(_STDOUT, start.log_lock))
    sinks = () if spans is None else (spans,)
    try:
        with drain_requested() as drain, suppress(ConnectionError):
            await Worker(channel, start, writer, sinks).run(drain)
    finally:
        writer.close(CLOSE_TIMEOUT_S)
        if spans is not None:
            spans.close(_SPANS_FLUSH_S)


def main() -> None:
    """Work for the supervisor at the other end of the descriptor given as the argument."""
    uvloop.run(_run(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
