"""Requests and policy sets in few words, for tests of the decision."""

from typing import Any

from cors_authz.policy.decide import PolicySet, decide
from cors_authz.policy.request import Request
from tests.reference.building import build_policy_set, in_words
from tests.reference.naive import Outcome

PREFLIGHT = {"method": "OPTIONS", "requested_method": "GET"}
HANDSHAKE = {"upgrade": "websocket"}

SHOP = "https://shop.example.com"
SHOP_ONLY: dict[str, Any] = {"allowedOrigins": [SHOP]}


def ask(**fields: str | None) -> Request:
    """A request from a page of the shop, but for the fields given."""
    defaults: dict[str, Any] = {
        "method": "GET",
        "scheme": "https",
        "host": "api.example.com",
        "path": "/orders",
        "protocol": "HTTP/2",
        "origin": SHOP,
    }
    return Request(**(defaults | fields))


def one_group(*policies: dict[str, Any], unmatched: str = "allow", **group: Any) -> PolicySet:
    """A set with one group that has these policies, named ``p1``, ``p2`` and so on."""
    named = [{"name": f"p{place}", **policy} for place, policy in enumerate(policies, start=1)]
    names = [policy["name"] for policy in named]
    return build_policy_set(
        {
            "settings": {"unmatched": unmatched},
            "policies": named,
            "apiGroups": [{"name": "orders", "policies": names, **group}],
        }
    )


def outcome(policy_set: PolicySet, **fields: str | None) -> Outcome:
    """What is decided about a request, in words."""
    return in_words(decide(policy_set, ask(**fields)))
