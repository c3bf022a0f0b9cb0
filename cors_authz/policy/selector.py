"""Label selectors as ``kubectl`` has them, on the tags of policies and groups.

``env=prod,team!=web,tier in (a,b),tier notin (c),owner,!legacy``: every requirement must
hold. A missing tag satisfies ``!=``, ``notin`` and ``!`` (Kubernetes,
``k8s.io/apimachinery/pkg/labels``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_SELECTOR_LENGTH = 4096
"""Far above any that people write; it stands in URLs, too."""

_WORD = r"[^\s,()=!]+"
_REQUIREMENT = re.compile(
    rf"\s*(?:"
    rf"!\s*(?P<absent>{_WORD})"
    rf"|(?P<set_key>{_WORD})\s+(?P<set>in|notin)\s*\(\s*(?P<values>[^()=!]*)\)"
    rf"|(?P<key>{_WORD})\s*(?:(?P<sign>==|=|!=)\s*(?P<value>{_WORD})?)?"
    rf")\s*"
)


class SelectorError(ValueError):
    """A text is no selector. ``fix`` says what to write instead."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.fix = "write for example env=prod,team!=web,tier in (a,b),owner,!legacy"


class Operator(StrEnum):
    """How a requirement compares a tag."""

    IN = "in"
    NOT_IN = "notin"
    EXISTS = "exists"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part of a selector; ``=`` is ``in`` with one value, ``!=`` is ``notin``."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def matches(self, tags: Mapping[str, str]) -> bool:
        """Whether the tags satisfy it."""
        return _MATCHES[self.operator](self, tags)


_MATCHES: Mapping[Operator, Callable[[Requirement, Mapping[str, str]], bool]] = {
    Operator.IN: lambda r, tags: r.key in tags and tags[r.key] in r.values,
    Operator.NOT_IN: lambda r, tags: r.key not in tags or tags[r.key] not in r.values,
    Operator.EXISTS: lambda r, tags: r.key in tags,
    Operator.ABSENT: lambda r, tags: r.key not in tags,
}


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements together; none at all selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, tags: Mapping[str, str]) -> bool:
        """Whether the tags satisfy every requirement."""
        return all(requirement.matches(tags) for requirement in self.requirements)


def parse_selector(text: str) -> Selector:
    """Parse a selector; a blank text selects everything.

    Raises:
        SelectorError: It is none.
    """
    if len(text) > MAX_SELECTOR_LENGTH:
        raise SelectorError(f"the selector has more than {MAX_SELECTOR_LENGTH} characters")
    if not text.strip():
        return Selector()
    requirements: list[Requirement] = []
    position = 0
    while True:
        match = _REQUIREMENT.match(text, position)
        if match is None:
            raise SelectorError(f"there is no requirement at character {position + 1}")
        requirements.append(_requirement(match))
        position = match.end()
        if position == len(text):
            return Selector(tuple(requirements))
        if text[position] != ",":
            raise SelectorError(f"a comma is missing at character {position + 1}")
        position += 1


def _requirement(match: re.Match[str]) -> Requirement:
    if match["absent"] is not None:
        return Requirement(match["absent"], Operator.ABSENT)
    if match["set"] is not None:
        operator = Operator.IN if match["set"] == "in" else Operator.NOT_IN
        return Requirement(match["set_key"], operator, _values(match))
    if match["sign"] is None:
        return Requirement(match["key"], Operator.EXISTS)
    operator = Operator.NOT_IN if match["sign"] == "!=" else Operator.IN
    return Requirement(match["key"], operator, frozenset({match["value"] or ""}))


def _values(match: re.Match[str]) -> frozenset[str]:
    values = tuple(value.strip() for value in match["values"].split(","))
    if any(re.search(r"\s", value) for value in values):
        raise SelectorError(f"a comma is missing among the values of {match['set_key']}")
    return frozenset(values)
