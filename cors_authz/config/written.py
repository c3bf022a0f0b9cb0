"""Documents together with where and how they are written, for checks that point at both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from cors_authz.config.document import GroupDocument, PolicyDocument, SettingsDocument
from cors_authz.config.excerpt import Excerpt, Position
from cors_authz.config.finding import Finding
from cors_authz.config.node import MappingNode, ScalarNode, SequenceNode, position
from cors_authz.config.rule import RULES, RuleId
from cors_authz.config.trial_document import TrialDocument

Model = TypeVar("Model", PolicyDocument, GroupDocument, SettingsDocument, TrialDocument)


@dataclass(frozen=True, slots=True)
class Written(Generic[Model]):
    """A policy, a group, the settings or a test, as somebody wrote it."""

    document: Model
    """Typed; a key whose value has the wrong shape has its default here."""
    node: MappingNode
    excerpt: Excerpt
    broken: frozenset[str]
    """Top-level keys that are missing, unknown, or whose values have the wrong shape."""

    @property
    def name(self) -> str | None:
        """The name as written, whatever its type; ``None`` where there is none."""
        node = self.node.value("name")
        return node.text if isinstance(node, ScalarNode) and node.text else None

    def has(self, key: str) -> bool:
        """Whether a key is written, well or badly."""
        return self.node.key(key) is not None

    def at(self, key: str) -> Position:
        """Where a key's value stands; where the document begins if the key is missing."""
        return position(self.node.value(key) or self.node)

    def entries(self, key: str) -> Iterator[tuple[str, Position]]:
        """The texts of a list with their positions; what is no text is left out."""
        node = self.node.value(key)
        for item in node.items if isinstance(node, SequenceNode) else ():
            if isinstance(item, ScalarNode) and isinstance(item.value, str):
                yield item.value, position(item)

    @property
    def start(self) -> Position:
        """Where it begins."""
        return position(self.node)

    @property
    def place(self) -> str:
        """File and line, for messages that speak of two places."""
        return f"{self.excerpt.file}:{self.excerpt.place(self.start).line}"

    def finding(self, rule: RuleId, at: Position, message: str, fix: str) -> Iterator[Finding]:
        """Tell what is wrong, naming the policy or group; nothing if that is acknowledged."""
        document = self.document
        policy = document if isinstance(document, PolicyDocument) else None
        level = RULES[rule].severity.level(
            credentials=policy is not None and policy.allow_credentials,
            acknowledged=policy is not None and rule in policy.acknowledge,
        )
        if level is not None:
            yield self.excerpt.finding(
                rule,
                at,
                message,
                fix,
                level=level,
                policy=self.name if policy is not None else None,
                group=self.name if isinstance(document, GroupDocument) else None,
            )
