"""The transport on ``grpcio``'s asyncio server: carries bytes, knows nothing of CORS."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from cors_authz.authz.incoming import CheckRequestMalformedError
from cors_authz.server.endpoint import AddressUnavailableError
from cors_authz.server.transport import BOUNDS, SERVICE, Bounds, CheckHandler

_MAX_WAITING_CHECKS = 1024
"""Of all connections, in the C core, until the event loop gets to them: more than one Envoy sends
at once by default, and no more than a third of a second's work. It answers CANCELLED to others."""

_METHOD = f"/{SERVICE}/Check"

_LOST_AFTER_S = 0.25
"""After a stop has begun, a call that is none of ours by then never will be."""

_MIN_PING_INTERVAL_S = 0.5
"""Envoy's keepalive pings should pass; three that come faster end the connection."""


class GrpcTransport:
    """A gRPC server for one check handler, with the standard health service."""

    def __init__(
        self,
        handler: CheckHandler,
        address: str,
        *,
        credentials: grpc.ServerCredentials | None = None,
        accepts: Callable[[Iterable[str]], bool] | None = None,
        bounds: Bounds = BOUNDS,
    ) -> None:
        """Prepare to listen on ``host:port`` or ``unix:/path``; nothing is open yet.

        ``accepts`` judges peers by the alternative names in their certificates.
        """
        self._handler = handler
        self._address = address
        self._credentials = credentials
        self._accepts = accepts
        self._health = health.aio.HealthServicer()
        self._calls: set[asyncio.Task[object]] = set()
        self._server = grpc.aio.server(options=_options(bounds))

    async def start(self) -> int:
        """Listen and report SERVING; return the port, which is new where 0 was asked for.

        Raises:
            AddressUnavailableError: The address is taken or not ours.
        """
        check = grpc.unary_unary_rpc_method_handler(self._check)
        self._server.add_generic_rpc_handlers((_CheckMethod(check, self._calls),))
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
        """Refuse new checks and give running ones ``grace_s`` seconds to end.

        grpcio may take a call in just as it stops, and never look at it again; its peer would wait
        out the grace. Such calls are cancelled, so that they can be made elsewhere.
        """
        stopping = asyncio.ensure_future(self._server.stop(grace_s))
        while not (await asyncio.wait((stopping,), timeout=_LOST_AFTER_S))[0]:
            if not self._calls:
                await self._server.stop(None)
        await stopping

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


class _CheckMethod(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Finds the one method there is, and keeps the tasks of its calls until they end."""

    def __init__(self, handler: grpc.RpcMethodHandler, calls: set["asyncio.Task[object]"]) -> None:
        self._handler = handler
        self._calls = calls

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Return the handler of a call, in whose task we are; ``None`` for another method."""
        if handler_call_details.method != _METHOD:
            return None
        task = asyncio.current_task()
        if task is not None:
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        return self._handler


def _alternative_names(context: grpc.aio.ServicerContext) -> Iterator[str]:
    for name in context.auth_context().get("x509_subject_alternative_name", ()):
        yield name.decode(errors="replace")


def _options(bounds: Bounds) -> tuple[tuple[str, int], ...]:
    """What the C core is told (``grpc/impl/channel_arg_names.h``)."""
    patience = bounds.patience
    return (
        # A second server on the same port must fail to start instead of taking half of the load.
        ("grpc.so_reuseport", 0),
        ("grpc.max_allowed_incoming_connections", bounds.connections),
        ("grpc.max_concurrent_streams", bounds.streams),
        ("grpc.max_receive_message_length", bounds.request_bytes),
        # Between soft and hard limits it would be left to chance.
        ("grpc.max_metadata_size", bounds.metadata_bytes),
        ("grpc.absolute_max_metadata_size", bounds.metadata_bytes),
        ("grpc.server.max_pending_requests", _MAX_WAITING_CHECKS),
        ("grpc.server.max_pending_requests_hard_limit", _MAX_WAITING_CHECKS),
        ("grpc.max_connection_age_ms", _ms(patience.age_s)),
        ("grpc.max_connection_age_grace_ms", _ms(patience.age_grace_s)),
        ("grpc.server_handshake_timeout_ms", _ms(patience.handshake_s)),
        ("grpc.http2.settings_timeout", _ms(patience.handshake_s)),
        ("grpc.keepalive_time_ms", _ms(patience.silence_s)),
        ("grpc.http2.ping_timeout_ms", _ms(patience.ping_s)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", _ms(_MIN_PING_INTERVAL_S)),
    )


def _ms(duration_s: float) -> int:
    return round(duration_s * 1000)
