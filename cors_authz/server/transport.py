"""The seam between the server and what carries its bytes. No transport is named here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from cors_authz.server.http2.lifetime import Patience
from cors_authz.server.service import Metadata

SERVICE: Final = "envoy.service.auth.v3.Authorization"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one worker takes on, by either transport; what is more is refused.

    ``docs/operations.md`` says how clients see it.
    """

    request_bytes: int = 1 << 20
    """Of one message. Envoy's own limit on a header block is 60 KiB by default and 8 MiB at most;
    bodies are not sent to us."""
    metadata_bytes: int = 64 * 1024
    """Of a call, as HTTP/2 counts them: 32 bytes a field and more (RFC 9113 section 6.5.2), so that
    this bounds their number too. Envoy may pass on headers of its clients, and accepts 60 KiB."""
    streams: int = 1024
    """Of one connection at once: Envoy's own default for the requests of a cluster. It holds back
    what exceeds it, but only once it has read our SETTINGS; a burst on a fresh connection should
    not be refused."""
    connections: int = 1000
    """Envoy opens one for each of its threads. So many are left free of the 1024 descriptors that
    a process commonly may have."""
    patience: Patience = field(default_factory=lambda: Patience(age_s=1800.0))
    """After half an hour a peer is asked to connect anew, so that load finds new endpoints."""


BOUNDS: Final = Bounds()

CheckHandler: TypeAlias = Callable[[bytes, Metadata], bytes]
"""Answers a serialised ``CheckRequest``, or raises ``CheckRequestMalformedError``."""


class Transport(Protocol):
    """A gRPC server for one check handler, with the standard health service."""

    async def start(self) -> int:
        """Listen and report SERVING; return the port, which is new where 0 was asked for.

        Raises:
            AddressUnavailableError: The address is taken or not ours.
        """

    async def report_not_serving(self) -> None:
        """Tell whoever asks for health to send nothing more."""

    async def stop(self, grace_s: float) -> None:
        """Refuse new checks and give running ones ``grace_s`` seconds to end."""
