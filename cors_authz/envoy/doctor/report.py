"""Findings in the forms in which people and programs read them: text and JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cors_authz.config.excerpt import printable
from cors_authz.config.source_line import SourceLines
from cors_authz.envoy.doctor.examine import Examination
from cors_authz.envoy.doctor.finding import Finding
from cors_authz.envoy.doctor.rule import Severity

_BOLD, _FAINT, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_COLOURS: Mapping[Severity, str] = MappingProxyType(
    {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}
)


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Whether there are no findings but notes."""
    return all(finding.severity is Severity.NOTE for finding in findings)


def as_text(examination: Examination, file: str, lines: SourceLines, *, coloured: bool) -> str:
    """A paragraph a finding, in the ``file:line:column`` form that editors jump to, and a sum.

    Args:
        examination: What was found.
        file: The name of the file.
        lines: Where to quote the faulty lines from.
        coloured: Whether to mark it up for a terminal.
    """
    paragraphs = [_paragraph(finding, file, lines) for finding in examination.findings]
    text = "\n".join((*paragraphs, _summary(examination)))
    if coloured:
        return text
    for code in (_BOLD, _FAINT, _RESET, *_COLOURS.values()):
        text = text.replace(code, "")
    return text


def as_json(examination: Examination, file: str) -> str:
    """``healthy``, what was looked at, and ``findings``."""
    document = {
        "healthy": is_healthy(examination.findings),
        "listeners": examination.listeners,
        "sidecar": examination.targets,
        "findings": [_members(finding, file) for finding in examination.findings],
    }
    return json.dumps(document, indent=2)


def _members(finding: Finding, file: str) -> dict[str, str | int | None]:
    return {
        "id": finding.rule,
        "severity": finding.severity,
        "file": file,
        "line": finding.at.line if finding.at else None,
        "column": finding.at.column if finding.at else None,
        "where": finding.where,
        "why": finding.why,
        "fix": finding.fix,
    }


def _paragraph(finding: Finding, file: str, lines: SourceLines) -> str:
    at = f":{finding.at.line}:{finding.at.column}" if finding.at else ""
    severity = f"{_COLOURS[finding.severity]}{finding.severity}:{_RESET}"
    why = f"{finding.why} {_FAINT}[{finding.rule}]{_RESET}"
    quoted = lines.quote(file, finding.at.line, finding.at.column) if finding.at else ""
    where = f"    at {finding.where}\n" if finding.where else ""
    return (
        f"{_BOLD}{printable(file)}{at}:{_RESET} {severity} {why}\n"
        f"{where}{quoted}    fix: {finding.fix}"
    )


def _summary(examination: Examination) -> str:
    verdict = "healthy" if is_healthy(examination.findings) else "not healthy"
    counts = Counter(finding.severity for finding in examination.findings)
    told = ", ".join(
        f"{counts[severity]} {severity}{'s' * (counts[severity] != 1)}" for severity in Severity
    )
    listeners = ", ".join(map(printable, examination.listeners)) or "none"
    sidecar = ", ".join(map(printable, examination.targets)) or "not found"
    return f"{_BOLD}{verdict}:{_RESET} {told}\nlisteners: {listeners}; cors-authz: {sidecar}"
