"""Ports of loopback: those that people can remember if they are free, else any."""

import errno
import socket
from contextlib import ExitStack, closing

_FAMILIES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
"""Browsers try both for ``*.localhost``; what another program has on either is taken."""


def choose_ports(*preferred: int) -> tuple[int, ...]:
    """Find different ports to listen on: each as preferred if it is free; 0 prefers none."""
    with ExitStack() as probes:
        return tuple(_choose_port(port, probes) for port in preferred)


def _choose_port(preferred: int, probes: ExitStack) -> int:
    if preferred and all(_is_free(family, host, preferred) for family, host in _FAMILIES):
        return preferred
    # Held until all are chosen, so that no port comes twice.
    probe = probes.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
    probe.bind(("127.0.0.1", 0))
    port: int = probe.getsockname()[1]
    return port


def _is_free(family: socket.AddressFamily, host: str, port: int) -> bool:
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
