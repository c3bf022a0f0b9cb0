"""What is remembered of late, within a bound that no flood exceeds."""

from typing import TypeVar

MAX_REMEMBERED = 1_000
"""Combinations of page, method and host that a busy gateway sees; some two megabytes of them."""

Key = TypeVar("Key")
Value = TypeVar("Value")


def remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep a value; where there are too many, forget all others: whoever is busy comes again."""
    if len(memory) == MAX_REMEMBERED:
        memory.clear()
    memory[key] = value
