"""From paths or bytes to a policy set: read, typed, checked and compiled, all faults at once."""

from collections.abc import Sequence
from pathlib import Path

from cors_authz.config.compile import LoadedSet, SetCompiler, complete
from cors_authz.config.document import SettingsDocument
from cors_authz.config.draft import Draft, make_draft
from cors_authz.config.finding import Finding, Level
from cors_authz.config.lint import CHECKS
from cors_authz.config.read import read_documents
from cors_authz.config.result import LoadResult
from cors_authz.config.source import Source, read_sources, revision_of
from cors_authz.config.spec import SetSpec, policy_spec, set_spec
from cors_authz.config.trial import make_trials


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
    trials, trial_findings = make_trials(reading.tests)
    findings = {*unread, *reading.findings, *draft_findings, *trial_findings}
    for check in CHECKS:
        findings.update(check(draft))
    ordered = tuple(sorted(findings, key=_order))
    revision = revision_of(sources)
    if any(finding.level is Level.ERROR for finding in ordered):
        return LoadResult(None, None, ordered, revision, trials)
    spec = _spec(draft, revision)
    return LoadResult(spec, _compile(draft, spec), ordered, revision, trials)


def _spec(draft: Draft, revision: str) -> SetSpec:
    policies = [policy_spec(policy.written.document) for policy in draft.policies]
    groups = [group.document for group in draft.groups]
    settings = draft.settings[0].document if draft.settings else SettingsDocument()
    return set_spec(policies, groups, settings, revision)


def _compile(draft: Draft, spec: SetSpec) -> LoadedSet:
    compiler = SetCompiler(spec.settings, spec.revision)
    for policy in draft.policies:
        if policy.policy is not None:
            compiler.add_policy(policy.policy)
    complete(compiler.add_groups(spec.groups))
    return compiler.finish()


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.column, finding.id, finding.message
