"""The transport on ``grpcio``'s asyncio server: carries bytes, knows nothing of CORS."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from cors_authz.authz.incoming import CheckRequestMalformedError
from cors_authz.server.endpoint import AddressUnavailableError
from cors_authz.server.transport import (
    CONNECTION_AGE_S,
    MAX_REQUEST_BYTES,
    SERVICE,
    CheckHandler,
)

_AGE_GRACE_S = 30

_MAX_STREAMS_PER_CONNECTION = 1024
"""Envoy's own default for how many requests a cluster may have under way; what comes beyond
waits there, where it has a deadline."""


class GrpcTransport:
    """A gRPC server for one check handler, with the standard health service."""

    def __init__(
        self,
        handler: CheckHandler,
        address: str,
        *,
        credentials: grpc.ServerCredentials | None = None,
        accepts: Callable[[Iterable[str]], bool] | None = None,
        connection_age_s: float = CONNECTION_AGE_S,
    ) -> None:
        """Prepare to listen on ``host:port`` or ``unix:/path``; nothing is open yet.

        ``accepts`` judges peers by the alternative names in their certificates.
        """
        self._handler = handler
        self._address = address
        self._credentials = credentials
        self._accepts = accepts
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(
            options=(
                ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
                # A second server on the same port must fail to start instead of taking half of
                # the load.
                ("grpc.so_reuseport", 0),
                ("grpc.max_connection_age_ms", round(connection_age_s * 1000)),
                ("grpc.max_connection_age_grace_ms", _AGE_GRACE_S * 1000),
                ("grpc.max_concurrent_streams", _MAX_STREAMS_PER_CONNECTION),
            ),
        )

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
            port = self._add_port()
        except RuntimeError as error:
            raise AddressUnavailableError(
                f"cannot listen on {self._address}: is another server running there?"
            ) from error
        await self._server.start()
        for service in ("", SERVICE):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return port

    async def report_not_serving(self) -> None:
        """Tell whoever asks for health, or watches it, to send nothing more."""
        await self._health.enter_graceful_shutdown()

    async def stop(self, grace_s: float) -> None:
        """Refuse new checks and give running ones ``grace_s`` seconds to end."""
        await self._server.stop(grace_s)

    def _add_port(self) -> int:
        if self._credentials is None:
            return int(self._server.add_insecure_port(self._address))
        return int(self._server.add_secure_port(self._address, self._credentials))

    async def _check(self, payload: bytes, context: grpc.aio.ServicerContext) -> bytes:
        if self._accepts is not None and not self._accepts(_alternative_names(context)):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "your certificate may not ask")
        try:
            return self._handler(payload, context.invocation_metadata() or ())
        except CheckRequestMalformedError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise
        except Exception as error:
            fault = {"message": "the check failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(fault)
            # grpcio would send the exception's text.
            await context.abort(grpc.StatusCode.INTERNAL, "internal error")
            raise


def _alternative_names(context: grpc.aio.ServicerContext) -> Iterator[str]:
    for name in context.auth_context().get("x509_subject_alternative_name", ()):
        yield name.decode(errors="replace")
