"""Asks a sidecar directly, as Envoy does, many times at once."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import grpc

from cors_authz._generated.ext_authz_pb2 import (
    AttributeContext,
    CheckRequest,
    CheckResponse,
    DeniedHttpResponse,
)

_METHOD = "/envoy.service.auth.v3.Authorization/Check"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sidecar answered to one check."""

    status: int | None
    """The status that it has Envoy answer; ``None`` where the request goes on."""
    headers: Mapping[str, str]
    revision: str
    """Of the policy set that the answer names."""
    reason: str


def preflight(host: str, origin: str, path: str = "/orders", method: str = "PUT") -> CheckRequest:
    """The check of a preflight."""
    headers = {"origin": origin, "access-control-request-method": method}
    http = AttributeContext.HttpRequest(
        id="1",
        method="OPTIONS",
        scheme="https",
        host=host,
        path=path,
        protocol="HTTP/2",
        headers=headers,
    )
    return CheckRequest(attributes=AttributeContext(request=AttributeContext.Request(http=http)))


def read_answer(response: CheckResponse) -> Answer:
    """Take from a response what tests are interested in."""
    cors = response.dynamic_metadata.fields["cors"].struct_value.fields
    options = response.ok_response.response_headers_to_add
    status: int | None = None
    if response.HasField("denied_response"):
        denied: DeniedHttpResponse = response.denied_response
        options, status = denied.headers, denied.status.code
    return Answer(
        status=status,
        headers={option.header.key: option.header.value for option in options},
        revision=cors["revision"].string_value,
        reason=cors["reason"].string_value,
    )


async def ask(
    target: str,
    requests: Iterator[tuple[int, CheckRequest]],
    take: Callable[[int, Answer, float], None],
    *,
    in_flight: int = 16,
    pause_s: float = 0.0,
) -> None:
    """Send all requests, ``in_flight`` of them at a time.

    Args:
        target: Where the sidecar listens, as gRPC writes it.
        requests: Each with a number, which ``take`` gets along with the answer to it.
        take: Gets the number, the answer, and the seconds that it took.
        in_flight: How many wait for an answer at any time.
        pause_s: How long each of them waits before the next.

    Raises:
        grpc.RpcError: A check failed.
    """
    async with grpc.aio.insecure_channel(target) as channel:
        call = channel.unary_unary(
            _METHOD,
            request_serializer=CheckRequest.SerializeToString,
            response_deserializer=CheckResponse.FromString,
        )

        async def ask_in_turn() -> None:
            for number, request in requests:
                began_s = time.perf_counter()
                response = await call(request, timeout=10)
                take(number, read_answer(response), time.perf_counter() - began_s)
                await asyncio.sleep(pause_s)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(in_flight):
                tasks.create_task(ask_in_turn())


def ask_once(target: str, request: CheckRequest) -> Answer:
    """Send one request and return the answer to it."""
    answers: list[Answer] = []
    asyncio.run(
        ask(target, iter([(0, request)]), lambda _, answer, __: answers.append(answer), in_flight=1)
    )
    return answers[0]
