"""The check as the transport sees it: bytes and metadata in, bytes out, whatever happens."""

import time
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from cors_authz.authz.check import Checker
from cors_authz.authz.incoming import CheckRequestMalformedError, Incoming, read_check_request
from cors_authz.authz.outgoing import write_internal_error
from cors_authz.config.compile import LoadedSet
from cors_authz.observability.correlation import Correlation, correlate
from cors_authz.observability.record import CheckRecord, CheckSink, FaultRecord

Metadata: TypeAlias = Iterable[tuple[str, str | bytes]]

_UNKNOWN = Correlation(None, None)


class CheckService:
    """Answers checks by the policy set in force and tells every sink about them."""

    def __init__(self, loaded: LoadedSet, sinks: Sequence[CheckSink]) -> None:
        self._checker = Checker(loaded.policy_set)
        self._sinks = tuple(sinks)

    def put_in_force(self, loaded: LoadedSet) -> None:
        """Judge every check from now on by this policy set; running ones keep theirs."""
        self._checker = Checker(loaded.policy_set)

    def check(self, payload: bytes, metadata: Metadata) -> bytes:
        """Answer one serialised ``CheckRequest`` with a serialised ``CheckResponse``.

        Raises:
            CheckRequestMalformedError: The payload is none; the peer is no Envoy.
        """
        at_ns, started_ns = time.time_ns(), time.perf_counter_ns()
        checker = self._checker
        incoming: Incoming | None = None
        correlation = _UNKNOWN
        try:
            incoming = read_check_request(payload)
            correlation = correlate(metadata, incoming.headers, incoming.stream_id)
            checked = checker.check(incoming, correlation.request_id)
        except CheckRequestMalformedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            fault = FaultRecord(
                error=error,
                request=None if incoming is None else incoming.request,
                source="" if incoming is None else incoming.source,
                correlation=correlation,
                revision=checker.policy_set.revision,
                at_ns=at_ns,
                duration_ns=time.perf_counter_ns() - started_ns,
                payload_bytes=len(payload),
            )
            for sink in self._sinks:
                sink.failed(fault)
            return write_internal_error(correlation.request_id)
        record = CheckRecord(
            decision=checked.decision,
            request=incoming.request,
            source=incoming.source,
            correlation=correlation,
            revision=checker.policy_set.revision,
            at_ns=at_ns,
            duration_ns=time.perf_counter_ns() - started_ns,
            payload_bytes=len(payload),
        )
        for sink in self._sinks:
            sink.decided(record)
        return checked.response
