"""The sets that are measured are valid, and decide as the tables say."""

from pathlib import Path

import pytest

from cors_authz.config.compile import LoadedSet, compile_set
from cors_authz.config.load import load
from cors_authz.policy.decide import decide
from cors_authz.policy.request import Request
from cors_authz.policy.terms import Verdict
from tests.bench.policies import (
    REGEX_ORIGINS,
    WILDCARD_ORIGINS,
    Shape,
    as_spec,
    write_set,
)
from tests.bench.requests import FOREIGN_ORIGIN, HOST, ORIGIN, PATHS

SHAPES = {
    "base": Shape(),
    "1 group": Shape(groups=1),
    "1,000 groups": Shape(groups=1000),
    "several policies": Shape(policies=10),
    "wildcard": Shape(origins=WILDCARD_ORIGINS),
    "regex": Shape(origins=REGEX_ORIGINS),
    "not logged": Shape(is_logged=False),
}


def verdict(loaded: LoadedSet, origin: str) -> Verdict:
    request = Request(
        method="GET",
        scheme="https",
        host=HOST,
        path=PATHS[0],
        protocol="HTTP/1.1",
        origin=origin,
        requested_method=None,
        requested_headers=None,
        sec_fetch_site="cross-site",
        sec_fetch_mode="cors",
        upgrade=None,
        group=None,
    )
    return decide(loaded.policy_set, request).verdict


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_set_accepts_its_origin_and_no_other(shape: Shape, tmp_path: Path) -> None:
    written = load([write_set(shape, tmp_path / "set")]).loaded
    assert written is not None

    for loaded in (written, compile_set(as_spec(shape))):
        assert verdict(loaded, ORIGIN) == Verdict.ALLOW
        assert verdict(loaded, FOREIGN_ORIGIN) == Verdict.DENY
        assert len(loaded.policy_set.groups) == shape.groups
        assert len(loaded.policy_set.policies) == shape.policies
        assert loaded.decision_log.allowed == float(shape.is_logged)


def test_a_written_policy_grants_what_one_grants_that_is_compiled_at_once(tmp_path: Path) -> None:
    written = load([write_set(Shape(), tmp_path / "set")]).loaded
    assert written is not None

    (one,) = written.policy_set.policies.values()
    (other,) = compile_set(as_spec(Shape())).policy_set.policies.values()

    assert one.methods == other.methods
    assert one.headers == other.headers
    assert one.protocols == other.protocols
    assert one.credentials == other.credentials
    assert one.max_age_s == other.max_age_s
