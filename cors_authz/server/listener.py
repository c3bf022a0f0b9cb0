"""From an address as gRPC writes it to sockets that listen. Who accepts is not said here."""

import socket
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cors_authz.server.transport import AddressUnavailableError

_BACKLOG = 1024
_PROBE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Listener:
    """Sockets of one address; a name may stand for several."""

    sockets: tuple[socket.socket, ...]
    port: int
    """The TCP port, or 1 for a UNIX socket, as with grpcio."""
    _file: tuple[Path, int, int] | None = None
    """The path of a UNIX socket, with the device and inode that are ours."""

    def remove_file(self) -> None:
        """Unlink our UNIX socket, but not one that another process has put in its place."""
        if self._file is None:
            return
        path, *ours = self._file
        try:
            found = path.stat()
        except FileNotFoundError:
            return
        if [found.st_dev, found.st_ino] == ours:
            path.unlink()


def listen(address: str) -> Listener:
    """Listen on ``host:port``, ``[v6]:port``, ``unix:/path`` or ``unix-abstract:name``.

    A UNIX socket that nobody listens on any more is replaced; one in use is not.

    Raises:
        AddressUnavailableError: The address is taken, not ours or not understood.
    """
    try:
        if address.startswith("unix-abstract:"):
            name = address.removeprefix("unix-abstract:")
            return Listener((_listen_unix(f"\0{name}"),), 1)
        if address.startswith("unix:"):
            return _listen_on_file(Path(address.removeprefix("unix:")))
        return _listen_tcp(address)
    except (OSError, ValueError) as error:
        raise AddressUnavailableError(f"cannot listen on {address}") from error


def _listen_on_file(path: Path) -> Listener:
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        _check_nobody_answers(path)
        path.unlink()
    sock = _listen_unix(str(path))
    created = path.stat()
    return Listener((sock,), 1, (path, created.st_dev, created.st_ino))


def _check_nobody_answers(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_TIMEOUT_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return
    raise OSError(f"{path} is in use")


def _listen_unix(name: str) -> socket.socket:
    with ExitStack() as undo:
        sock = undo.enter_context(socket.socket(socket.AF_UNIX))
        sock.bind(name)
        sock.listen(_BACKLOG)
        undo.pop_all()
    return sock


def _listen_tcp(address: str) -> Listener:
    host, _, service = address.rpartition(":")
    port = int(service)
    found = socket.getaddrinfo(
        host.strip("[]") or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets: list[socket.socket] = []
    with ExitStack() as undo:
        for family, _, _, _, target in dict.fromkeys(found):
            sock = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            # A server that was killed must be able to come back at once.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # "[::]" means IPv4 too, as with grpcio, but no more than it says elsewhere.
                is_any = target[0] == "::" and len(found) == 1
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_any)
            # Every address gets the port that the first one was given.
            sock.bind((target[0], port, *target[2:]))
            port = sock.getsockname()[1]
            sock.listen(_BACKLOG)
            sockets.append(sock)
        undo.pop_all()
    return Listener(tuple(sockets), port)
