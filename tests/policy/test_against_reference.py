"""The product decides as the naive reference does, on generated policy sets and requests."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.policy.decide import decide
from cors_authz.policy.request import Request
from cors_authz.policy.router import RouteConflictError
from tests.reference import naive
from tests.reference.building import build_policy_set, in_words
from tests.reference.naive_routing import conflicts
from tests.reference.strategies import crossings, policy_sets, requests

Document = dict[str, Any]


CROSSINGS = 40


@given(policy_sets(), st.lists(requests(), min_size=2, max_size=6), st.integers(0, 1 << 16))
def test_product_and_reference_agree_on_the_whole_decision(
    document: Document, asked: list[Document], seed: int
) -> None:
    if conflicts(document):
        with pytest.raises(RouteConflictError):
            build_policy_set(document)
        return
    policy_set = build_policy_set(document)
    for request in crossings(asked, seed, CROSSINGS):
        decided = in_words(decide(policy_set, Request(**request)))
        assert decided == naive.decide(document, request), request
