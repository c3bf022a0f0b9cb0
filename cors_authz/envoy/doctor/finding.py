"""What is wrong with an Envoy's configuration, told so that an operator can mend it."""

from dataclasses import dataclass

from cors_authz.config.excerpt import Position, printable
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.rule import RuleId, Severity, severity_of


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it stands, why it matters and what to write instead."""

    rule: RuleId
    where: str
    """A path of fields and names, such as ``listeners[edge].filter_chains[0]``."""
    why: str
    fix: str
    at: Position | None
    """In the file; ``None`` in a dump, which no person edits."""

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return severity_of(self.rule)


def finding(rule: RuleId, node: Node, why: str, fix: str) -> Finding:
    """Tell what is wrong at a node."""
    return Finding(rule, printable(node.path), printable(why), printable(fix), node.at)
