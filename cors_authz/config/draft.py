"""A policy set as far as it could be understood: what the checks are given."""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_authz.config.compile import compile_policy
from cors_authz.config.document import GroupDocument, PolicyDocument, SettingsDocument
from cors_authz.config.excerpt import START, Excerpt, Position
from cors_authz.config.finding import Finding
from cors_authz.config.read import Reading
from cors_authz.config.rule import RuleId
from cors_authz.config.spec import policy_spec
from cors_authz.config.written import Written
from cors_authz.policy.pattern import OriginPattern, PatternError, parse_pattern
from cors_authz.policy.policy import Policy
from cors_authz.policy.regex import RegexError


@dataclass(frozen=True, slots=True)
class OriginEntry:
    """An entry of ``allowedOrigins`` that is a pattern, and where it stands."""

    pattern: OriginPattern
    at: Position


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy as written, and as far as it could be compiled."""

    written: Written[PolicyDocument]
    origins: tuple[OriginEntry, ...]
    """The entries of ``allowedOrigins`` that are patterns; the others are findings."""
    policy: Policy | None
    """``None`` where a finding about its shape or its origins stands in the way."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that was read, good and bad; whatever refuses the set comes later."""

    policies: tuple[PolicyDraft, ...]
    groups: tuple[Written[GroupDocument], ...]
    settings: tuple[Written[SettingsDocument], ...]
    unread: tuple[str, ...]
    """Texts that could not be read, or not to their end."""
    entries_lost: bool
    """Whether something stands where a document, a policy or a group should."""
    files_missing: bool
    """Whether there are files that could not even be opened."""
    place: str
    """The file or folder that a finding about the whole set names."""

    @property
    def complete(self) -> bool:
        """Whether everything was read, so that what is not here is nowhere."""
        return not (self.unread or self.entries_lost or self.files_missing)

    def may_hide(self, name: str) -> bool:
        """Whether something of this name may stand in what could not be read."""
        return self.files_missing or any(name in text for text in self.unread)

    def finding(self, rule: RuleId, message: str, fix: str) -> Iterator[Finding]:
        """Tell what is wrong with the set as a whole."""
        yield Excerpt(self.place, "").finding(rule, START, message, fix)


def make_draft(reading: Reading, place: str, *, files_missing: bool) -> tuple[Draft, list[Finding]]:
    """Compile each policy for itself; entries that are no origin patterns are findings."""
    findings: list[Finding] = []
    draft = Draft(
        policies=tuple(_draft_policy(written, findings) for written in reading.policies),
        groups=tuple(reading.groups),
        settings=tuple(reading.settings),
        unread=tuple(reading.unread),
        entries_lost=reading.entries_lost,
        files_missing=files_missing,
        place=place,
    )
    return draft, findings


def _draft_policy(written: Written[PolicyDocument], findings: list[Finding]) -> PolicyDraft:
    faults = len(findings)
    origins: list[OriginEntry] = []
    for entry, at in written.entries("allowedOrigins"):
        try:
            origins.append(OriginEntry(parse_pattern(entry), at))
        except RegexError as error:
            findings += written.finding(RuleId.REGEX_INVALID, at, str(error), error.fix)
        except PatternError as error:
            findings += written.finding(RuleId.ORIGIN_SYNTAX, at, str(error), error.fix)
    sound = len(findings) == faults and not written.broken
    policy = compile_policy(policy_spec(written.document)) if sound else None
    return PolicyDraft(written, tuple(origins), policy)
