r"""Sets of characters in RE2 expressions: ``[a-z\d]``, ``\w``, ``[[:alpha:]]``, escapes."""

import re
import string

from cors_authz.config.lint.expression.node import PRINTABLE

_DIGITS = frozenset(string.digits)
_LETTERS = frozenset(string.ascii_letters)
_WORD = _DIGITS | _LETTERS | {"_"}

PERL_CLASSES = {
    "d": _DIGITS,
    "D": PRINTABLE - _DIGITS,
    "w": _WORD,
    "W": PRINTABLE - _WORD,
    "s": frozenset[str](),
    "S": PRINTABLE,
}
"""What of each is printable ASCII without the blank."""

_POSIX_CLASSES = {
    "alnum": _DIGITS | _LETTERS,
    "alpha": _LETTERS,
    "ascii": PRINTABLE,
    "blank": frozenset[str](),
    "cntrl": frozenset[str](),
    "digit": _DIGITS,
    "graph": PRINTABLE,
    "lower": frozenset(string.ascii_lowercase),
    "print": PRINTABLE,
    "punct": frozenset(string.punctuation),
    "space": frozenset[str](),
    "upper": frozenset(string.ascii_uppercase),
    "word": _WORD,
    "xdigit": frozenset(string.hexdigits),
}
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]", re.ASCII)
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))", re.ASCII)
_OCTAL = re.compile(r"\\([0-7]{1,3})", re.ASCII)
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LAST_CODE_POINT = 0x10FFFF


class UnreadableError(ValueError):
    """The expression is beyond this reader, although RE2 takes it."""


def _fold_case(members: frozenset[str]) -> frozenset[str]:
    """Add the other case of every letter."""
    return members | {m.upper() for m in members} | {m.lower() for m in members}


def escaped_character(text: str, at: int) -> tuple[str, int]:
    """The character that the escape at ``at`` stands for, and where the escape ends.

    Raises:
        UnreadableError: It stands for one of many characters.
    """
    code = _HEX.match(text, at)
    if code is not None:
        number = int(code[1] or code[2], 16)
        return chr(min(number, _LAST_CODE_POINT)), code.end()
    octal = _OCTAL.match(text, at)
    if octal is not None:
        return chr(int(octal[1], 8)), octal.end()
    sign = text[at + 1]
    if sign in "pP":
        raise UnreadableError(text)
    return _CONTROL.get(sign, sign), at + 2


def read_set(text: str, at: int, *, any_case: bool) -> tuple[frozenset[str], bool, int]:
    """Read a set in brackets that begins at ``at``.

    Returns:
        Its members, whether they were written down one by one, and where it ends.

    Raises:
        UnreadableError: It speaks of Unicode properties.
    """
    start = at + 1
    negated = text[start] == "^"
    at = start + negated
    first = at
    members: set[str] = set()
    listed = not negated
    while text[at] != "]" or at == first:
        found, single, at = _item(text, at)
        members |= found
        listed = listed and single
    folded = _fold_case(frozenset(members)) if any_case else frozenset(members)
    return (PRINTABLE - folded if negated else folded & PRINTABLE), listed, at + 1


def _item(text: str, at: int) -> tuple[frozenset[str], bool, int]:
    """A class, a range or a single character."""
    posix = _POSIX.match(text, at)
    if posix is not None:
        named = _POSIX_CLASSES[posix[2]]
        return (PRINTABLE - named if posix[1] else named), False, posix.end()
    if text[at] == "\\" and text[at + 1] in PERL_CLASSES:
        return PERL_CLASSES[text[at + 1]], False, at + 2
    low, at = _one(text, at)
    if text[at] == "-" and text[at + 1] != "]":
        high, at = _one(text, at + 1)
        return frozenset(sign for sign in PRINTABLE if low <= sign <= high), False, at
    return frozenset(low), True, at


def _one(text: str, at: int) -> tuple[str, int]:
    return escaped_character(text, at) if text[at] == "\\" else (text[at], at + 1)
