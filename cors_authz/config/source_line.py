"""The line that a finding points at, quoted with a caret below it."""

import unicodedata
from collections.abc import Iterable

from cors_authz.config.source import Source
from cors_authz.config.syntax_fault import split_lines

_WIDTH = 100
"""Of a quoted line, in characters; terminals have 80 or more."""

_BEFORE_CARET = 60
"""Of those, how many stand before the caret at most."""


class SourceLines:
    """The lines of sources, split when somebody asks for one."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._contents = {source.name: source.content for source in sources}
        self._lines: dict[str, list[str]] = {}

    def quote(self, file: str, line: int, column: int) -> str:
        """The line and a caret below ``column``; nothing where there is no such line.

        Both are counted from 1. What a terminal could take for a command is shown as a dot.
        """
        if file not in self._lines:
            content = self._contents.get(file)
            if content is None:
                return ""
            text = content.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
            self._lines[file] = split_lines(text)
        lines = self._lines[file]
        if not 1 <= line <= len(lines):
            return ""
        start = max(0, column - 1 - _BEFORE_CARET)
        shown = _printable(lines[line - 1][start : start + _WIDTH])
        before = shown[: column - 1 - start]
        number = str(line)
        return f"    {number} | {shown}\n    {' ' * len(number)} | {_blank(before)}^\n"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c == "\t" else "·" for c in text)


def _blank(text: str) -> str:
    """As many blanks as a text takes columns; ideographs take two."""
    return "".join("  " if unicodedata.east_asian_width(c) in "FW" else " " for c in text)
