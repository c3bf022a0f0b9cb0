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
from cors_authz.config.fault import Fault
from cors_authz.config.node import MappingNode, Node, ScalarNode, SequenceNode
from cors_authz.config.rule import RuleId
from cors_authz.config.scalar import Unread, Value, resolve_plain
from cors_authz.config.syntax_fault import explain_syntax_fault, split_lines

MAX_DEPTH = 32
"""Policies nest five deep, the managed fields of a manifest about twelve."""

MAX_NODES = 400_000
"""4 MiB of ordinary policies have half as many; each costs some 200 bytes of memory."""

MAX_KEYS = 1000
"""Of one mapping: a ConfigMap of more files, or a policy of more tags, is a mistake."""

_MANIFEST_KEYS = frozenset({"apiVersion", "kind", "items"})

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
    faults: list[Fault] = field(default_factory=list)
    unread: str = ""
    """What was not understood: the rest of the text, from where it broke off."""


class _StoppedError(Exception):
    """The rest of the text is not worth reading."""


@dataclass(slots=True)
class _Collection:
    """A list or mapping that is still open."""

    at: Position
    is_mapping: bool
    nodes: list[Node] = field(default_factory=list)


def parse(excerpt: Excerpt, loader: Any = LOADER) -> Parsed:  # noqa: ANN401 - PyYAML has no type for it
    """Read every document of a text; nothing is raised.

    Args:
        excerpt: The text, free of characters that YAML forbids.
        loader: PyYAML's loader class whose scanner is used.
    """
    parsed = Parsed()
    text = excerpt.content
    if excerpt.suffix.lower() == ".json":
        text = _json_as_yaml(text)
    composer = _Composer(parsed)
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
    except yaml.YAMLError as error:
        parsed.faults.append(explain_syntax_fault(text, error))
        _salvage(composer, parsed, text)
    except _StoppedError:
        _salvage(composer, parsed, text)
    return parsed


def _salvage(composer: "_Composer", parsed: Parsed, text: str) -> None:
    lost = composer.salvage() or parsed.faults[-1].at
    parsed.unread = "\n".join(split_lines(text)[lost.line - 1 :]) or text


class _Composer:
    """Builds nodes from events, with a stack of its own instead of recursion."""

    def __init__(self, parsed: Parsed) -> None:
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
            self._add(self._end(event))
        elif isinstance(event, yaml.AliasEvent):
            at = _position(event)
            self._report(
                RuleId.YAML_UNSUPPORTED,
                at,
                f"*{event.anchor} is an alias, which policy files must not use",
                f"write out what &{event.anchor} stands for, or put *{event.anchor} in quotes",
            )
            self._add(ScalarNode(at.line, at.column, "", Unread.REFUSED, literal=False))

    def salvage(self) -> Position | None:
        """Close a document that broke off, so that its whole policies are checked too.

        What was open below the second level is lost: half a policy would only give false
        findings. Half a manifest is lost altogether, as what it is may stand at its end.

        Returns:
            From where on the document is lost; ``None`` where none was begun.
        """
        if not self._broke_off_in_a_list():
            return self._open[0].at if self._open else None
        root, entries = self._open[:2]
        items = SequenceNode(entries.at.line, entries.at.column, tuple(entries.nodes))
        pairs = self._pairs([*root.nodes, items])
        if any(key.text in _MANIFEST_KEYS for key, _ in pairs):
            return root.at
        lost = self._open[2].at if len(self._open) > 2 else None
        end = lost or self._parsed.faults[-1].at
        self._parsed.roots.append(MappingNode(root.at.line, root.at.column, pairs, end))
        return lost

    def _broke_off_in_a_list(self) -> bool:
        """Whether the list that is a key's value was open, such as that of ``policies``."""
        if len(self._open) < 2:
            return False
        root, inner = self._open[:2]
        key_stands = len(root.nodes) % 2 == 1
        return root.is_mapping and key_stands and not inner.is_mapping

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

    def _end(self, event: yaml.Event) -> Node:
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
        return MappingNode(line, column, pairs, _position(event))

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
            if first.setdefault(key.text, key) is key:
                pairs.append((key, value))
                continue
            self._report(
                RuleId.KEY_DUPLICATE,
                Position(key.line, key.column),
                f"{key.text} stands here twice",
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
        self._parsed.faults.append(Fault(rule, at, message, fix))


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
