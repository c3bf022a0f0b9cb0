"""Prints what became of the requests, for people: aligned, at most 120 columns wide."""

import os
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from deploy.demo.decisions import Shadow
from deploy.demo.outcome import Outcome, differences
from deploy.demo.row import Row, Section

_WIDTH = 120
_INDENT = " " * 6
_GAP = "  "
_COLUMNS = (
    ("#", 2),
    ("request", 42),
    ("verdict", 8),
    ("status", 6),
    ("reason", 20),
    ("policy", 14),
    ("API", 3),
    ("", 5),
)

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_VERDICT_STYLES = {"allow": _GREEN, "deny": _RED, "withhold": _YELLOW}


@dataclass(frozen=True, slots=True)
class Result:
    """A row and what became of it."""

    row: Row
    observed: Outcome

    @property
    def is_expected(self) -> bool:
        """Whether it came out as it should."""
        return self.observed == self.row.expected


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text where somebody sees them."""

    colours: bool

    def __call__(self, text: str, style: str) -> str:
        """Put a style of ECMA-48's SGR around a text."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colours else text


def paint_for(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Paint:
    """Colour only on terminals, and not where somebody set ``NO_COLOR`` (no-color.org)."""
    return Paint(
        stream.isatty()
        and not environment.get("NO_COLOR")
        and environment.get("TERM") != "dumb"
        and sys.platform != "win32"
    )


def render(results: Sequence[tuple[Section, Sequence[Result]]], paint: Paint) -> Iterator[str]:
    """Write the lines of the table, between its legend and its sum."""
    yield "API: whether the request reached it. Header names are shown without access-control-."
    yield ""
    yield paint(_aligned([title for title, _ in _COLUMNS]), _BOLD)
    number = 0
    for section, of_section in results:
        yield ""
        yield paint(section.title, _BOLD)
        for result in of_section:
            number += 1
            yield from _render_result(number, result, paint)
    yield ""
    wrong = sum(not result.is_expected for _, of_section in results for result in of_section)
    if wrong:
        yield paint(f"{wrong} of {number} rows are WRONG.", _RED)
    else:
        yield paint(f"All {number} rows came out as they should.", _GREEN)


def header_lines(headers: Mapping[str, str]) -> list[str]:
    """Show all headers, as many to a line as fit; ``access-control-`` is left out everywhere."""
    shown = [f"{_short(name)}: {_short(value)}" for name, value in headers.items()]
    lines: list[str] = []
    for header in shown or ["no CORS headers"]:
        if lines and len(lines[-1]) + len(_GAP) + len(header) <= _WIDTH:
            lines[-1] += _GAP + header
        else:
            lines.append(_INDENT + header)
    return lines


def _render_result(number: int, result: Result, paint: Paint) -> Iterator[str]:
    observed, expected = result.observed, result.is_expected
    verdict = paint(observed.verdict.ljust(8), _VERDICT_STYLES.get(observed.verdict, _RED))
    cells = [
        str(number).rjust(2),
        result.row.words,
        verdict,
        str(observed.status),
        observed.reason,
        observed.policy or "-",
        "yes" if observed.reaches_api else "no",
        paint("OK", _GREEN) if expected else paint("WRONG", _RED),
    ]
    yield _aligned(cells)
    yield from (paint(line, _DIM) for line in header_lines(observed.headers))
    if observed.shadow is not None:
        yield paint(f"{_INDENT}reportOnly policies: {_shadow_words(observed.shadow)}", _DIM)
    for difference in differences(result.row.expected, observed):
        yield from (paint(line, _RED) for line in _wrapped(difference))


def _aligned(cells: Sequence[str]) -> str:
    padded = (
        cell if "\x1b" in cell else cell.ljust(width)
        for cell, (_, width) in zip(cells, _COLUMNS, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT + _GAP,
        break_on_hyphens=False,
    )


def _short(text: str) -> str:
    return text.replace("access-control-", "").replace("Access-Control-", "")


def _shadow_words(shadow: Shadow) -> str:
    decider = "" if shadow.policy is None else f" by {shadow.policy}"
    return f"would {shadow.verdict}, {shadow.reason}{decider}"
