"""What can carry the checks to the handler, by the name that operators give it."""

from collections.abc import Callable, Mapping
from typing import Final

from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.grpc_transport import GrpcTransport
from cors_authz.server.transport import CheckHandler, Transport

TRANSPORTS: Final[Mapping[str, Callable[[CheckHandler, str], Transport]]] = {
    "grpcio": GrpcTransport,
    "fast": FastTransport,
}
