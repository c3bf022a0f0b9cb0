"""Reads RE2 expressions (https://github.com/google/re2/wiki/Syntax) into a tree.

Only expressions that RE2 compiled are given to it, so it need not tell what is wrong with
others. Where it is unsure it reads more than RE2 would match, never less.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from cors_authz.config.lint.expression.character_set import (
    PERL_CLASSES,
    UnreadableError,
    escaped_character,
    read_set,
)
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

_MAX_DEPTH = 50
"""Groups within groups; more is no expression about origins, and would exhaust the stack."""

_PLAIN = re.compile(r"[A-Za-z0-9/:_-]+(?![*+?{])", re.ASCII)
"""Without a last character that is repeated."""

_COUNT = re.compile(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}", re.ASCII)
_GROUP = re.compile(r"\?(?:P?<[^>]*>|(?P<flags>[imsU]*(?:-[imsU]+)?)(?P<end>[:)]))", re.ASCII)
_SIMPLE_REPEATS: Mapping[str, tuple[int, int | None]] = MappingProxyType(
    {"*": (0, None), "+": (1, None), "?": (0, 1)}
)
_MARKS = MappingProxyType({"^": Mark.START, "$": Mark.END, ".": Mark.DOT})
_ASSERTIONS: Mapping[str, Node] = MappingProxyType(
    {"A": Mark.START, "z": Mark.END, "b": Text(""), "B": Text("")}
)


def read_expression(expression: str) -> Node:
    """Read an expression that compiles.

    Raises:
        UnreadableError: It is nested too deeply, or written in a way not known here.
    """
    reader = _Reader(expression)
    try:
        node = reader.choice(0)
    except IndexError:
        raise UnreadableError(expression) from None
    if reader.at < len(expression):
        raise UnreadableError(expression)
    return node


class _Reader:
    """A position in an expression, moved on by reading."""

    def __init__(self, expression: str) -> None:
        self.text = expression
        self.at = 0
        self.any_case = False

    def choice(self, depth: int) -> Node:
        """Alternatives, up to a closing parenthesis or the end."""
        if depth > _MAX_DEPTH:
            raise UnreadableError(self.text)
        options = [self._sequence(depth)]
        while self.at < len(self.text) and self.text[self.at] == "|":
            self.at += 1
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part = self._repeated(self._atom(depth))
            before = parts[-1] if parts else None
            if isinstance(part, Text) and isinstance(before, Text):
                parts[-1] = Text(before.text + part.text)
            else:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, node: Node) -> Node:
        while self.at < len(self.text):
            count = _COUNT.match(self.text, self.at)
            sign = self.text[self.at]
            if sign in _SIMPLE_REPEATS:
                self.at += 1
                low, high = _SIMPLE_REPEATS[sign]
            elif count is not None:
                self.at = count.end()
                low = int(count[1])
                high = low if count[2] is None else int(count[3]) if count[3] else None
            else:
                break
            if self.text[self.at : self.at + 1] == "?":
                self.at += 1
            node = Repeat(node, low, high)
        return node

    def _atom(self, depth: int) -> Node:
        sign = self.text[self.at]
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            members, listed, self.at = read_set(self.text, self.at, any_case=self.any_case)
            return OneOf(members, listed)
        if sign == "\\":
            return self._escape()
        plain = _PLAIN.match(self.text, self.at)
        if plain is not None:
            self.at = plain.end()
            return self._text(plain[0])
        self.at += 1
        return _MARKS.get(sign) or self._text(sign)

    def _text(self, text: str) -> Text:
        return Text(text.lower() if self.any_case else text)

    def _group(self, depth: int) -> Node:
        self.at += 1
        outside = self.any_case
        if self.text[self.at] == "?":
            head = _GROUP.match(self.text, self.at)
            if head is None:
                raise UnreadableError(self.text)
            self.at = head.end()
            on, _, off = (head["flags"] or "").partition("-")
            self.any_case = (self.any_case or "i" in on) and "i" not in off
            if head["end"] == ")":
                return Text("")  # such flags hold to the end of the group around them
        node = self.choice(depth + 1)
        self.any_case = outside
        if self.text[self.at] != ")":
            raise UnreadableError(self.text)
        self.at += 1
        return node

    def _escape(self) -> Node:
        sign = self.text[self.at + 1]
        if sign == "Q":
            start = self.at + 2
            end = self.text.find("\\E", start)
            self.at = len(self.text) if end < 0 else end + 2
            return self._quoted(self.text[start : end if end >= 0 else None])
        if sign in _ASSERTIONS:
            self.at += 2
            return _ASSERTIONS[sign]
        if sign in PERL_CLASSES:
            self.at += 2
            return OneOf(PERL_CLASSES[sign])
        if sign == "C":
            self.at += 2
            return OneOf(PRINTABLE)
        character, self.at = escaped_character(self.text, self.at)
        return self._text(character)

    def _quoted(self, quoted: str) -> Node:
        """What follows repeats the last character only."""
        texts = [self._text(sign) for sign in quoted]
        if not texts:
            return Text("")
        if len(texts) > 1 and self.text[self.at : self.at + 1] in {*_SIMPLE_REPEATS, "{"}:
            last = self._repeated(texts[-1])
            return Sequence((*texts[:-1], last))
        return Text("".join(text.text for text in texts))
