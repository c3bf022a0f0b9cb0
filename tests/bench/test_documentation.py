"""What docs/performance.md says about the benchmark is so."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.__main__ import PARTS, main

PAGE = Path(__file__).parents[2] / "docs/performance.md"


def commands() -> Iterator[str]:
    """What follows ``make bench`` in the page's blocks."""
    for line in PAGE.read_text().splitlines():
        words = shlex.split(line, comments=True) if line.startswith("make bench") else []
        if words:
            yield words[2].removeprefix("BENCH=") if len(words) > 2 else ""


def test_there_are_commands() -> None:
    assert "" in commands()


@pytest.mark.parametrize("arguments", list(commands()))
def test_a_command_is_understood(arguments: str) -> None:
    main.make_context("bench", arguments.split())


def test_every_part_is_described() -> None:
    described = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)

    assert described == list(PARTS)
