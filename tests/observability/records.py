"""Records of checks for tests, ordinary unless they are told otherwise."""

from typing import Any

from cors_authz.observability.correlation import Correlation
from cors_authz.observability.record import CheckRecord, FaultRecord
from cors_authz.policy.decision import Answer, Decision, Shadow
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Kind, Mode, Reason, Verdict

REQUEST = Request(
    method="GET",
    scheme="https",
    host="api.example.com",
    path="/orders/1",
    protocol="HTTP/2",
    origin="https://shop.example.com",
    requested_method=None,
    requested_headers=None,
    sec_fetch_site=None,
    sec_fetch_mode=None,
    upgrade=None,
    group=None,
)
ALLOWED = Decision(
    verdict=Verdict.ALLOW,
    kind=Kind.ACTUAL,
    reason=Reason.ALLOWED,
    group="orders",
    policy="storefront",
    tags={},
    mode=Mode.ENFORCE,
    evaluated=(),
    shadow=None,
    requested_headers=(),
    answer=Answer(None, ()),
)
SHADOW_DENIAL = Shadow(Verdict.DENY, Reason.METHOD_NOT_ALLOWED, "next")


def denied(reason: Reason = Reason.ORIGIN_NOT_ALLOWED) -> Decision:
    return ALLOWED._replace(
        verdict=Verdict.DENY, reason=reason, policy=None, answer=Answer(403, ())
    )


def withheld() -> Decision:
    return ALLOWED._replace(verdict=Verdict.WITHHOLD, reason=Reason.METHOD_NOT_ALLOWED)


_OF_ANY_CHECK = {
    "request": REQUEST,
    "source": "192.0.2.1",
    "correlation": Correlation("request-1", None),
    "revision": "3f9a",
    "at_ns": 1_795_000_000_123_456_789,
    "duration_ns": 41_000,
    "payload_bytes": 800,
}


def record(decision: Decision = ALLOWED, **facts: Any) -> CheckRecord:
    return CheckRecord(**{"decision": decision, **_OF_ANY_CHECK, **facts})


def fault(error: Exception | None = None, **facts: Any) -> FaultRecord:
    return FaultRecord(**{"error": error or RuntimeError("broken"), **_OF_ANY_CHECK, **facts})
