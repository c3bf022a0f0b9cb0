"""Every finding, and the real Envoy that misbehaves as it says until it is mended."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cors_authz.envoy.doctor.examine import examine
from cors_authz.envoy.doctor.rule import RuleId, Severity, severity_of
from tests.doctor.case import Case
from tests.doctor.cases import CASES
from tests.doctor.conftest import variants
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


def _in_camel_case(value: Any) -> Any:
    """As protocol buffers write names in JSON; keys of maps here are no words, and stay."""
    if isinstance(value, list):
        return [_in_camel_case(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {_camel(key): _in_camel_case(inner) for key, inner in value.items()}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    is_field = name.replace("_", "").isalnum()
    return head + "".join(map(str.capitalize, rest)) if is_field else name


@every_case
def test_the_other_spelling_and_yaml_tell_the_same(case: Case, tmp_path: Path) -> None:
    for draft, expected in zip(
        variants(case, tmp_path / "log").values(), ({case.rule}, set()), strict=True
    ):
        spelled = yaml.safe_dump(_in_camel_case(draft.bootstrap)).encode()
        found = examine(spelled, expectations=case.expectations).findings
        assert {finding.rule for finding in found} == expected
        assert all(finding.at is not None for finding in found)


def test_every_finding_that_judges_has_a_fixture() -> None:
    unjudged = {rule for rule in RuleId if severity_of(rule) is Severity.NOTE}
    unjudged.add(RuleId.CONFIGURATION_UNREADABLE)
    assert {case.rule for case in CASES} == set(RuleId) - unjudged
