"""Findings in the forms in which people and programs read them."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from cors_authz.config.finding import Finding, Level


class Checked(Protocol):
    """What became of checking a policy set."""

    @property
    def valid(self) -> bool:
        """Whether the set can be put in force."""

    @property
    def findings(self) -> Sequence[Finding]:
        """By file, line and column."""

    @property
    def revision(self) -> str:
        """A hash of file names and contents, bad ones included."""


def as_text(result: Checked) -> str:
    """One paragraph a finding, in the ``file:line:column`` form that editors jump to, and a sum."""
    return "\n".join((*map(_paragraph, result.findings), _summary(result)))


def as_json(result: Checked) -> str:
    """The document of design section 8: ``valid``, ``revision`` and ``findings``."""
    document = {
        "valid": result.valid,
        "revision": result.revision,
        "findings": [finding_members(finding) for finding in result.findings],
    }
    return json.dumps(document, indent=2)


def finding_members(finding: Finding) -> dict[str, str | int | None]:
    """A finding as the members of a JSON object."""
    return {
        "id": finding.id,
        "level": finding.level.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "policy": finding.policy,
        "group": finding.group,
        "message": finding.message,
        "fix": finding.fix,
    }


def _paragraph(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return (
        f"{place}: {finding.level.value}: {_subject(finding)}{finding.message} [{finding.id}]\n"
        f"    fix: {finding.fix}"
    )


def _subject(finding: Finding) -> str:
    if finding.policy is not None:
        return f"policy {finding.policy}: "
    return "" if finding.group is None else f"group {finding.group}: "


def _summary(result: Checked) -> str:
    verdict = "valid" if result.valid else "not valid"
    return f"{verdict}: {_count(result.findings)}, revision {result.revision}"


def _count(findings: Sequence[Finding]) -> str:
    levels = Counter(finding.level for finding in findings)
    errors, warnings = levels[Level.ERROR], levels[Level.WARNING]
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
