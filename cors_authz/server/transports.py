"""What can carry the checks to the handler, by the name that operators give it."""

from collections.abc import Callable, Mapping
from typing import Final

from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.transport import CheckHandler, Transport


def _make_grpc_transport(handler: CheckHandler, address: str) -> Transport:
    # Imported where it is asked for: grpcio takes 9 MB of every worker and a third of its start.
    from cors_authz.server.grpc_transport import GrpcTransport  # noqa: PLC0415

    return GrpcTransport(handler, address)


TRANSPORTS: Final[Mapping[str, Callable[[CheckHandler, str], Transport]]] = {
    "grpcio": _make_grpc_transport,
    "fast": FastTransport,
}
