"""Something wrong at a position of a text, before it is known whose policy it concerns."""

from dataclasses import dataclass

from cors_authz.config.excerpt import Position
from cors_authz.config.rule import RuleId


@dataclass(frozen=True, slots=True)
class Fault:
    """What a :class:`cors_authz.config.finding.Finding` will tell, without file and owner."""

    rule: RuleId
    at: Position
    message: str
    fix: str
