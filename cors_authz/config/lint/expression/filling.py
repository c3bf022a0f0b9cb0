"""Texts that fit a template: harmless samples, and what an attacker would put in.

A text that fits a template need not match the expression; ask RE2.
"""

from collections.abc import Iterator

from cors_authz.config.lint.expression.node import Mark
from cors_authz.config.lint.expression.template import Element, Open, Template

ATTACKER = "evil.example"
"""A domain that somebody else has; ``example`` is reserved for such purposes (RFC 2606)."""

_WORDS = (
    *("evil", "evil.", f".{ATTACKER}", ATTACKER, f"{ATTACKER}.", "net", "zip", "evil-", "-evil"),
    *(".evil.net", "evil.net", f"-{ATTACKER}", f"_.{ATTACKER}", "com.evil.net", ".net", "8.8.8.8"),
    *("x", "z", "7", "-", "_"),
)
"""What is put into open stretches, the most telling ones first."""

_NO_DOTS = ("x", "-", "0", "_")
"""What is put in the place of an unescaped dot."""

_HARMLESS = "a1xfz0-_."
"""Preferred for stretches that do not matter."""


def samples(template: Template) -> Iterator[str]:
    """Texts as the author of the expression may have had in mind."""
    yield from _with_others_short(template, {})
    stretches = {i: e for i, e in enumerate(template) if isinstance(e, Open)}
    digits = {i: "1" * max(e.low, 1) for i, e in stretches.items() if "1" in e.members}
    if digits:
        yield from _with_others_short(template, digits)


def with_first_open(template: Template, word: str) -> str | None:
    """A text that has ``word`` in the first open stretch, as far as it may stand there."""
    for index, element in enumerate(template):
        if isinstance(element, Open):
            return _filled(template, {index: word}) if _fits(element, word) else None
    return None


def hostile_fillings(template: Template) -> Iterator[str]:
    """Texts with a hostile word in one open stretch, or another character for one dot."""
    for word in _WORDS:
        for index, element in enumerate(template):
            if isinstance(element, Open) and _fits(element, word):
                yield from _with_others_short(template, {index: word})
    for sign in _NO_DOTS:
        for index, element in enumerate(template):
            if element is Mark.DOT:
                yield from _with_others_short(template, {index: sign})
    for index, element in enumerate(template):
        if isinstance(element, Open):
            for sign in sorted(element.members & frozenset(_HARMLESS)):
                yield from _with_others_short(template, {index: sign * max(element.low, 1)})


def _with_others_short(template: Template, chosen: dict[int, str]) -> Iterator[str]:
    """Once with every other stretch filled, once with those left out that may be."""
    filled = _filled(template, chosen)
    if filled is None:
        return
    yield filled
    optional = {
        index: ""
        for index, element in enumerate(template)
        if isinstance(element, Open) and element.low == 0
    }
    if not optional.keys() <= chosen.keys():
        shorter = _filled(template, optional | chosen)
        if shorter is not None:
            yield shorter


def _filled(template: Template, chosen: dict[int, str]) -> str | None:
    texts: list[str] = []
    for index, element in enumerate(template):
        text = chosen.get(index)
        text = _harmless(element) if text is None else text
        if text is None:
            return None
        texts.append(text)
    return "".join(texts)


def _harmless(element: Element) -> str | None:
    """``None`` where nothing printable may stand."""
    if isinstance(element, str):
        return element
    if isinstance(element, Mark):
        return "." if element is Mark.DOT else ""
    if not element.members:
        return None if element.low else ""
    sign = next((s for s in _HARMLESS if s in element.members), min(element.members))
    length = max(element.low, 1)
    return sign * (length if element.high is None else min(length, element.high))


def _fits(stretch: Open, word: str) -> bool:
    long_enough = stretch.low <= len(word)
    short_enough = stretch.high is None or len(word) <= stretch.high
    return long_enough and short_enough and stretch.members.issuperset(word)
