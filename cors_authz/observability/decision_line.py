"""What a line of the decision log consists of."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType

from cors_authz.policy.decision import Evaluated, Shadow
from cors_authz.policy.terms import Kind, Mode, Reason, Verdict


class DecisionLine(Struct, frozen=True, gc=False, rename="camel"):
    """A ``decision`` line; its fields stand in the order in which people read them."""

    timestamp: str
    level: str
    event: str
    verdict: Verdict
    kind: Kind | None
    reason: Reason
    group: str | None
    policy: str | None
    tags: Mapping[str, str]
    mode: Mode | None
    evaluated: Sequence[Evaluated]
    shadow: Shadow | None
    origin: str | None
    method: str | None
    requested_method: str | None
    requested_headers: Sequence[str] | None
    host: str | None
    path: str | None
    protocol: str | None
    source: str
    status: int | None
    request_id: str | None
    trace_id: str | None
    revision: str
    duration_micros: int
    stack: str | UnsetType = UNSET
    """Where an internal error came from."""
