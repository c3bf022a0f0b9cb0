"""What terminals need: colour only where it is wanted, and columns."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from cors_authz.config.excerpt import printable


def is_coloured(stream: TextIO | None = None) -> bool:
    """Whether to colour what goes to a stream: a terminal, unless ``NO_COLOR`` is set.

    See https://no-color.org; an empty value counts as none.
    """
    return (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR")


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Columns as wide as their widest cell, two blanks apart; the last is not padded."""
    cells = [heads, *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
