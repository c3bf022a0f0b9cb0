"""From paths or bytes to a policy set: read, typed, checked and compiled, all faults at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_authz.config.compile import LoadedSet, compile_group, compile_set
from cors_authz.config.document import SettingsDocument
from cors_authz.config.draft import Draft, make_draft
from cors_authz.config.finding import Finding, Level
from cors_authz.config.lint import CHECKS
from cors_authz.config.read import read_documents
from cors_authz.config.source import Source, read_sources, revision_of


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of loading."""

    loaded: LoadedSet | None
    """``None`` exactly where a finding is an error."""
    findings: tuple[Finding, ...]
    """By file, line and column."""
    revision: str
    """A hash of file names and contents, bad ones included."""


def load(paths: Sequence[Path]) -> LoadResult:
    """Load a policy set from files and folders.

    Every fault of every file is a finding; nothing is raised.
    """
    sources, findings = read_sources(paths)
    return load_sources(sources, place=str(paths[0]) if paths else "", unread=findings)


def load_sources(
    sources: Sequence[Source], *, place: str, unread: Sequence[Finding] = ()
) -> LoadResult:
    """Load a policy set from bytes. Pure: the same sources always give the same result.

    Args:
        sources: The files.
        place: What a finding names that concerns the set as a whole.
        unread: Findings about files that could not be read.
    """
    reading = read_documents(sources)
    draft, draft_findings = make_draft(reading, place, files_missing=bool(unread))
    findings = {*unread, *reading.findings, *draft_findings}
    for check in CHECKS:
        findings.update(check(draft))
    ordered = tuple(sorted(findings, key=_order))
    revision = revision_of(sources)
    sound = all(finding.level is not Level.ERROR for finding in ordered)
    return LoadResult(_compile(draft, revision) if sound else None, ordered, revision)


def _compile(draft: Draft, revision: str) -> LoadedSet:
    settings = draft.settings[0].document if draft.settings else SettingsDocument()
    policies = {p.written.document.name: p.policy for p in draft.policies if p.policy is not None}
    groups = [
        compile_group(group.document, policies, settings.evaluation) for group in draft.groups
    ]
    return compile_set(policies, groups, settings, revision)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.column, finding.id, finding.message
