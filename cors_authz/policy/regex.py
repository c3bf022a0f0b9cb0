"""Regular expressions on RE2: linear time, whatever a hostile text holds."""

from typing import Protocol, cast

import re2

MAX_REGEX_LENGTH = 512
"""Longer than any origin; more is a generated list, which belongs in exact entries."""

_MEMORY_BYTES = 1 << 20
"""Bounds what one expression may compile to; RE2's own default is eight times that."""


class RegexError(ValueError):
    """An expression is not usable. ``fix`` says what to do about it."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.fix = fix


class Regex(Protocol):
    """A compiled expression."""

    def fullmatch(self, text: str) -> object | None:
        """Match the whole text; ``None`` where it does not match."""


def compile_regex(expression: str) -> Regex:
    """Compile an RE2 expression within the limits of size and memory.

    Raises:
        RegexError: It is too long, too large once compiled, or no RE2 syntax.
    """
    if len(expression) > MAX_REGEX_LENGTH:
        raise RegexError(
            f"the expression has {len(expression)} characters, more than {MAX_REGEX_LENGTH}",
            "list the values, or use several shorter expressions",
        )
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        return cast(Regex, re2.compile(expression, options))
    except re2.error as error:
        detail = error.args[0]
        reason = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise RegexError(
            f"the expression is not valid RE2: {reason}",
            "write it without look-around and back-references, and with balanced brackets",
        ) from error
