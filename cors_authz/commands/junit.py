"""The results of tests as JUnit XML, the form that CI systems read."""

import re
from itertools import groupby
from operator import attrgetter
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cors_authz.config.trial_run import TrialOutcome, TrialReport

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (2.2, Char)."""


def as_junit(report: TrialReport) -> bytes:
    """A suite a file, a case a test; the decision takes no measurable time."""
    root = Element("testsuites", _counts(report.outcomes))
    for file, group in groupby(
        sorted(report.outcomes, key=attrgetter("trial.file")), key=attrgetter("trial.file")
    ):
        outcomes = tuple(group)
        suite = SubElement(root, "testsuite", {"name": _text(file), **_counts(outcomes)})
        for outcome in outcomes:
            _add_case(suite, outcome)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _counts(outcomes: tuple[TrialOutcome, ...]) -> dict[str, str]:
    failures = sum(1 for outcome in outcomes if outcome.mismatches)
    return {
        "tests": str(len(outcomes)),
        "failures": str(failures),
        "errors": "0",
        "skipped": "0",
        "time": "0",
    }


def _add_case(suite: Element, outcome: TrialOutcome) -> None:
    trial = outcome.trial
    case = SubElement(
        suite,
        "testcase",
        {
            "name": _text(trial.document.name),
            "classname": _text(trial.file),
            "file": _text(trial.file),
            "line": str(trial.line),
            "time": "0",
        },
    )
    if outcome.mismatches:
        lines = [f"{m.what}: expected {m.expected}, got {m.got}" for m in outcome.mismatches]
        failure = SubElement(case, "failure", {"message": _text(lines[0]), "type": "mismatch"})
        failure.text = _text("\n".join(lines))


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
