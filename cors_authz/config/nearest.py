"""Which known word somebody may have meant."""

import difflib
from collections.abc import Iterable

_MAX_LENGTH = 64
"""Comparing takes quadratic time, and longer texts are no slips of the pen."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, whatever its case; ``None`` where none is."""
    if len(word) > _MAX_LENGTH:
        return None
    spelled = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(word.lower(), spelled, n=1)
    return spelled[close[0]] if close else None
