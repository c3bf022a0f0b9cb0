"""The table of all cases, as ``docs/browser-matrix.md`` shows it. No test may live here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.browser.call import Outcome

_COLUMNS = (
    "case",
    "page",
    "call",
    "over",
    "the script sees",
    "the network sees",
    "the upstream sees",
    "the log says",
)


@dataclass(frozen=True, slots=True)
class Row:
    """What was seen of one case."""

    section: str
    title: str
    page: str
    call: str
    outcome: Outcome


@dataclass(slots=True)
class Matrix:
    """The rows of a test run, with the HTTP versions over which each was seen."""

    seen: dict[Row, list[str]] = field(default_factory=dict)

    def add(self, row: Row, protocol: str) -> None:
        """Take note of a row."""
        protocols = self.seen.setdefault(row, [])
        if protocol not in protocols:
            protocols.append(protocol)

    def lines(self) -> dict[str, list[str]]:
        """The lines of each section's table."""
        found: dict[str, list[str]] = {}
        for row, protocols in self.seen.items():
            found.setdefault(row.section, []).append(_line(row, protocols))
        return found


def render(lines: dict[str, list[str]]) -> str:
    """The sections of the document."""
    return "\n".join(_section(title, lines[title]) for title in sorted(lines))


def _section(title: str, lines: Iterable[str]) -> str:
    head = [_cells(_COLUMNS), _cells(["---"] * len(_COLUMNS))]
    return "\n".join([f"## {title}", "", *head, *lines, ""])


def _line(row: Row, protocols: Sequence[str]) -> str:
    outcome = row.outcome
    versions = ", ".join(sorted(protocol.removeprefix("HTTP/") for protocol in protocols))
    return _cells(
        [
            row.title,
            f"`{row.page}`",
            row.call,
            versions,
            outcome.page,
            _stacked(outcome.network),
            _stacked(outcome.upstream),
            _stacked(outcome.decisions),
        ]
    )


def _stacked(entries: Sequence[str]) -> str:
    return "<br>".join(entries) if entries else "nothing"


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"
