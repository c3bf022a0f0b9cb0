"""A text to parse and where it stands in a file, so that findings point into that file."""

from dataclasses import dataclass, field
from pathlib import PurePath

from cors_authz.config.finding import Finding, Level
from cors_authz.config.rule import RuleId


@dataclass(frozen=True, slots=True)
class Position:
    """A line and a column in characters, both counted from 1."""

    line: int
    column: int


START = Position(1, 1)


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
            rule, level, self.file, place.line, place.column, message, fix, policy, group
        )
