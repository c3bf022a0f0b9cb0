"""Authorization services that misbehave, or count, each on a port of its own."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import grpc
from grpc_health.v1 import health, health_pb2_grpc

from cors_authz._generated.ext_authz_pb2 import CheckRequest, CheckResponse

Answer = Callable[[CheckRequest, grpc.ServicerContext], CheckResponse]

SLOW_S = 0.15


@dataclass(slots=True)
class Services:
    """The ports by name, and how many checks the counting ones have got."""

    ports: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def counting(self, name: str) -> Answer:
        self.counts[name] = 0

        def answer(_: CheckRequest, __: grpc.ServicerContext) -> CheckResponse:
            self.counts[name] += 1
            return _allowing()

        return answer


@contextmanager
def run_services() -> Iterator[Services]:
    """Serve until the block is left."""
    services = Services()
    answers: dict[str, Answer] = {
        "unavailable": _unavailable,
        "slow": _slow,
        "splitting": _splitting,
        "first": services.counting("first"),
        "second": services.counting("second"),
    }
    with ExitStack() as stack:
        for name, answer in answers.items():
            services.ports[name] = stack.enter_context(_serving(answer))
        services.ports["hanging"] = stack.enter_context(_silence())
        services.ports["dead"] = 1
        yield services


@contextmanager
def _serving(answer: Answer) -> Iterator[int]:
    """A server that is healthy, whatever it answers."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=40))
    method = grpc.unary_unary_rpc_method_handler(
        answer,
        request_deserializer=CheckRequest.FromString,
        response_serializer=CheckResponse.SerializeToString,
    )
    service = "envoy.service.auth.v3.Authorization"
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {"Check": method}),)
    )
    health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
    port: int = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


@contextmanager
def _silence() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield listening.getsockname()[1]


def _unavailable(_: CheckRequest, context: grpc.ServicerContext) -> CheckResponse:
    context.abort(grpc.StatusCode.UNAVAILABLE, "draining")
    raise AssertionError("abort raises")


def _slow(_: CheckRequest, __: grpc.ServicerContext) -> CheckResponse:
    time.sleep(SLOW_S)
    return _allowing()


def _splitting(_: CheckRequest, __: grpc.ServicerContext) -> CheckResponse:
    response = _allowing()
    option = response.ok_response.response_headers_to_add.add()
    option.header.key, option.header.value = "x-note", "a\r\nx-injected: yes"
    return response


def _allowing() -> CheckResponse:
    response = CheckResponse()
    response.status.code = 0
    response.ok_response.SetInParent()
    return response
