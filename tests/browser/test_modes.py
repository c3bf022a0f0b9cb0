"""The three modes, as pages of a listed and of a foreign origin see them."""

from dataclasses import replace

import pytest

from tests.browser.call import Call, Outcome
from tests.browser.expectation import (
    Case,
    Prove,
    after_preflight,
    answered,
    kept_from_page,
    preflight_refused,
    refused,
    withheld,
)
from tests.browser.origins import EVIL, SHOP, TRANSPORTS, Transport
from tests.support.upstream import answer_query

_TOTALS = answer_query(more=(("x-total", "9"), ("x-secret", "s")))

ENFORCE = [
    Case("a GET", SHOP, Call("/enforce"), answered("GET", "enforcing")),
    Case(
        "a PUT",
        SHOP,
        Call("/enforce", "PUT"),
        after_preflight("enforcing", answered("PUT", "enforcing")),
    ),
    Case(
        "a POST, which is not listed",
        SHOP,
        Call("/enforce", "POST"),
        refused("POST", "method_not_allowed", "enforcing"),
    ),
    Case(
        "a DELETE, which is not listed",
        SHOP,
        Call("/enforce", "DELETE"),
        preflight_refused("method_not_allowed", "enforcing"),
    ),
    Case("a GET", EVIL, Call("/enforce"), refused("GET", "origin_not_allowed")),
    Case("a PUT", EVIL, Call("/enforce", "PUT"), preflight_refused("origin_not_allowed")),
]

HEADERS_ONLY = [
    Case("a GET", SHOP, Call("/headers-only"), answered("GET", "withholding")),
    Case(
        "a PUT",
        SHOP,
        Call("/headers-only", "PUT"),
        after_preflight("withholding", answered("PUT", "withholding")),
    ),
    Case(
        "a POST, which is not listed",
        SHOP,
        Call("/headers-only", "POST"),
        withheld("POST", "method_not_allowed", "withholding"),
    ),
    Case(
        "a DELETE, which is not listed",
        SHOP,
        Call("/headers-only", "DELETE"),
        preflight_refused("method_not_allowed", "withholding"),
    ),
    Case("a GET", EVIL, Call("/headers-only"), withheld("GET", "origin_not_allowed")),
    Case("a POST", EVIL, Call("/headers-only", "POST"), withheld("POST", "origin_not_allowed")),
    Case("a PUT", EVIL, Call("/headers-only", "PUT"), preflight_refused("origin_not_allowed")),
    Case(
        "a GET, where Envoy strips the upstream's grants",
        EVIL,
        Call("/stripped/headers-only"),
        withheld("GET", "origin_not_allowed"),
    ),
]


def _shadowed(verdict: str, outcome: Outcome) -> Outcome:
    decisions = tuple(f"{decision}, shadow {verdict}" for decision in outcome.decisions)
    return replace(outcome, decisions=decisions)


def _preflight_of_upstream(outcome: Outcome) -> Outcome:
    """The upstream answers the preflight as well."""
    return replace(
        outcome,
        network=("OPTIONS 200", *outcome.network),
        upstream=("OPTIONS", *outcome.upstream),
        decisions=("allow preflight", *outcome.decisions),
    )


REPORT_ONLY = [
    Case("a GET", SHOP, Call("/report-only"), _shadowed("allow", answered("GET", None))),
    Case(
        "a GET, for which the upstream exposes everything",
        EVIL,
        Call("/report-only", answer=_TOTALS),
        _shadowed("deny", answered("GET", None, "200, reads x-secret, x-total")),
    ),
    Case(
        "a DELETE, which is not listed",
        SHOP,
        Call("/report-only", "DELETE"),
        _shadowed("deny", _preflight_of_upstream(answered("DELETE", None))),
    ),
    Case(
        "a PUT",
        EVIL,
        Call("/report-only", "PUT"),
        _shadowed("deny", _preflight_of_upstream(answered("PUT", None))),
    ),
    Case(
        "a GET, where Envoy strips the upstream's grants",
        SHOP,
        Call("/stripped/report-only"),
        _shadowed("allow", kept_from_page(answered("GET", None))),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", ENFORCE, ids=lambda case: f"{case} from {case.page}")
def test_enforce_refuses(prove: Prove, case: Case, transport: Transport) -> None:
    prove("Mode enforce", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", HEADERS_ONLY, ids=lambda case: f"{case} from {case.page}")
def test_headers_only_leaves_it_to_the_browser(
    prove: Prove, case: Case, transport: Transport
) -> None:
    prove("Mode headersOnly", case, transport)


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("case", REPORT_ONLY, ids=lambda case: f"{case} from {case.page}")
def test_report_only_changes_nothing(prove: Prove, case: Case, transport: Transport) -> None:
    prove("Mode reportOnly", case, transport)
