"""From an address as gRPC writes it to sockets that listen. Who accepts is not said here."""

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cors_authz.server.endpoint import AddressUnavailableError, Endpoint, parse_endpoint

BACKLOG = 1024
"""Connections that may wait to be accepted, for whoever accepts to keep."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Sockets of one address; a name may stand for several."""

    sockets: tuple[socket.socket, ...]
    port: int
    """0 where it is no TCP port."""
    path: Path | None
    """The socket file, which is the listener's to remove."""


def listen(address: str) -> Listener:
    """Listen on ``host:port``, ``unix:/path`` or ``unix-abstract:name``.

    A socket file must not be there yet: whether it is a stale one is for the caller to know.

    Raises:
        AddressInvalidError: The address is none of these.
        AddressUnavailableError: It is taken, or not ours.
    """
    endpoint = parse_endpoint(address)
    try:
        if endpoint.path is not None:
            return Listener((_listen_unix(str(endpoint.path)),), 0, endpoint.path)
        if endpoint.abstract_name is not None:
            return Listener((_listen_unix(f"\0{endpoint.abstract_name}"),), 0, None)
        return _listen_tcp(endpoint)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        why = "is another server running there?" if is_taken else str(error)
        raise AddressUnavailableError(f"cannot listen on {address}: {why}") from error


def _listen_unix(name: str) -> socket.socket:
    with ExitStack() as undo:
        sock = undo.enter_context(socket.socket(socket.AF_UNIX))
        sock.bind(name)
        sock.listen(BACKLOG)
        undo.pop_all()
    return sock


def _listen_tcp(endpoint: Endpoint) -> Listener:
    port = endpoint.port
    found = socket.getaddrinfo(
        endpoint.host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    with ExitStack() as undo:
        for family, _, _, _, target in dict.fromkeys(found):
            sock = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            # A server that was killed must be able to come back at once.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # "[::]" means IPv4 too, as with grpcio, but a name gets a socket for each.
                is_any = target[0] == "::" and len(found) == 1
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_any)
            # Every address gets the port that the first one was given.
            sock.bind((target[0], port, *target[2:]))
            port = sock.getsockname()[1]
            sock.listen(BACKLOG)
            sockets.append(sock)
        undo.pop_all()
    return Listener(tuple(sockets), port, None)
