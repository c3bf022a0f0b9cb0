"""docs/lint.md documents every rule, and its examples earn exactly what it says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cors_authz.config.finding import Finding
from cors_authz.config.load import load, load_sources
from cors_authz.config.result import LoadResult
from cors_authz.config.rule import RULES, RuleId, Severity
from cors_authz.config.source import Source

PAGE = (Path(__file__).parents[2] / "docs/lint.md").read_text()

_SECTION = re.compile(r"^### (?P<rule>\S+)\n(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(
    r"^(?P<kind>Bad|Good):\n\n```yaml\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)
_GROUP_KEYS = frozenset({"hosts", "paths", "policies", "evaluation", "sameOrigin"})
_WHOLE_KEYS = frozenset({"policies:\n", "apiGroups:\n", "settings:", "version:", "kind:"})

SECTIONS = {match["rule"]: match["text"] for match in _SECTION.finditer(PAGE)}
EXAMPLES = {
    (rule, example["kind"]): example["text"]
    for rule, text in SECTIONS.items()
    for example in _EXAMPLE.finditer(text)
}

OF_FILES: dict[RuleId, Callable[[Path], Path]] = {
    RuleId.FILE_UNREADABLE: lambda folder: folder / "missing",
    RuleId.FILE_TOO_LARGE: lambda folder: _file(folder, b"a: " + b"x" * (64 << 20)),
    RuleId.ENCODING_INVALID: lambda folder: _file(folder, b"a: \xff\n"),
    RuleId.CHARACTER_INVALID: lambda folder: _file(folder, b"a: \x07\n"),
}
"""What no page can show, made with a path to load."""

SHOWN_ON_PAGE = [
    rule for rule in RuleId if rule not in OF_FILES and RULES[rule].severity is not Severity.CONSENT
]


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "set.yaml"
    path.write_bytes(content)
    return path


def whole(example: str) -> str:
    """An example as a set: as it is, or within a policy or a group."""
    if example.startswith(tuple(_WHOLE_KEYS)):
        return example
    key = example.partition(":")[0]
    lines = "".join(f"  {line}\n" for line in example.splitlines())
    if key in _GROUP_KEYS:
        group = lines if key == "policies" else f"  policies: [storefront]\n{lines}"
        policy = "- {name: storefront, allowedHttpProtocols: [HTTP/2]}\n"
        return f"policies:\n{policy}apiGroups:\n- name: orders\n{group}"
    protocols = "" if key == "allowedHttpProtocols" else "  allowedHttpProtocols: [HTTP/2]\n"
    return (
        f"policies:\n- name: storefront\n{protocols}{lines}"
        "apiGroups:\n- name: orders\n  policies: [storefront]\n"
    )


def findings_of(example: str) -> list[Finding]:
    return list(_load(whole(example)).findings)


def _load(text: str) -> LoadResult:
    return load_sources([Source("set.yaml", text.encode())], place="folder")


@pytest.mark.parametrize("rule", RuleId)
def test_every_rule_has_a_section_that_begins_with_its_severity(rule: RuleId) -> None:
    severity = RULES[rule].severity
    expected = "Consent" if severity is Severity.CONSENT else severity.value

    assert SECTIONS[rule].strip().startswith(f"**{expected}")


def test_there_is_a_section_for_nothing_but_rules() -> None:
    assert set(SECTIONS) == {rule.value for rule in RuleId}


@pytest.mark.parametrize("rule", SHOWN_ON_PAGE)
def test_a_bad_example_earns_exactly_the_finding_it_stands_for(rule: RuleId) -> None:
    assert [finding.id for finding in findings_of(EXAMPLES[rule, "Bad"])] == [rule]


@pytest.mark.parametrize("rule", SHOWN_ON_PAGE)
def test_a_good_example_earns_no_finding(rule: RuleId) -> None:
    assert findings_of(EXAMPLES[rule, "Good"]) == []


def test_consent_to_handshakes_is_what_its_examples_say() -> None:
    refusing, accepting = re.findall(
        r"```yaml\n(.*?)```", SECTIONS[RuleId.WEBSOCKET_ANY_ORIGIN], re.DOTALL
    )
    for example, expected in ((refusing, False), (accepting, True)):
        loaded = _load(whole(example)).loaded
        assert loaded is not None
        assert loaded.policy_set.policies["storefront"].accepts_handshakes is expected
        assert findings_of(example) == []


@pytest.mark.parametrize("rule", OF_FILES)
def test_what_no_page_can_show_is_found(rule: RuleId, tmp_path: Path) -> None:
    path = OF_FILES[rule](tmp_path)

    assert rule in {finding.id for finding in load([path]).findings}


def test_the_example_of_an_acknowledgement_is_a_set_without_findings() -> None:
    first = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    assert first is not None
    assert _load(first[1]).findings == ()
