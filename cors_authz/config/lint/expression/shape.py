"""A template read as an origin: its scheme, what every host ends with, its port."""

from dataclasses import dataclass

from cors_authz.config.lint.expression.node import Mark
from cors_authz.config.lint.expression.template import Element, Open, Template

_DIGITS = frozenset("0123456789")
_ANYTHING = frozenset(".@")
"""A set with both was not made for hosts: no host has an @."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is sure of every origin that fits a template."""

    scheme: str | None
    """``None`` where it is open."""
    tail: str
    """What every host ends with; more than a part of the last label only if it has a dot."""
    closed: bool
    """Whether the tail is the whole host."""
    port: str | None
    """Empty where there is none, ``None`` where it is open."""
    has_dots: bool
    """Whether there is an unescaped dot in the host."""
    has_label: bool
    """Whether any letter or digit of the host is spelled."""
    has_anything: bool
    """Whether the host has a stretch of dots and of what no host has, as ``.*`` is."""


def shape_of(template: Template, *, dots_spelled: bool) -> Shape:
    """Read a template from left to right.

    Args:
        template: One that may be an origin.
        dots_spelled: Whether a single dot is read as the dot it was probably meant as, or
            as any character.
    """
    signs = _signs(template)
    start = _host_start(signs)
    end = _host_end(signs, start)
    host = signs[start or 0 : end]
    tail = ""
    for sign in reversed(host):
        if sign is Mark.DOT and dots_spelled:
            tail = "." + tail
        elif isinstance(sign, str):
            tail = sign + tail
        else:
            break
    slash, behind_slash = tail.rpartition("/")[1:]
    return Shape(
        scheme=None if start is None else _scheme(signs[: start - 2]),
        tail=behind_slash,
        closed=bool(slash) or (start is not None and len(tail) == len(host)),
        port=_spelled(signs[end + 1 :]) if end < len(signs) or not _may_hold_port(host) else None,
        has_dots=Mark.DOT in host,
        has_label=any(isinstance(sign, str) and sign.isalnum() for sign in host),
        has_anything=any(isinstance(s, Open) and s.members >= _ANYTHING for s in host),
    )


def _signs(template: Template) -> list[Element]:
    """Text character by character, and no anchors: they take no room."""
    signs: list[Element] = []
    for element in template:
        if isinstance(element, str):
            signs.extend(element)
        elif element not in (Mark.START, Mark.END):
            signs.append(element)
    return signs


def _host_start(signs: list[Element]) -> int | None:
    """Behind the first two slashes: an origin has no others."""
    for index in range(len(signs) - 1):
        if signs[index] == signs[index + 1] == "/":
            return index + 2
    return None


def _host_end(signs: list[Element], start: int | None) -> int:
    """Where the port's colon stands, or the end."""
    if start is None:
        return _trailing_port(signs)
    in_brackets = False
    for index in range(start, len(signs)):
        sign = signs[index]
        if sign == "[":
            in_brackets = True
        elif sign == "]":
            in_brackets = False
        elif sign == ":" and not in_brackets:
            return index
    return len(signs)


def _trailing_port(signs: list[Element]) -> int:
    """Without slashes, a colon may be the scheme's: only digits behind it make it a port's."""
    for index in range(len(signs) - 1, -1, -1):
        sign = signs[index]
        if sign == ":":
            return index
        if isinstance(sign, Mark) or not _characters(sign) <= _DIGITS:
            break
    return len(signs)


def _characters(sign: str | Open) -> frozenset[str]:
    return frozenset(sign) if isinstance(sign, str) else sign.members


def _scheme(signs: list[Element]) -> str | None:
    spelled = _spelled(signs)
    return spelled[:-1] if spelled is not None and spelled.endswith(":") else None


def _may_hold_port(host: list[Element]) -> bool:
    """Whether a port may hide in what looks like the host."""
    return any(
        sign is Mark.DOT or (isinstance(sign, Open) and ":" in sign.members) for sign in host
    )


def _spelled(signs: list[Element]) -> str | None:
    texts = [sign for sign in signs if isinstance(sign, str)]
    return "".join(texts) if len(texts) == len(signs) else None
