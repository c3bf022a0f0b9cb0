"""The table of rules, and what an acknowledgement does."""

import pytest

from cors_authz.config.finding import Level
from cors_authz.config.lint import CHECKS
from cors_authz.config.rule import RULES, RuleId, Severity


def test_every_rule_has_a_severity_and_one_sentence() -> None:
    assert set(RULES) == set(RuleId)
    assert all(rule.summary.endswith(".") for rule in RULES.values())


def test_ids_are_written_as_in_the_design() -> None:
    for rule in RuleId:
        assert rule.value == rule.name.lower().replace("_", "-")


_LEVELS = [
    # severity, credentials, acknowledged, level
    (Severity.ERROR, False, False, Level.ERROR),
    (Severity.ERROR, True, True, Level.ERROR),
    (Severity.DANGER, False, False, Level.ERROR),
    (Severity.DANGER, True, True, None),
    (Severity.DANGER_WITH_CREDENTIALS, True, False, Level.ERROR),
    (Severity.DANGER_WITH_CREDENTIALS, False, False, Level.WARNING),
    (Severity.DANGER_WITH_CREDENTIALS, True, True, None),
    (Severity.DANGER_WITH_CREDENTIALS, False, True, None),
    (Severity.WARNING, True, False, Level.WARNING),
    (Severity.WARNING, False, True, None),
    (Severity.CONSENT, True, False, None),
]


@pytest.mark.parametrize(("severity", "credentials", "acknowledged", "level"), _LEVELS)
def test_the_level_depends_on_credentials_and_acknowledgement(
    severity: Severity, *, credentials: bool, acknowledged: bool, level: Level | None
) -> None:
    assert severity.level(credentials=credentials, acknowledged=acknowledged) is level


def test_no_check_is_entered_twice() -> None:
    assert len(set(CHECKS)) == len(CHECKS)
