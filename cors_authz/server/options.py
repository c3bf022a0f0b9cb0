"""What ``cors-authz serve`` is told on its command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cors_authz.observability.lifecycle import Level
from cors_authz.server.tls import TlsOptions
from cors_authz.server.unix_socket import SocketAccess

GRPCIO: Final = "grpcio"
FAST: Final = "fast"
TRANSPORT_NAMES: Final = (FAST, GRPCIO)
"""What can carry the checks; the default is the first."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where and how to serve."""

    config: Path
    """The folder or file with the policy set."""
    listen: str
    """``host:port``, ``unix:/path`` or ``unix-abstract:name``."""
    transport: str
    """One of :data:`TRANSPORT_NAMES`."""
    tls: TlsOptions | None
    workers: int
    socket_access: SocketAccess
    drain_delay_s: float
    """How long to go on serving after health says NOT_SERVING, so that Envoy can notice."""
    grace_s: float
    """How long running checks may take to end."""
    log_level: Level
    """The least weight of what the life-cycle log tells."""
