"""YAML nodes with their positions, and the plain values they stand for.

The nodes are named tuples: a set of 10,000 policies has half a million of them, and
frozen dataclasses take three times as long to make.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cors_authz.config.excerpt import Position
from cors_authz.config.scalar import Unread, Value

Plain = str | bool | int | float | Unread | tuple["Plain", ...] | dict[str, "Plain"]


class ScalarNode(NamedTuple):
    """A text as written, and the value it stands for."""

    line: int
    column: int
    text: str
    value: Value
    literal: bool
    """A ``|`` block, whose lines stand in the file as they are."""


class SequenceNode(NamedTuple):
    """A list."""

    line: int
    column: int
    items: tuple["Node", ...]


class MappingNode(NamedTuple):
    """A mapping; its keys are distinct texts."""

    line: int
    column: int
    pairs: tuple[tuple[ScalarNode, "Node"], ...]
    end: Position
    """Where the next thing begins."""

    def value(self, key: str) -> "Node | None":
        """The value of a key, if it stands there."""
        return next((value for name, value in self.pairs if name.text == key), None)

    def key(self, key: str) -> ScalarNode | None:
        """The key itself, for its position."""
        return next((name for name, _ in self.pairs if name.text == key), None)


Node = ScalarNode | SequenceNode | MappingNode


def position(node: Node) -> Position:
    """Where a node begins."""
    return Position(node.line, node.column)


def plain(node: Node) -> Plain:
    """The value of a node without positions, lists as tuples."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return tuple([plain(item) for item in node.items])
    return {key.text: plain(value) for key, value in node.pairs}


def walk(node: Node, path: Sequence[str | int]) -> tuple[Node, int]:
    """Follow keys and indices as far as they lead; also how many of them did."""
    for depth, step in enumerate(path):
        inner: Node | None = None
        if isinstance(node, MappingNode) and isinstance(step, str):
            inner = node.value(step)
        elif isinstance(node, SequenceNode) and isinstance(step, int):
            inner = node.items[step]
        if inner is None:
            return node, depth
        node = inner
    return node, len(path)
