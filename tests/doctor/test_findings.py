"""Every finding, and the real Envoy that misbehaves as it says until it is mended."""

import json

import pytest

from cors_authz.envoy.doctor.examine import examine
from cors_authz.envoy.doctor.rule import RuleId, Severity, severity_of
from tests.doctor.case import Case
from tests.doctor.cases import CASES
from tests.doctor.world import World

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def _found(world: World, case: Case, variant: str) -> set[str]:
    content = json.dumps(world.bootstraps[f"{case.name}, {variant}"]).encode()
    return {finding.rule for finding in examine(content, expectations=case.expectations).findings}


@every_case
def test_a_mistake_is_found_and_envoy_misbehaves(world: World, case: Case) -> None:
    assert _found(world, case, "mistaken") == {case.rule}
    assert case.misbehaves(world, f"{case.name}, mistaken")


@every_case
def test_mended_nothing_is_found_and_envoy_behaves(world: World, case: Case) -> None:
    assert _found(world, case, "mended") == set()
    assert not case.misbehaves(world, f"{case.name}, mended")


def test_every_finding_that_judges_has_a_fixture() -> None:
    unjudged = {rule for rule in RuleId if severity_of(rule) is Severity.NOTE}
    unjudged.add(RuleId.CONFIGURATION_UNREADABLE)
    assert {case.rule for case in CASES} == set(RuleId) - unjudged
