"""What an unquoted YAML scalar stands for, so that no reader of YAML would disagree.

YAML 1.1 and 1.2 differ on words such as ``yes`` and ``0o17``. What they agree on is read,
the rest is :attr:`Unread.AMBIGUOUS`, which no key takes.
"""

import math
import re
from enum import Enum, auto


class Unread(Enum):
    """A scalar without a usable value."""

    NULL = auto()
    """Nothing, ``~`` or ``null``."""
    AMBIGUOUS = auto()
    """Text to one reader of YAML, and a boolean, number or date to another."""
    REFUSED = auto()
    """Reported already, by whoever parsed it."""


Value = str | bool | int | float | Unread

_MAX_NUMBER_LENGTH = 32
"""Python refuses integers of more than 4300 digits; no key needs more than a few."""

_SUSPECTS = frozenset("~nNtTfFyYoO0123456789+-.=<")
"""The first characters of every plain scalar that some reader does not take for text."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)", re.ASCII
)
_AMBIGUOUS = re.compile(
    r"[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=|<<"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    r"|[-+]?0(?:[xX][0-9a-fA-F_]+|[oO]?[0-9_]+|[bB][01_]+)"
    r"|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?",
    re.ASCII,
)


def resolve_plain(text: str) -> Value:
    """The value of an unquoted scalar."""
    if text and text[0] not in _SUSPECTS:
        return text
    if text in _NULL:
        return Unread.NULL
    if text in _BOOL:
        return _BOOL[text]
    if len(text) <= _MAX_NUMBER_LENGTH:
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
    return Unread.AMBIGUOUS if _AMBIGUOUS.fullmatch(text) else text
