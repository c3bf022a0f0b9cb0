"""What an expression spells and what it leaves open: its templates.

A template is a row of elements: characters that stand for themselves, single dots, and open
stretches. Every text that the expression matches fits one of its templates; a template may
fit more than the expression matches, so whoever finds something asks RE2.
"""

from dataclasses import dataclass
from itertools import product

from cors_authz.config.lint.expression.node import (
    PRINTABLE,
    Choice,
    Mark,
    Node,
    OneOf,
    Repeat,
    Sequence,
    Text,
)

MAX_TEMPLATES = 512
"""An expression with more alternatives than that is a list that wants to be written out."""

_MAX_LISTED = 4
"""``[ab]`` is two spellings; a set of many characters is open."""

_MAX_COPIES = 3
"""Copies of a group that are told apart; more are an open stretch and a last copy."""

_MAX_TEXT = 512
"""No origin is longer, so a longer text need not be spelled to its end."""


class TooManyTemplatesError(ValueError):
    """The expression has too many variants to look at each."""


@dataclass(frozen=True, slots=True)
class Open:
    """A stretch that the expression leaves open."""

    members: frozenset[str]
    low: int
    high: int | None
    """``None`` where there is no limit."""


Element = str | Open | Mark
Template = tuple[Element, ...]

_Templates = list[Template]


def list_templates(node: Node) -> list[Template]:
    """List the templates of an expression, in the order of its alternatives.

    Raises:
        TooManyTemplatesError: There are more than :data:`MAX_TEMPLATES`.
    """
    match node:
        case Text(text):
            return [(text,)] if text else [()]
        case OneOf(members, listed):
            return _one_of(members, listed=listed)
        case Mark():
            return [(node,)]
        case Sequence(parts):
            return _joined([list_templates(part) for part in parts])
        case Choice(options):
            return _bounded([t for option in options for t in list_templates(option)])
        case Repeat():
            return _repeated(node)


def _one_of(members: frozenset[str], *, listed: bool) -> _Templates:
    if len(members) == 1 or (listed and len(members) <= _MAX_LISTED):
        return [(member,) for member in sorted(members)]
    return [(Open(members, 1, 1),)]


def _repeated(repeat: Repeat) -> _Templates:
    node, low, high = repeat.node, repeat.low, repeat.high
    single = _single(node)
    if single is not None and (low, high) != (0, 1):
        return [(Open(single, low, high),)] if low != high else _copies(node, low, single)
    inner = list_templates(node)
    if isinstance(node, Text) and (low, high) == (0, 1):
        return [*inner, ()]  # https before http, which makes better examples
    copies = min(low, _MAX_COPIES)
    more: _Templates = [()] if low <= _MAX_COPIES else []
    if high is None or high > copies:
        rest = Open(_members(node), 0, None)
        gap: Template = (rest,) if high is None or high > copies + 1 else ()
        more += [(*gap, *template) for template in inner]
    return _joined([inner] * copies + [more])


def _copies(node: Node, count: int, members: frozenset[str]) -> _Templates:
    if isinstance(node, Text) and count <= _MAX_TEXT:
        return [(node.text * count,)] if count else [()]
    return [(Open(members, count, count),)]


def _single(node: Node) -> frozenset[str] | None:
    """The set of a node that stands for one character; ``None`` for any other node."""
    if node is Mark.DOT:
        return PRINTABLE
    if isinstance(node, OneOf):
        return node.members
    return frozenset(node.text) if isinstance(node, Text) and len(node.text) == 1 else None


def _members(node: Node) -> frozenset[str]:
    """Every character that a node may match."""
    match node:
        case Text(text):
            return frozenset(text)
        case OneOf(members):
            return members
        case Mark():
            return PRINTABLE if node is Mark.DOT else frozenset()
        case Sequence(nodes) | Choice(nodes):
            return frozenset[str]().union(*map(_members, nodes))
        case Repeat(inner):
            return _members(inner)


def _joined(parts: list[_Templates]) -> _Templates:
    count = 1
    for part in parts:
        count *= len(part)
        _check(count)
    return [tuple(element for piece in pieces for element in piece) for pieces in product(*parts)]


def _bounded(templates: _Templates) -> _Templates:
    _check(len(templates))
    return templates


def _check(count: int) -> None:
    if count > MAX_TEMPLATES:
        raise TooManyTemplatesError
