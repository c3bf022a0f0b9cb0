"""The seam between the server and what carries its bytes. No transport is named here."""

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from cors_authz.server.service import Metadata

SERVICE: Final = "envoy.service.auth.v3.Authorization"

MAX_REQUEST_BYTES: Final = 1 << 20
"""Envoy's own limit on a header block is 60 KiB by default and 8 MiB at most; bodies are not
sent to us."""

CONNECTION_AGE_S: Final = 1800.0
"""After about this long a peer is asked to connect anew, so that load finds new endpoints."""

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
