"""Stands where the sidecar would: keeps the bytes of each check and gives a fixed answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc

_SERVICE = "envoy.service.auth.v3.Authorization"


@dataclass(slots=True)
class Recorder:
    """A running server; ``answer`` may be changed between requests."""

    answer: bytes
    port: int = 0
    checks: list[bytes] = field(default_factory=list)
    """Each ``CheckRequest`` exactly as it came."""
    metadata: list[dict[str, str]] = field(default_factory=list)
    """The gRPC metadata of each, binary keys left out."""

    def check(self, payload: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one check."""
        self.checks.append(payload)
        given = context.invocation_metadata()
        self.metadata.append({k: v for k, v in given if isinstance(v, str)})
        return self.answer


@contextmanager
def run_recorder(answer: bytes) -> Iterator[Recorder]:
    """Serve on a free port of loopback until the block is left."""
    recorder = Recorder(answer)
    server = grpc.server(ThreadPoolExecutor(2))
    method = grpc.unary_unary_rpc_method_handler(recorder.check)
    handler = grpc.method_handlers_generic_handler(_SERVICE, {"Check": method})
    server.add_generic_rpc_handlers((handler,))
    recorder.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield recorder
    finally:
        server.stop(None).wait()
