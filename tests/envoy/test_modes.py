"""``enforce``, ``headersOnly`` and ``reportOnly``, alone and mixed in one group, through Envoy."""

from typing import Any

import pytest

from tests.envoy.expectation import (
    EVIL,
    PARTNER,
    SHOP,
    Decided,
    Expected,
    facts,
    from_origin,
    passes,
    preflight,
    preflight_granted,
    preflight_refused,
    refused,
    untouched,
)
from tests.support.exchange import Request
from tests.support.stack import Stack

_BLOG = "https://blog.example.com"

HEADERS_ONLY = [
    pytest.param(
        from_origin("soft.test", SHOP),
        passes(Decided("allow", "actual", "allowed", "soft", "soft-shop"), allow_origin=SHOP),
        id="what is allowed is granted",
    ),
    pytest.param(
        from_origin("soft.test", SHOP, "POST"),
        passes(Decided("withhold", "actual", "method_not_allowed", "soft", "soft-shop")),
        id="what is not allowed reaches the upstream without a grant",
    ),
    pytest.param(
        from_origin("soft.test", EVIL),
        passes(Decided("withhold", "actual", "origin_not_allowed", "soft", None)),
        id="so does a foreign origin where all policies are headersOnly",
    ),
    pytest.param(
        preflight("soft.test", SHOP, "GET"),
        preflight_granted(
            Decided("allow", "preflight", "allowed", "soft", "soft-shop"),
            allow_origin=SHOP,
            allow_methods="GET, HEAD",
            max_age="900",
        ),
        id="preflights are answered",
    ),
    pytest.param(
        preflight("soft.test", SHOP, "POST"),
        preflight_refused(Decided("deny", "preflight", "method_not_allowed", "soft", "soft-shop")),
        id="and denied",
    ),
    pytest.param(
        preflight("soft.test", EVIL, "GET"),
        preflight_refused(Decided("deny", "preflight", "origin_not_allowed", "soft", None)),
        id="also to a foreign origin",
    ),
    pytest.param(
        Request("soft-strict.test"),
        passes(Decided("withhold", "non_cors", "origin_missing", "soft-strict", "soft-browsers")),
        id="a required Origin that is missing withholds",
    ),
]

MIXED_FIRST_MATCH = [
    pytest.param(
        from_origin("mixed.test", SHOP, "DELETE"),
        refused(
            Decided("deny", "actual", "method_not_allowed", "mixed", "hard-shop"),
            allow_origin=SHOP,
        ),
        id="the enforcing policy denies",
    ),
    pytest.param(
        from_origin("mixed.test", PARTNER, "DELETE"),
        passes(Decided("withhold", "actual", "method_not_allowed", "mixed", "soft-partner")),
        id="the headersOnly policy withholds",
    ),
    pytest.param(
        from_origin("mixed.test", EVIL),
        refused(Decided("deny", "actual", "origin_not_allowed", "mixed", None)),
        id="a foreign origin is denied unless all policies are headersOnly",
    ),
]

MIXED_ALL = [
    pytest.param(
        from_origin("mixed-all.test", SHOP),
        passes(Decided("allow", "actual", "allowed", "mixed-all", None), allow_origin=SHOP),
        id="all allow",
    ),
    pytest.param(
        from_origin("mixed-all.test", SHOP, "POST"),
        passes(Decided("withhold", "actual", "method_not_allowed", "mixed-all", "soft-shop")),
        id="a headersOnly denial withholds where the others allow",
    ),
    pytest.param(
        from_origin("mixed-all.test", _BLOG),
        passes(Decided("withhold", "actual", "origin_not_allowed", "mixed-all", "soft-shop")),
        id="a headersOnly policy's foreign origin withholds",
    ),
    pytest.param(
        from_origin("mixed-all.test", SHOP, "DELETE"),
        refused(
            Decided("deny", "actual", "method_not_allowed", "mixed-all", "hard-everywhere"),
            allow_origin=SHOP,
        ),
        id="evaluation goes on after a headersOnly denial to one that is enforced",
    ),
    pytest.param(
        from_origin("mixed-all.test", EVIL),
        refused(Decided("deny", "actual", "origin_not_allowed", "mixed-all", "hard-everywhere")),
        id="an enforced denial of the origin is unreadable",
    ),
    pytest.param(
        from_origin("mixed-all.test", _BLOG, "DELETE"),
        refused(Decided("deny", "actual", "method_not_allowed", "mixed-all", "hard-everywhere")),
        id="readable only if the headersOnly policies accept the origin too",
    ),
    pytest.param(
        preflight("mixed-all.test", SHOP, "POST"),
        preflight_refused(
            Decided("deny", "preflight", "method_not_allowed", "mixed-all", "soft-shop")
        ),
        id="a headersOnly denial denies the preflight",
    ),
]


@pytest.mark.parametrize("operator", ["recommended", "careless"])
@pytest.mark.parametrize(("request_", "expected"), [*HEADERS_ONLY, *MIXED_FIRST_MATCH, *MIXED_ALL])
def test_a_denial_takes_effect_in_its_policys_mode(
    stack: Stack, request_: Request, expected: Expected, operator: str
) -> None:
    seen = stack.send(request_, listener=f"{operator} tcp")
    stripped = operator == "recommended"
    assert facts(seen, request_) == expected.facts(request_, stripped=stripped)


_DRY = Decided("allow", "actual", "allowed", "dry", None)

REPORT_ONLY = [
    pytest.param(
        from_origin("dry.test", EVIL),
        untouched(_DRY),
        {"verdict": "deny", "reason": "origin_not_allowed", "policy": None},
        id="a group that only reports leaves everything alone",
    ),
    pytest.param(
        from_origin("dry.test", SHOP),
        untouched(_DRY),
        {"verdict": "allow", "reason": "allowed", "policy": "dry-shop"},
        id="and grants nothing either",
    ),
    pytest.param(
        preflight("dry.test", SHOP, "DELETE"),
        untouched(Decided("allow", "preflight", "allowed", "dry", None)),
        {"verdict": "deny", "reason": "method_not_allowed", "policy": "dry-shop"},
        id="preflights reach the upstream",
    ),
    pytest.param(
        from_origin("half-dry.test", PARTNER),
        refused(Decided("deny", "actual", "origin_not_allowed", "half-dry", None)),
        {"verdict": "allow", "reason": "allowed", "policy": "dry-partner"},
        id="a reportOnly policy admits nobody",
    ),
    pytest.param(
        from_origin("half-dry.test", SHOP),
        passes(Decided("allow", "actual", "allowed", "half-dry", "hard-shop"), allow_origin=SHOP),
        {"verdict": "allow", "reason": "allowed", "policy": "hard-shop"},
        id="the others decide without it",
    ),
    pytest.param(
        from_origin("half-dry-all.test", SHOP, "POST"),
        passes(Decided("allow", "actual", "allowed", "half-dry-all", None), allow_origin=SHOP),
        {"verdict": "deny", "reason": "method_not_allowed", "policy": "dry-shop"},
        id="under all it narrows nothing",
    ),
    pytest.param(
        from_origin("every-mode.test", PARTNER, "POST"),
        passes(Decided("withhold", "actual", "method_not_allowed", "every-mode", "soft-partner")),
        {"verdict": "deny", "reason": "method_not_allowed", "policy": "dry-partner"},
        id="the shadow enforces every policy, headersOnly ones included",
    ),
    pytest.param(
        from_origin("every-mode.test", EVIL),
        refused(Decided("deny", "actual", "origin_not_allowed", "every-mode", None)),
        {"verdict": "deny", "reason": "origin_not_allowed", "policy": None},
        id="a foreign origin is denied where one policy enforces",
    ),
    pytest.param(
        from_origin("every-mode-all.test", SHOP, "POST"),
        passes(Decided("withhold", "actual", "method_not_allowed", "every-mode-all", "soft-shop")),
        {"verdict": "deny", "reason": "origin_not_allowed", "policy": "dry-partner"},
        id="under all every mode has its say",
    ),
]


@pytest.mark.parametrize(("request_", "expected", "shadow"), REPORT_ONLY)
def test_report_only_policies_are_seen_in_the_shadow_alone(
    stack: Stack, request_: Request, expected: Expected, shadow: dict[str, Any]
) -> None:
    seen = stack.send(request_, listener="careless tcp")
    assert facts(seen, request_) == expected.facts(request_, stripped=False)
    assert seen.decision is not None
    assert seen.decision["shadow"] == shadow
    assert seen.metadata["shadow"] == shadow


def test_a_group_without_report_only_policies_has_no_shadow(stack: Stack) -> None:
    seen = stack.send(from_origin("orders.test", SHOP), listener="careless tcp")
    assert seen.decision is not None
    assert seen.decision["shadow"] is None


def test_a_group_that_only_reports_passes_even_a_malformed_origin(stack: Stack) -> None:
    malformed = from_origin("dry.test", f"{SHOP},{EVIL}")
    expected = untouched(Decided("allow", "malformed", "allowed", "dry", None))
    seen = stack.send(malformed, listener="careless tcp")
    assert facts(seen, malformed) == expected.facts(malformed, stripped=False)


def test_a_group_that_only_reports_passes_whatever_unmatched_says(denying_stack: Stack) -> None:
    foreign = from_origin("dry.test", EVIL)
    seen = denying_stack.send(foreign, listener="careless tcp")
    assert facts(seen, foreign) == untouched(_DRY).facts(foreign, stripped=False)
