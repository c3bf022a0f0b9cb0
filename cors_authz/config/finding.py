"""What is wrong with a policy set, told so that an operator can mend it.

Nothing but the record and its level; rules and checks live elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether a finding refuses the set."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it stands, and what to write instead."""

    id: str
    """The rule, one of :class:`cors_authz.config.rule.RuleId`."""
    level: Level
    file: str
    line: int
    """Counted from 1."""
    column: int
    """In characters, counted from 1."""
    message: str
    fix: str
    policy: str | None = None
    group: str | None = None
