"""The syntax tree of an RE2 expression, as far as origins care: one line of ASCII.

Only data; reading is :mod:`.syntax`.
"""

from dataclasses import dataclass
from enum import Enum

PRINTABLE = frozenset(map(chr, range(0x21, 0x7F)))
"""The characters that sets are made of: no others can be part of a header that matters."""


@dataclass(frozen=True, slots=True)
class Text:
    r"""Characters that stand for themselves; empty for what takes no room, such as ``\b``."""

    text: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of a set."""

    members: frozenset[str]
    listed: bool = False
    """Whether somebody wrote them down one by one, as in ``[12]``."""


class Mark(Enum):
    """What is neither text nor set."""

    DOT = "."
    """Any character; written between host characters, nearly always meant as a dot."""
    START = "^"
    END = "$"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same several times."""

    node: "Node"
    low: int
    high: int | None
    """``None`` where there is no limit."""


Node = Text | OneOf | Mark | Sequence | Choice | Repeat
