"""Lint finds what others got wrong in public, and leaves in peace what is right."""

from collections.abc import Sequence
from typing import Any

import pytest

from cors_authz.config.rule import RuleId
from tests.lint.good_policies import GOOD_POLICIES
from tests.lint.misconfigurations import MISCONFIGURATIONS, Misconfiguration
from tests.lint.policies import findings_of


@pytest.mark.parametrize(
    "mistake", MISCONFIGURATIONS, ids=lambda mistake: f"{mistake.what} {mistake.origins}"
)
def test_a_published_misconfiguration_is_found(mistake: Misconfiguration) -> None:
    findings = findings_of(mistake.origins, allowCredentials=mistake.credentials)

    assert mistake.rule in {finding.id for finding in findings}


@pytest.mark.parametrize(("origins", "fields"), GOOD_POLICIES, ids=str)
def test_a_good_policy_is_left_in_peace(
    origins: Sequence[str] | None, fields: dict[str, Any]
) -> None:
    assert findings_of(origins, **fields) == ()


def test_both_lists_are_long_enough_to_mean_something() -> None:
    assert len({(m.origins, m.credentials) for m in MISCONFIGURATIONS}) >= 40
    assert len({str(policy) for policy in GOOD_POLICIES}) >= 40
    assert all(mistake.source.startswith("https://") for mistake in MISCONFIGURATIONS)
    assert {mistake.rule for mistake in MISCONFIGURATIONS} <= {rule.value for rule in RuleId}
