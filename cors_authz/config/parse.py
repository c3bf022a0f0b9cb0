"""From text to nodes: YAML events composed under bounds, faults told by position.

Events are composed here rather than by PyYAML because its composer is ten times slower,
recurses as deep as the text says, expands aliases and keeps the last of duplicate keys.
JSON is read as the subset of YAML that it nearly is.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from cors_authz.config.excerpt import Excerpt, Position
from cors_authz.config.finding import Finding
from cors_authz.config.node import MappingNode, Node, ScalarNode, SequenceNode
from cors_authz.config.rule import RuleId
from cors_authz.config.scalar import Unread, Value, resolve_plain
from cors_authz.config.syntax_fault import explain_syntax_fault

MAX_DEPTH = 32
"""Policies nest five deep, the managed fields of a manifest about twelve."""

MAX_NODES = 400_000
"""4 MiB of ordinary policies have half as many; each costs some 200 bytes of memory."""

MAX_KEYS = 1000
"""Of one mapping: a ConfigMap of more files, or a policy of more tags, is a mistake."""

LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""libyaml where the wheel has it: ten times as fast, the same marks."""

_STRING_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})
_COLLECTION_TAGS = frozenset({None, "!", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})

_JSON_ESCAPE = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


@dataclass(slots=True)
class Parsed:
    """The documents of a text, as far as it could be read."""

    roots: list[Node] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True
    """Whether it was read to its end."""


class _StoppedError(Exception):
    """The rest of the text is not worth reading."""


@dataclass(slots=True)
class _Collection:
    """A list or mapping that is still open."""

    at: Position
    is_mapping: bool
    nodes: list[Node] = field(default_factory=list)


def parse(excerpt: Excerpt, loader: Any = LOADER) -> Parsed:  # noqa: ANN401 - PyYAML has no type for it
    """Read every document of a text; faults are findings, nothing is raised.

    Args:
        excerpt: The text, free of characters that YAML forbids.
        loader: PyYAML's loader class whose scanner is used.
    """
    parsed = Parsed()
    text = excerpt.content
    if excerpt.suffix.lower() == ".json":
        text = _json_as_yaml(text)
    composer = _Composer(excerpt, parsed)
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
    except yaml.YAMLError as error:
        parsed.findings.append(explain_syntax_fault(excerpt, error))
        parsed.complete = False
    except _StoppedError:
        parsed.complete = False
    return parsed


class _Composer:
    """Builds nodes from events, with a stack of its own instead of recursion."""

    def __init__(self, excerpt: Excerpt, parsed: Parsed) -> None:
        self._excerpt = excerpt
        self._parsed = parsed
        self._open: list[_Collection] = []
        self._count = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._add(self._end())
        elif isinstance(event, yaml.AliasEvent):
            at = _position(event)
            self._report(
                RuleId.YAML_UNSUPPORTED,
                at,
                f"*{event.anchor} is an alias, which policy files must not use",
                f"write out what &{event.anchor} stands for",
            )
            self._add(ScalarNode(at.line, at.column, "", Unread.REFUSED, literal=False))

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            self._report(
                RuleId.FILE_TOO_LARGE,
                Position(node.line, node.column),
                f"the file has more than {MAX_NODES} values",
                "split it into several files in one folder",
            )
            raise _StoppedError
        (self._open[-1].nodes if self._open else self._parsed.roots).append(node)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        at = _position(event)
        if event.tag not in _COLLECTION_TAGS:
            self._report_tag(event)
        if len(self._open) == MAX_DEPTH:
            self._report(
                RuleId.NESTING_TOO_DEEP,
                at,
                f"values are nested more than {MAX_DEPTH} deep",
                "look for a bracket that is not closed",
            )
            raise _StoppedError
        self._open.append(_Collection(at, isinstance(event, yaml.MappingStartEvent)))

    def _end(self) -> Node:
        collection = self._open.pop()
        line, column = collection.at.line, collection.at.column
        if not collection.is_mapping:
            return SequenceNode(line, column, tuple(collection.nodes))
        pairs = self._pairs(collection.nodes)
        if len(pairs) > MAX_KEYS:
            self._report(
                RuleId.FILE_TOO_LARGE,
                collection.at,
                f"the mapping has {len(pairs)} keys, more than {MAX_KEYS}",
                "split it",
            )
            raise _StoppedError
        return MappingNode(line, column, pairs)

    def _pairs(self, nodes: list[Node]) -> tuple[tuple[ScalarNode, Node], ...]:
        first: dict[str, ScalarNode] = {}
        pairs: list[tuple[ScalarNode, Node]] = []
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self._report(
                    RuleId.YAML_UNSUPPORTED,
                    Position(key.line, key.column),
                    "a key is a list or mapping",
                    "write a single word before the colon",
                )
                continue
            other = first.setdefault(key.text, key)
            if other is key:
                pairs.append((key, value))
                continue
            line = self._excerpt.place(Position(other.line, other.column)).line
            self._report(
                RuleId.KEY_DUPLICATE,
                Position(key.line, key.column),
                f"{key.text} stands here twice, first in line {line}",
                "merge the two, or remove one",
            )
        return tuple(pairs)

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        mark: Any = event.start_mark
        value: Value = event.value
        if event.tag is None:
            if event.implicit[0]:
                value = resolve_plain(event.value)
        elif event.tag not in _STRING_TAGS:
            self._report_tag(event)
            value = Unread.REFUSED
        return ScalarNode(mark.line + 1, mark.column + 1, event.value, value, event.style == "|")

    def _report_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        self._report(
            RuleId.YAML_UNSUPPORTED,
            _position(event),
            f"the tag {event.tag} is not supported",
            "remove it; put text that looks like a number in quotes",
        )

    def _report(self, rule: RuleId, at: Position, message: str, fix: str) -> None:
        self._parsed.findings.append(self._excerpt.finding(rule, at, message, fix))


def _position(event: yaml.Event) -> Position:
    mark: Any = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


def _json_as_yaml(text: str) -> str:
    """Tabs between tokens and surrogate pairs are JSON, but no YAML."""
    return _JSON_ESCAPE.sub(_join_surrogates, text.replace("\t", " "))


def _join_surrogates(match: re.Match[str]) -> str:
    if match["high"] is None:
        return match[0]
    high, low = int(match["high"], 16) - 0xD800, int(match["low"], 16) - 0xDC00
    return f"\\U{0x10000 + (high << 10) + low:08x}"
