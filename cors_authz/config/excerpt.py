"""A text to parse and where it stands in a file, so that findings point into that file."""

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import NamedTuple

from cors_authz.config.finding import Finding, Level
from cors_authz.config.rule import RuleId


class Position(NamedTuple):
    """A line and a column in characters, both counted from 1."""

    line: int
    column: int


START = Position(1, 1)

_MAX_TOLD_LENGTH = 500
"""A message with its quotations; a longer one helps nobody."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A whole file, or a value inside a manifest that is read as a file."""

    file: str
    """The file that findings name."""
    content: str = field(repr=False)
    name: str = ""
    """The key of a manifest that the text is the value of; empty for a whole file."""
    line_offset: int = 0
    column_offset: int = 0
    pinned: Position | None = None
    """Where every finding points if the file shows the text otherwise, base64 for one."""

    @property
    def suffix(self) -> str:
        """The kind of file, for example ``.json``."""
        return PurePath(self.name or self.file).suffix

    def place(self, inner: Position) -> Position:
        """Where a position of the text stands in the file."""
        if self.pinned is not None:
            return self.pinned
        return Position(inner.line + self.line_offset, inner.column + self.column_offset)

    def finding(  # noqa: PLR0913 - a finding has that many sides
        self,
        rule: RuleId,
        at: Position,
        message: str,
        fix: str,
        *,
        level: Level = Level.ERROR,
        policy: str | None = None,
        group: str | None = None,
    ) -> Finding:
        """Tell what is wrong at a position of this text."""
        place = self.place(at)
        if self.pinned is not None:
            message = f"in {self.name}, line {at.line}: {message}"
        return Finding(
            id=rule,
            level=level,
            file=self.file,
            line=place.line,
            column=place.column,
            message=printable(message),
            fix=printable(fix),
            policy=None if policy is None else printable(policy),
            group=None if group is None else printable(group),
        )


def printable(text: str) -> str:
    """Escape what terminals and logs could take for commands, and cut what is endless."""
    if len(text) > _MAX_TOLD_LENGTH:
        text = text[:_MAX_TOLD_LENGTH] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
