"""What is known of the policy set in force and of the last attempt to replace it."""

from dataclasses import dataclass

from cors_authz.config.finding import Finding
from cors_authz.config.spec import SetSpec


@dataclass(frozen=True, slots=True)
class Reload:
    """One attempt to put a changed set in force."""

    succeeded: bool
    at_s: float
    """When it ended, in seconds since the epoch."""
    duration_s: float
    """From the change being seen to the set being in force everywhere, or refused."""
    revision: str
    findings: tuple[Finding, ...]
    problem: str = ""
    """What went wrong besides the findings."""


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """Which set is in force, since when, and what became of the last change."""

    in_force: SetSpec
    in_force_since_s: float
    """In seconds since the epoch."""
    warnings: tuple[Finding, ...]
    """The findings about the set in force."""
    last_reload: Reload
    """The start counts as the first."""
    reloads_succeeded: int = 1
    reloads_failed: int = 0
