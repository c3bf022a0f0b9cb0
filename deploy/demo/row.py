"""A row of the table, and short ways to say what must become of its request."""

from dataclasses import dataclass

from deploy.demo.decisions import Shadow
from deploy.demo.http11 import Request
from deploy.demo.outcome import Outcome

OWN_VARY = {"vary": "Origin"}
JOINED_VARY = {"vary": "Accept-Encoding,Origin"}
"""The API's own value comes first."""
PREFLIGHT_VARY = {"vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}


@dataclass(frozen=True, slots=True)
class Row:
    """One request and what must become of it."""

    words: str
    request: Request
    expected: Outcome


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that show one thing."""

    title: str
    rows: tuple[Row, ...]


def answered(
    headers: dict[str, str],
    policy: str | None = None,
    *,
    status: int = 200,
    shadow: Shadow | None = None,
) -> Outcome:
    """Expect that the API gets the request and answers it."""
    return Outcome(
        "allow", status, "allowed", policy, reaches_api=True, headers=headers, shadow=shadow
    )


def permitted(
    headers: dict[str, str], policy: str | None, *, shadow: Shadow | None = None
) -> Outcome:
    """Expect that a preflight is answered with yes, before the API."""
    return Outcome(
        "allow",
        204,
        "allowed",
        policy,
        reaches_api=False,
        headers=headers | PREFLIGHT_VARY,
        shadow=shadow,
    )


def refused(
    reason: str, policy: str | None = None, headers: dict[str, str] | None = None
) -> Outcome:
    """Expect that the API never hears of it."""
    return Outcome("deny", 403, reason, policy, reaches_api=False, headers=headers or OWN_VARY)


def told(origin: str, *, credentials: bool = False, **more: str) -> dict[str, str]:
    """What a page of an accepted origin is told; names are given without ``access-control-``."""
    headers = {"allow_origin": origin} | ({"allow_credentials": "true"} if credentials else {})
    return {f"access-control-{n.replace('_', '-')}": value for n, value in (headers | more).items()}
