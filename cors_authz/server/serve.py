"""What ``cors-authz serve`` runs: the pieces put together around one event loop."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager

from cors_authz.config.watch import Watcher
from cors_authz.observability.gathered import Gathered
from cors_authz.observability.lifecycle import Lifecycle
from cors_authz.observability.writer import CLOSE_TIMEOUT_S, LineWriter
from cors_authz.server.endpoint import Endpoint, worker_endpoints
from cors_authz.server.facts import server_facts
from cors_authz.server.fleet import Fleet
from cors_authz.server.messages import Start
from cors_authz.server.options import ServeOptions
from cors_authz.server.shared_output import SharedOutput, create_lock
from cors_authz.server.supervisor import Beside, Supervisor
from cors_authz.server.tls import TlsMaterial, read_material
from cors_authz.server.tls_watch import watch_tls
from cors_authz.server.unix_socket import claim_path

_STDOUT = 1


def serve(options: ServeOptions, beside: Beside) -> None:
    """Serve checks until SIGTERM or SIGINT, then drain. A second signal ends at once.

    Raises:
        AddressInvalidError: The address to listen on is none.
        AddressUnavailableError: The socket to listen on is taken, or cannot be made.
        TlsInvalidError: Certificate or key cannot be used.
        SetInvalidError: The policy set has errors.
        BrokenStartError: A worker cannot start.
    """
    endpoints = worker_endpoints(options.listen, options.workers)
    material = None if options.tls is None else read_material(options.tls)
    log_lock = create_lock()
    with _claimed(endpoints) as claims, _line_writer(log_lock) as writer:
        starts = [_start(options, e, material, log_lock, i) for i, e in enumerate(endpoints)]
        inherited = [(log_lock, *claim) for claim in claims]
        asyncio.run(_serve(options, beside, starts, inherited, writer))


async def _serve(
    options: ServeOptions,
    beside: Beside,
    starts: Sequence[Start],
    inherited: Sequence[Sequence[int]],
    writer: LineWriter,
) -> None:
    lifecycle = Lifecycle(writer, options.log_level)
    gathered = Gathered(lambda: server_facts(supervisor), lambda: writer.dropped_lines)
    fleet = Fleet(starts, inherited, lifecycle, gathered.add)
    supervisor = Supervisor(options, Watcher(options.config), fleet, lifecycle, gathered)
    async with _tls_watched(options, starts[0].tls, fleet, lifecycle):
        await supervisor.run(beside)


@asynccontextmanager
async def _tls_watched(
    options: ServeOptions, material: TlsMaterial | None, fleet: Fleet, lifecycle: Lifecycle
) -> AsyncIterator[None]:
    """While the block runs, workers get certificates that change."""
    if options.tls is None or material is None:
        yield
        return
    watching = asyncio.create_task(watch_tls(options.tls, material, fleet.give_tls, lifecycle))
    try:
        yield
    finally:
        watching.cancel()


def _start(
    options: ServeOptions,
    endpoint: Endpoint,
    material: TlsMaterial | None,
    log_lock: int,
    index: int,
) -> Start:
    return Start(
        index=index,
        address=endpoint.address,
        transport=options.transport,
        socket_mode=options.socket_access.mode,
        socket_group=options.socket_access.group,
        drain_delay_s=options.drain_delay_s,
        grace_s=options.grace_s,
        tls=material,
        client_names=() if options.tls is None else options.tls.client_names,
        log_lock=log_lock,
    )


@contextmanager
def _claimed(endpoints: Sequence[Endpoint]) -> Iterator[Sequence[Sequence[int]]]:
    """Hold the locks of all socket files; each worker inherits its own, and holds it too."""
    with ExitStack() as locks:
        claims: list[tuple[int, ...]] = []
        for endpoint in endpoints:
            if endpoint.path is None:
                claims.append(())
                continue
            lock = claim_path(endpoint.path)
            locks.callback(os.close, lock)
            claims.append((lock,))
        yield claims


@contextmanager
def _line_writer(log_lock: int) -> Iterator[LineWriter]:
    writer = LineWriter(SharedOutput(_STDOUT, log_lock))
    try:
        yield writer
    finally:
        writer.close(CLOSE_TIMEOUT_S)
