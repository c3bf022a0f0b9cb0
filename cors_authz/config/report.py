"""Findings in the forms in which people and programs read them: text and JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from cors_authz.config.finding import Finding, Level

if TYPE_CHECKING:
    # It loads YAML, which a supervisor that reports findings does without.
    from cors_authz.config.source_line import SourceLines

_BOLD, _FAINT, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS: Mapping[Level, str] = MappingProxyType(
    {Level.ERROR: "\x1b[1;31m", Level.WARNING: "\x1b[1;33m"}
)


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


def is_valid(result: Checked, *, strict: bool = False) -> bool:
    """Whether the set may be used; under ``strict`` warnings count as errors."""
    return result.valid and not (strict and result.findings)


def as_text(
    result: Checked,
    lines: "SourceLines | None" = None,
    *,
    strict: bool = False,
    coloured: bool = False,
) -> str:
    """One paragraph a finding, in the ``file:line:column`` form that editors jump to, and a sum.

    Args:
        result: What loading gave.
        lines: Where to quote the faulty lines from; they are left out without.
        strict: Whether warnings count as errors.
        coloured: Whether to mark it up for a terminal.
    """
    text = "\n".join(
        (
            *(_paragraph(finding, lines) for finding in result.findings),
            _summary(result, strict=strict),
        )
    )
    return text if coloured else _without_colour(text)


def as_json(result: Checked, *, strict: bool = False) -> str:
    """The document of design section 8: ``valid``, ``revision`` and ``findings``."""
    document = {
        "valid": is_valid(result, strict=strict),
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


def subject(finding: Finding) -> str:
    """The policy or group that a finding concerns, as the start of a sentence."""
    if finding.policy is not None:
        return f"policy {finding.policy}: "
    return "" if finding.group is None else f"group {finding.group}: "


def _paragraph(finding: Finding, lines: "SourceLines | None") -> str:
    place = f"{_BOLD}{finding.file}:{finding.line}:{finding.column}:{_RESET}"
    level = f"{_COLOURS[finding.level]}{finding.level.value}:{_RESET}"
    told = f"{place} {level} {subject(finding)}{finding.message} {_FAINT}[{finding.id}]{_RESET}"
    quoted = "" if lines is None else lines.quote(finding.file, finding.line, finding.column)
    return f"{told}\n{quoted}    fix: {finding.fix}"


def _summary(result: Checked, *, strict: bool) -> str:
    valid = is_valid(result, strict=strict)
    verdict = "valid" if valid else "not valid"
    if not valid and result.valid:
        verdict = "not valid, since warnings count as errors"
    return f"{_BOLD}{verdict}:{_RESET} {_count(result.findings)}, revision {result.revision}"


def _count(findings: Sequence[Finding]) -> str:
    levels = Counter(finding.level for finding in findings)
    errors, warnings = levels[Level.ERROR], levels[Level.WARNING]
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"


def _without_colour(text: str) -> str:
    for code in (_BOLD, _FAINT, _RESET, *_COLOURS.values()):
        text = text.replace(code, "")
    return text
