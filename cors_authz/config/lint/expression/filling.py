"""Texts that fit a template: harmless samples, and what an attacker would put in.

A text that fits a template need not match the expression; ask RE2.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

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

_MAX_SCHEME_STRETCHES = 3
"""A scheme begins an origin, so a later stretch is none unless the earlier ones are empty."""

_HARMLESS = "a1xfz0-_."
"""Preferred for stretches that do not matter."""


def samples(template: Template) -> Iterator[str]:
    """Texts as the author of the expression may have had in mind."""
    yield from _filled_around(template, {})
    digits = {
        index: "1" * max(element.low, 1)
        for index, element in enumerate(template)
        if isinstance(element, Open) and "1" in element.members
    }
    if digits:
        yield from _filled_around(template, digits)


def hostile_fillings(template: Template) -> Iterator[str]:
    """Texts with a hostile word in one open stretch, or another character for one dot."""
    for word in _WORDS:
        for index, element in enumerate(template):
            if isinstance(element, Open) and _fits(element, word):
                yield from _filled_around(template, {index: word})
    for sign in _NO_DOTS:
        for index, element in enumerate(template):
            if element is Mark.DOT:
                yield from _filled_around(template, {index: sign})
    for index, element in enumerate(template):
        if isinstance(element, Open):
            for sign in sorted(element.members & frozenset(_HARMLESS)):
                yield from _filled_around(template, {index: sign * max(element.low, 1)})


def with_scheme(template: Template, scheme: str) -> Iterator[Template]:
    """The template with one of its first open stretches made to begin an origin."""
    stretches = [i for i, element in enumerate(template) if isinstance(element, Open)]
    for index in stretches[:_MAX_SCHEME_STRETCHES]:
        for rest in ("", ":", "://", "://evil", "://a.", f"://{ATTACKER}", f"://{ATTACKER}."):
            yield from _with_word(template, index, scheme + rest)


def with_first_open(template: Template, word: str) -> Iterator[Template]:
    """The template with ``word`` in its first open stretch, if it may stand there."""
    stretches = (i for i, element in enumerate(template) if isinstance(element, Open))
    for index in islice(stretches, 1):
        yield from _with_word(template, index, word)


def _with_word(template: Template, index: int, word: str) -> Iterator[Template]:
    stretch = template[index]
    if isinstance(stretch, Open) and _fits(stretch, word):
        yield (*template[:index], word, *template[index + 1 :])


def _filled_around(template: Template, chosen: dict[int, str]) -> Iterator[str]:
    """What is chosen, with the other stretches filled, or left out that may be.

    Other unescaped dots are dots, or letters.
    """
    others = [i for i in range(len(template)) if i not in chosen]
    dots = {i: "a" for i in others if template[i] is Mark.DOT}
    omitted = {i: "" for i in others if _may_be_empty(template[i])}
    yield from _filled(template, chosen)
    if omitted:
        yield from _filled(template, omitted | chosen)
    if dots:
        yield from _filled(template, dots | chosen)
        yield from _filled(template, dots | omitted | chosen)


def _may_be_empty(element: Element) -> bool:
    return isinstance(element, Open) and element.low == 0


def _filled(template: Template, chosen: Mapping[int, str]) -> Iterator[str]:
    texts = [
        chosen[index] if index in chosen else _harmless(element)
        for index, element in enumerate(template)
    ]
    if None not in texts:
        yield "".join(text for text in texts if text is not None)


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
