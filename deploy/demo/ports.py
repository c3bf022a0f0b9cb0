"""Ports of loopback: those that people can remember if they are free, else any."""

import errno
import socket
from contextlib import closing

LOOPBACK = "127.0.0.1"

_FAMILIES = ((socket.AF_INET, LOOPBACK), (socket.AF_INET6, "::1"))
"""Browsers try both for ``*.localhost``; what another program has on either is taken."""


def occupy(preferred: int = 0) -> socket.socket:
    """Listen on the preferred port if it is free, else on a free one; the caller closes it."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, preferred if preferred and _is_free(preferred) else 0))
        listening.listen()
    except OSError:
        listening.close()
        if not preferred:
            raise
        return occupy()
    return listening


def port_of(listening: socket.socket) -> int:
    """The port on which a socket listens."""
    port: int = listening.getsockname()[1]
    return port


def choose(preferred: int = 0) -> int:
    """Find a port for another program: the preferred one if it is free, else a free one."""
    if preferred and _is_free(preferred):
        return preferred
    with closing(occupy()) as probe:
        return port_of(probe)


def _is_free(port: int) -> bool:
    return all(_is_free_at(family, host, port) for family, host in _FAMILIES)


def _is_free_at(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        probe = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return True  # the machine does not speak this family
    with closing(probe):
        # What is merely left over from connections that were closed is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRNOTAVAIL
    return True
