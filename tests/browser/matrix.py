"""The table of all cases, as ``docs/browser-matrix.md`` shows it. No test may live here."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.call import Outcome

MATRIX_PAGE = Path(__file__).parents[2] / "docs/browser-matrix.md"

_SECTIONS = (
    "Methods",
    "Request headers",
    "Exposed response headers",
    "Credentials",
    "Origins",
    "Origin null",
    "Same-origin requests",
    "Required Origin",
    "HTTP versions",
    "firstMatch",
    "all",
    "Mode enforce",
    "Mode headersOnly",
    "Mode reportOnly",
    "The preflight cache",
    "The browser's cache",
    "A shared cache in front",
    "Policy changes",
    "Form posts",
    "Errors after the check",
    "Redirects",
    "Streams and events",
    "Uploads",
    "WebSockets",
    "Embedded resources",
    "Workers",
    "Service workers",
    "Several tabs",
)

_COLUMNS = (
    "case",
    "page",
    "call",
    "HTTP",
    "the script sees",
    "the network sees",
    "the upstream sees",
    "the log says",
)
_HTTP_COLUMN = _COLUMNS.index("HTTP")

_ORIGIN = re.compile(r"https?://[^\s,]+")

_HEAD = """\
# What browsers do

Pages of one origin call APIs of another, in a real browser, through a real Envoy with the real
sidecar, to an upstream that says yes to everything: it echoes any Origin, grants credentials and
whatever a preflight asks for. Each line was seen so, by a test of `tests/browser/`;
`make browser-matrix` writes this page.

Seen with Chromium {chromium} and Envoy {envoy}, over TLS with HTTP/2 and over plain HTTP/1.1.

- *the script sees*: the status; the reason, where the response is a refusal of ours that it may
  read; the response headers that are exposed to it. `blocked`: the call failed, and the script
  learns nothing. `opaque`: it was answered, and the script learns nothing else.
- *the network sees*: method and status of each exchange, as Envoy logged them.
- *the upstream sees*: the requests that arrived there.
- *the log says*: verdict, kind, reason and policy of each decision, in the order of the exchanges;
  a request without a line here was not decided about.

The policies are those in `tests/browser/policies/`.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What was seen of one case."""

    section: str
    title: str
    page: str
    call: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows of a test run, with the HTTP versions over which each was seen."""

    seen: dict[Row, set[str]] = field(default_factory=dict)

    def add(self, row: Row, protocol: str) -> None:
        """Take note of a row.

        Raises:
            LookupError: The page has no such section.
        """
        if row.section not in _SECTIONS:
            raise LookupError(row.section)
        self.seen.setdefault(row, set()).add(protocol)

    def lines(self) -> tuple[str, ...]:
        """The lines of all tables, in the order of the page."""
        return tuple(line for section in _SECTIONS for line in self._lines_of(section))

    def render(self, *, chromium: str, envoy: str) -> str:
        """Write the page; the arguments are versions."""
        head = _cells(_COLUMNS), _cells(["---"] * len(_COLUMNS))
        tables = (
            "\n".join([f"## {section}", "", *head, *self._lines_of(section), ""])
            for section in _SECTIONS
            if self._lines_of(section)
        )
        return "\n".join([_HEAD.format(chromium=chromium, envoy=envoy), *tables])

    def _lines_of(self, section: str) -> list[str]:
        rows = ((row, seen) for row, seen in self.seen.items() if row.section == section)
        return [_line(row, protocols) for row, protocols in rows]


def lines_of(page: str) -> tuple[str, ...]:
    """The lines of all tables of a page, without their heads."""
    head = (_cells(_COLUMNS), _cells(["---"] * len(_COLUMNS)))
    return tuple(s for s in page.splitlines() if s.startswith("| ") and s not in head)


def without_protocols(line: str) -> str:
    """A line as it stands for any HTTP version."""
    cells = re.split(r"(?<!\\)\|", line)
    return "|".join(cell for index, cell in enumerate(cells) if index != _HTTP_COLUMN + 1)


def _line(row: Row, protocols: Iterable[str]) -> str:
    outcome = row.outcome
    versions = ", ".join(sorted(protocol.removeprefix("HTTP/") for protocol in protocols))
    return _cells(
        [
            row.title,
            _ORIGIN.sub(r"`\g<0>`", row.page),
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
    """A line of a table; what Markdown would take for more than text is escaped."""
    escaped = (re.sub(r"([|*])", r"\\\1", text) for text in texts)
    return f"| {' | '.join(escaped)} |"
