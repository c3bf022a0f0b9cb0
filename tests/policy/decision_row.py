"""One row of the tables of design section 4: policies, a request, and the whole outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.policy.asking import PREFLIGHT, SHOP, SHOP_ONLY

Answer = tuple[int | None, dict[str, tuple[str, str]]]
"""A status (``None``: the upstream's) and what each header does to the upstream's."""

PROBLEM = {
    "cache-control": ("no-store", "set"),
    "content-type": ("application/problem+json", "set"),
}
PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
UNTOUCHED: Answer = (None, {})
UNGRANTED: Answer = (
    None,
    {
        "access-control-allow-origin": ("", "neutralise"),
        "access-control-allow-credentials": ("", "neutralise"),
        "access-control-expose-headers": ("", "neutralise"),
        "vary": ("Origin", "append"),
    },
)
DENIED: Answer = (403, {"vary": ("Origin", "set"), **PROBLEM})
PREFLIGHT_DENIED: Answer = (403, {"vary": (PREFLIGHT_VARY, "set"), **PROBLEM})


def _announced(origin: str, **headers: str | None) -> dict[str, tuple[str, str]]:
    named = {"allow_origin": origin, **headers}
    return {
        f"access-control-{name.replace('_', '-')}": (value, "set")
        for name, value in named.items()
        if value is not None
    }


def granted(origin: str = SHOP, **headers: str) -> Answer:
    """The request goes on, and its response carries these headers."""
    return None, UNGRANTED[1] | _announced(origin, **headers)


def denied_readably(origin: str = SHOP, **headers: str) -> Answer:
    """The page may read why its request was denied."""
    return 403, DENIED[1] | _announced(origin, **headers)


def preflight_allowed(origin: str = SHOP, max_age: str = "900", **headers: str) -> Answer:
    """Everything that is allowed, without a body."""
    vary = {"vary": (PREFLIGHT_VARY, "set")}
    return 204, _announced(origin, max_age=max_age, **headers) | vary


@dataclass(frozen=True)
class Row:
    """One row: ``said`` is verdict, kind and reason."""

    name: str
    said: str
    answer: Answer
    policies: tuple[dict[str, Any], ...] = (SHOP_ONLY,)
    fields: Mapping[str, str | None] = field(default_factory=dict)
    group: Mapping[str, Any] = field(default_factory=dict)
    policy: str | None = None
    mode: str | None = "enforce"


def shop_policy(**document: Any) -> tuple[dict[str, Any], ...]:
    return ({**SHOP_ONLY, **document},)


HEADERS_ONLY = shop_policy(mode="headersOnly")
REPORT_ONLY = shop_policy(mode="reportOnly")
EVIL = {"origin": "https://evil.net"}
NO_ORIGIN: dict[str, str | None] = {"origin": None}
STRIPPED = {**NO_ORIGIN, "sec_fetch_mode": "cors", "sec_fetch_site": "cross-site"}
OWN = {"origin": "https://api.example.com"}
PUT = {"method": "PUT"}
ASKS_PUT = {**PREFLIGHT, "requested_method": "PUT"}
GET_ONLY = {**SHOP_ONLY, "allowedMethods": ["GET"]}
CHECKED = {"sameOrigin": "check"}
ONE_PATH = {"paths": ["/orders"]}
