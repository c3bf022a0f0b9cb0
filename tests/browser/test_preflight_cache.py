"""Browsers remember preflights for as long as the policy says, and what they hold."""

import pytest

from tests.browser.call import Call, Outcome, Script
from tests.browser.expectation import (
    Journey,
    ProveJourney,
    after_preflight,
    answered,
    one_after_the_other,
    preflight_refused,
)
from tests.browser.origins import SHOP, SIBLING, TRANSPORTS, Transport

_STOREFRONT_PUT = Call("/storefront", "PUT")
_WAIT = "() => new Promise(resolve => setTimeout(() => resolve('waited'), 3100))"


def _asked(method: str, policy: str) -> Outcome:
    return after_preflight(policy, answered(method, policy))


JOURNEYS = [
    Journey(
        "one preflight serves several methods and headers",
        (
            (SHOP, _STOREFRONT_PUT),
            (SHOP, Call("/storefront", "DELETE", (("x-client", "a"),))),
            (SHOP, Call("/storefront", "POST", (("content-type", "application/json"),), "{}")),
        ),
        one_after_the_other(
            _asked("PUT", "storefront"),
            answered("DELETE", "storefront"),
            answered("POST", "storefront"),
        ),
    ),
    Journey(
        "one preflight serves every method, where none is listed",
        ((SHOP, Call("/every-method", "PUT")), (SHOP, Call("/every-method", "PURGE"))),
        one_after_the_other(_asked("PUT", "every-method"), answered("PURGE", "every-method")),
    ),
    Journey(
        "where none is listed, but credentials are granted, each method is asked for",
        (
            (SHOP, Call("/every-method-with-credentials", "PUT", credentials="include")),
            (SHOP, Call("/every-method-with-credentials", "PURGE", credentials="include")),
        ),
        one_after_the_other(
            _asked("PUT", "every-method-with-credentials"),
            _asked("PURGE", "every-method-with-credentials"),
        ),
    ),
    Journey(
        "another address is asked for anew",
        ((SHOP, _STOREFRONT_PUT), (SHOP, Call("/storefront/2", "PUT"))),
        one_after_the_other(_asked("PUT", "storefront"), _asked("PUT", "storefront")),
    ),
    Journey(
        "another origin has to ask for itself",
        ((SHOP, Call("/family", "PUT")), (SIBLING, Call("/family", "PUT"))),
        one_after_the_other(_asked("PUT", "family"), _asked("PUT", "family")),
    ),
    Journey(
        "a foreign origin has no use of another's preflight",
        ((SHOP, _STOREFRONT_PUT), (SIBLING, _STOREFRONT_PUT)),
        one_after_the_other(_asked("PUT", "storefront"), preflight_refused("origin_not_allowed")),
    ),
    Journey(
        "credentials are asked for anew",
        ((SHOP, _STOREFRONT_PUT), (SHOP, Call("/storefront", "PUT", credentials="include"))),
        one_after_the_other(_asked("PUT", "storefront"), _asked("PUT", "storefront")),
    ),
    Journey(
        "what it does not list is asked for, and refused",
        ((SHOP, Call("/enforce", "PUT")), (SHOP, Call("/enforce", "DELETE"))),
        one_after_the_other(
            _asked("PUT", "enforcing"), preflight_refused("method_not_allowed", "enforcing")
        ),
    ),
    Journey(
        "a refusal is not remembered",
        ((SHOP, Call("/enforce", "DELETE")), (SHOP, Call("/enforce", "DELETE"))),
        one_after_the_other(
            preflight_refused("method_not_allowed", "enforcing"),
            preflight_refused("method_not_allowed", "enforcing"),
        ),
    ),
    Journey(
        "maxAge: 0, so each call is asked for",
        ((SHOP, Call("/forgetful", "PUT")), (SHOP, Call("/forgetful", "PUT"))),
        one_after_the_other(_asked("PUT", "forgetful"), _asked("PUT", "forgetful")),
    ),
    Journey(
        "after maxAge it is asked again",
        (
            (SHOP, Call("/brief", "PUT")),
            (SHOP, Call("/brief", "PUT")),
            (SHOP, Script("wait 3.1 s", _WAIT, "")),
            (SHOP, Call("/brief", "PUT")),
        ),
        one_after_the_other(
            _asked("PUT", "brief"),
            answered("PUT", "brief"),
            Outcome("waited", (), (), ()),
            _asked("PUT", "brief"),
        ),
    ),
]


@pytest.mark.parametrize("transport", TRANSPORTS, ids=str)
@pytest.mark.parametrize("journey", JOURNEYS, ids=str)
def test_a_preflight_serves_for_as_long_and_as_much_as_the_policy_says(
    prove_journey: ProveJourney, journey: Journey, transport: Transport
) -> None:
    prove_journey("The preflight cache", journey, transport)
