"""``docs/lint.md`` has every rule, and its examples show what it says."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from cors_authz.config.finding import Finding
from cors_authz.config.load import load_sources
from cors_authz.config.rule import RULES, RuleId, Severity
from cors_authz.config.source import Source

PAGE = (Path(__file__).parents[2] / "docs/lint.md").read_text()
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))

ABOUT_BYTES = {
    RuleId.FILE_UNREADABLE,
    RuleId.FILE_TOO_LARGE,
    RuleId.ENCODING_INVALID,
    RuleId.CHARACTER_INVALID,
}
"""Their place is a table."""

ACCEPTED = {"E": Severity.ERROR, "E!": Severity.DANGER, "W": Severity.WARNING} | {
    severity.value: severity for severity in Severity
}

GROUP_KEYS = {"hosts", "paths", "policies"}
POLICY = {
    "name": "name: example",
    "allowedHttpProtocols": "allowedHttpProtocols: [HTTP/1.1, HTTP/2, HTTP/3]",
    "allowedOrigins": "allowedOrigins: [https://shop.example.com]",
}
WHOLE = {"settings", "apiGroups", "tests", "kind", "version"}


def examples(kind: str) -> list[object]:
    block = re.compile(rf"^```yaml {kind}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [
        pytest.param(rule, text, id=rule)
        for rule, section in SECTIONS.items()
        for text in block.findall(section)
    ]


def completed(text: str) -> str:
    """An example with what the page leaves out."""
    keys = re.findall(r"^([A-Za-z]+):", text, re.MULTILINE)
    if WHOLE & set(keys) or text.startswith(("policies:\n", "policies: [\n")):
        return text
    if GROUP_KEYS & set(keys):
        group = [*text.splitlines(), *([] if "policies" in keys else ["policies: [example]"])]
        return f"policies:\n{_item(POLICY.values())}apiGroups:\n{_item(['name: group', *group])}"
    policy = [line for key, line in POLICY.items() if key not in keys] + text.splitlines()
    return f"policies:\n{_item(policy)}apiGroups:\n- {{name: group, policies: [example]}}\n"


def _item(lines: Iterable[str]) -> str:
    first, *others = list(lines)
    return "".join([f"- {first}\n", *(f"  {line}\n" for line in others)])


def findings(text: str) -> tuple[Finding, ...]:
    return load_sources([Source("set.yaml", text.encode())], place="set.yaml").findings


@pytest.mark.parametrize("rule", RuleId)
def test_every_rule_is_documented_with_its_level(rule: RuleId) -> None:
    if rule in ABOUT_BYTES:
        assert f"| `{rule}` | E |" in PAGE
        return
    level = SECTIONS[rule].strip().split(". ")[0]
    assert ACCEPTED[level] is RULES[rule].severity


def test_nothing_else_is_documented() -> None:
    assert set(SECTIONS) <= {rule.value for rule in RuleId}


@pytest.mark.parametrize(("rule", "text"), examples("bad"))
def test_the_bad_example_has_the_finding_and_no_other(rule: str, text: str) -> None:
    found = findings(completed(text))
    expected = set() if RULES[RuleId(rule)].severity is Severity.CONSENT else {rule}
    assert {finding.id for finding in found} == expected


@pytest.mark.parametrize(("rule", "text"), examples("good"))
def test_the_good_example_has_no_finding(rule: str, text: str) -> None:
    assert findings(completed(text)) == (), rule
