"""``docs/envoy-doctor.md`` tells every finding, and nothing that is none."""

import pytest

from cors_authz.envoy.doctor.rule import RuleId, severity_of
from tests.docs.pages import ROOT, rows_of

PAGE = (ROOT / "docs/envoy-doctor.md").read_text()
ROWS = {row[0].strip("`"): row for row in rows_of(f"| | |\n|---|---|\n{PAGE}") if "`" in row[0]}


@pytest.mark.parametrize("rule", RuleId)
def test_every_finding_is_told_with_its_severity_and_a_fix(rule: RuleId) -> None:
    _, severity, meaning, fix = ROWS[rule]
    assert severity == severity_of(rule)
    assert meaning
    assert fix


def test_nothing_else_is_told() -> None:
    assert set(ROWS) == set(RuleId)
