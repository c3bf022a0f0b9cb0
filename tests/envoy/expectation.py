"""What is to come of a request, as the design's tables put it, and the same facts as seen.

No test may stand here, and nothing of the product is imported: what is expected is written
out by hand from the design.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.exchange import HeaderPairs, Request
from tests.support.json_lines import Entry
from tests.support.stack import Observation
from tests.support.upstream import BODY, CARELESS

SHOP = "https://shop.example.com"
PARTNER = "https://partner.example.com"
EVIL = "https://evil.example.net"

VARY = "Origin"
VARY_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

_NEUTRALISED = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
)


@dataclass(frozen=True, slots=True)
class Decided:
    """The five words of a decision that log and metadata share."""

    verdict: str
    kind: str
    reason: str
    group: str | None
    policy: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """All that a request is to lead to."""

    decided: Decided
    status: int
    upstream: bool
    """Whether the request reaches the upstream."""
    vary: tuple[str, ...]
    grants: Mapping[str, str] = field(default_factory=dict)
    untouched: bool = False
    """The upstream's own headers go out as they are."""

    def facts(self, request: Request, *, stripped: bool) -> dict[str, Any]:
        """The facts to compare; ``stripped`` where Envoy removes upstreams' CORS headers."""
        denied = self.decided.verdict == "deny"
        return {
            "status": self.status,
            "cors": self._cors_headers(stripped=stripped),
            "vary": self.vary,
            "cache-control": ("no-store",) if denied else (),
            "content-type": ("application/problem+json",) if denied else (),
            "body": self._body(request.method),
            "reached": int(self.upstream),
            "decision": self.decided,
            "metadata": self.decided,
        }

    def _cors_headers(self, *, stripped: bool) -> HeaderPairs:
        if not self.upstream or stripped:
            return tuple(sorted(self.grants.items()))
        if self.untouched:
            return tuple(sorted(CARELESS))
        return tuple(sorted({**dict.fromkeys(_NEUTRALISED, ""), **self.grants}.items()))

    def _body(self, method: str) -> object:
        if method == "HEAD" or self.status in (101, 204):
            return b""
        if self.upstream:
            return BODY
        return {"status": self.status, "reason": self.decided.reason}


def facts(seen: Observation, request: Request) -> dict[str, Any]:
    """The facts of an observation, in the form of :meth:`Expected.facts`."""
    response = seen.response
    if seen.decision is None:
        raise AssertionError("the sidecar was not asked")
    return {
        "status": response.status,
        "cors": response.cors_headers(),
        "vary": response.values("vary"),
        "cache-control": response.values("cache-control"),
        "content-type": response.values("content-type"),
        "body": _seen_body(seen, request.method),
        "reached": len(seen.reached),
        "decision": _decided(seen.decision),
        "metadata": _decided(seen.metadata),
    }


def _decided(entry: Entry) -> Decided:
    return Decided(
        entry["verdict"], entry["kind"], entry["reason"], entry["group"], entry["policy"]
    )


def _seen_body(seen: Observation, method: str) -> object:
    """The body; of a problem document what the status line does not say twice."""
    if "application/problem+json" not in seen.response.values("content-type") or method == "HEAD":
        return seen.response.body
    problem = json.loads(seen.response.body)
    title, request_id = problem.pop("title"), problem.pop("requestId")
    if not title or request_id != seen.access["requestId"]:
        raise AssertionError(f"{seen.response.body!r} for request {seen.access['requestId']}")
    return problem


def passes(decided: Decided, **grants: str) -> Expected:
    """The upstream answers, with what is granted."""
    return Expected(decided, 200, upstream=True, vary=(VARY,), grants=_header_names(grants))


def untouched(decided: Decided) -> Expected:
    """The upstream answers, and nothing of its answer is changed."""
    return Expected(decided, 200, upstream=True, vary=(), untouched=True)


def refused(decided: Decided, **grants: str) -> Expected:
    """The sidecar refuses an ordinary request or a handshake."""
    return Expected(decided, 403, upstream=False, vary=(VARY,), grants=_header_names(grants))


def preflight_refused(decided: Decided) -> Expected:
    """The sidecar refuses a preflight, which then says nothing at all about CORS."""
    return Expected(decided, 403, upstream=False, vary=(VARY_PREFLIGHT,))


def preflight_granted(decided: Decided, **grants: str) -> Expected:
    """The sidecar answers a preflight itself."""
    granted = _header_names(grants)
    return Expected(decided, 204, upstream=False, vary=(VARY_PREFLIGHT,), grants=granted)


def _header_names(grants: Mapping[str, str]) -> dict[str, str]:
    return {f"access-control-{name.replace('_', '-')}": value for name, value in grants.items()}


def from_origin(
    host: str, origin: str, method: str = "GET", path: str = "/", *headers: tuple[str, str]
) -> Request:
    """A request that a page of ``origin`` sends."""
    return Request(host, path, method, (("origin", origin), *headers))


def preflight(host: str, origin: str, method: str, *names: str, path: str = "/") -> Request:
    """What a browser asks before ``method`` with the headers ``names``."""
    asked = from_origin(host, origin, "OPTIONS", path, ("access-control-request-method", method))
    return asked.adding(("access-control-request-headers", ",".join(names))) if names else asked
