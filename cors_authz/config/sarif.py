"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from cors_authz import __version__
from cors_authz.config.finding import Finding, Level
from cors_authz.config.report import subject
from cors_authz.config.result import LoadResult
from cors_authz.config.rule import RULES, Rule, RuleId, Severity

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS: Mapping[Severity, str] = {
    Severity.ERROR: "error",
    Severity.DANGER: "error",
    Severity.DANGER_WITH_CREDENTIALS: "error",
    Severity.WARNING: "warning",
    Severity.CONSENT: "none",
}


def as_sarif(result: LoadResult) -> str:
    """One run with every rule and every finding."""
    indexes = {rule: index for index, rule in enumerate(RULES)}
    run = {
        "tool": {
            "driver": {
                "name": "cors-authz",
                "version": __version__,
                "rules": [_rule(rule_id, rule) for rule_id, rule in RULES.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "properties": {"revision": result.revision},
        "results": [_result(f, indexes[RuleId(f.id)]) for f in result.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule_id: RuleId, rule: Rule) -> dict[str, Any]:
    return {
        "id": rule_id.value,
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(finding.file)},
            "region": {"startLine": finding.line, "startColumn": finding.column},
        }
    }
    owner = finding.policy or finding.group
    if owner is not None:
        location["logicalLocations"] = [{"name": owner, "kind": "resource"}]
    return {
        "ruleId": str(finding.id),
        "ruleIndex": rule_index,
        "level": "error" if finding.level is Level.ERROR else "warning",
        "message": {"text": f"{subject(finding)}{finding.message}. Fix: {finding.fix}."},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """A relative reference (RFC 3986 4.2), or a ``file:`` URI for an absolute path."""
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    return quote(path.as_posix())
