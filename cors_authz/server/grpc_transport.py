"""The transport on ``grpcio``'s asyncio server: carries bytes, knows nothing of CORS."""

from collections.abc import Callable
from typing import TypeAlias

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from cors_authz.authz.incoming import CheckRequestMalformedError
from cors_authz.server.endpoint import AddressUnavailableError
from cors_authz.server.service import Metadata

SERVICE = "envoy.service.auth.v3.Authorization"

MAX_REQUEST_BYTES = 1 << 20
"""Envoy's own limit on a header block is 60 KiB by default and 8 MiB at most; bodies are not
sent to us."""

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    # A second server on the same port must fail to start instead of taking half of the load.
    ("grpc.so_reuseport", 0),
)

CheckHandler: TypeAlias = Callable[[bytes, Metadata], bytes]


class GrpcTransport:
    """A gRPC server for one check handler, with the standard health service."""

    def __init__(self, handler: CheckHandler, address: str) -> None:
        """Prepare to listen on ``host:port`` or ``unix:/path``; nothing is open yet."""
        self._handler = handler
        self._address = address
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(options=_OPTIONS)

    async def start(self) -> int:
        """Listen and report SERVING; return the port, which is new where 0 was asked for.

        Raises:
            AddressUnavailableError: The address is taken or not ours.
        """
        methods = {
            "Check": grpc.unary_unary_rpc_method_handler(self._check),
        }
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, methods),)
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        try:
            port = self._server.add_insecure_port(self._address)
        except RuntimeError as error:
            raise AddressUnavailableError(
                f"cannot listen on {self._address}: is another server running there?"
            ) from error
        await self._server.start()
        for service in ("", SERVICE):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return int(port)

    async def report_not_serving(self) -> None:
        """Tell whoever asks for health, or watches it, to send nothing more."""
        await self._health.enter_graceful_shutdown()

    async def stop(self, grace_s: float) -> None:
        """Refuse new checks and give running ones ``grace_s`` seconds to end."""
        await self._server.stop(grace_s)

    async def _check(self, payload: bytes, context: grpc.aio.ServicerContext) -> bytes:
        try:
            return self._handler(payload, context.invocation_metadata() or ())
        except CheckRequestMalformedError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise
