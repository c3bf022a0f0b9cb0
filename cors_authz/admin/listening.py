"""From an address of ``--admin`` to a socket, and back. Who serves on it is not said here."""

import socket
from contextlib import suppress
from pathlib import Path

UNIX = "unix:"


class AdminAddressError(OSError):
    """The admin server cannot listen where it was told to."""


def listen(address: str) -> socket.socket:
    """Listen on ``host:port`` or ``unix:/path``.

    Raises:
        AdminAddressError: The address is none, taken, or not ours.
    """
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


def address_of(listener: socket.socket, address: str) -> str:
    """The address, whose port is new where 0 was asked for."""
    if address.startswith(UNIX):
        return address
    return f"{address.rpartition(':')[0]}:{listener.getsockname()[1]}"
