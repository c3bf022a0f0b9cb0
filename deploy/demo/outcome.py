"""What became of a request: expected and observed are told in the same terms."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from deploy.demo.decisions import Shadow
from deploy.demo.http11 import Request, Response, exchange
from deploy.demo.stage import Stage

_DECISION_S = 5.0

_READING_ORDER = {
    name: position
    for position, name in enumerate(
        (
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "access-control-allow-methods",
            "access-control-allow-headers",
            "access-control-expose-headers",
            "access-control-max-age",
            "vary",
        ),
        start=1,
    )
}

NO_DECISION = "none logged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything about a request that a row of the table shows."""

    verdict: str
    status: int
    reason: str
    policy: str | None
    reaches_api: bool
    headers: dict[str, str] = field(default_factory=dict)
    """Those about CORS, by their names in lower case; ``vary`` is one of them."""
    shadow: Shadow | None = None


async def observe(stage: Stage, request: Request) -> Outcome:
    """Send a request through Envoy and find out what became of it.

    Verdict, reason and policy are what the sidecar logged about this very request.

    Raises:
        OSError: Envoy cannot be reached.
        MessageMalformedError: Envoy's answer is no HTTP/1.1 response.
    """
    response = await exchange(stage.edge_port, request)
    request_id = response.header("x-request-id") or ""
    decision = await stage.decisions.of_request(request_id, _DECISION_S)
    return Outcome(
        verdict=NO_DECISION if decision is None else decision.verdict,
        status=response.status,
        reason=NO_DECISION if decision is None else decision.reason,
        policy=None if decision is None else decision.policy,
        reaches_api=stage.api.has_seen(request_id),
        headers=cors_headers(response),
        shadow=None if decision is None else decision.shadow,
    )


def cors_headers(response: Response) -> dict[str, str]:
    """The headers of a response that browsers and caches go by."""
    present = {n for n, _ in response.headers if n.startswith("access-control-") or n == "vary"}
    names = sorted(present, key=lambda name: (_READING_ORDER.get(name, 0), name))
    return {name: response.header(name) or "" for name in names}


def differences(expected: Outcome, observed: Outcome) -> Iterator[str]:
    """Say in which respects an outcome is not what it should be."""
    for respect in fields(Outcome):
        if respect.name != "headers":
            wanted, found = getattr(expected, respect.name), getattr(observed, respect.name)
            if wanted != found:
                yield f"{respect.name} should be {wanted}, is {found}"
    for name in sorted(expected.headers | observed.headers):
        wanted, found = expected.headers.get(name), observed.headers.get(name)
        if wanted != found:
            yield f"{name} should be {wanted or 'absent'}, is {found or 'absent'}"
