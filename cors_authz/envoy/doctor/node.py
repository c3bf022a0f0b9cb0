"""A value of the configuration with its place: how checks look at protocol buffers' JSON.

Names of fields are read in both spellings, ``http_filters`` and ``httpFilters``, and values
in every form that protocol buffers accept. A value of another type than asked for counts as
not there: Envoy would have refused it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from cors_authz.config.excerpt import Position
from cors_authz.envoy.doctor.yaml_text import Json, Positions

_DURATION = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,9})?)s", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?", re.ASCII)
_MAX_NUMBER = 2**64
"""No field holds more; Python cannot make a float of any integer."""
_UNTOLD = frozenset({"typed_config", "filters", "active_state", "value"})
"""Steps that a reader of the path can do without."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands."""

    value: Json = field(repr=False)
    path: str
    """Such as ``listeners[edge].filter_chains[0].http_filters[1]``."""
    positions: Positions = field(repr=False)
    at: Position | None = None
    """In the file; ``None`` where it was JSON."""

    def __bool__(self) -> bool:
        """Whether there is a value; an empty message is one."""
        return self.value is not None

    def get(self, *names: str) -> "Node":
        """The field that a path of names leads to; an empty node where there is none."""
        node = self
        for name in names:
            node = node._field(name)
        return node

    def items(self, name: str) -> Iterator["Node"]:
        """The messages of a repeated field, named ones by their names.

        Envoy takes a lone message for a list of one.
        """
        entries = self.get(name)
        if isinstance(entries.value, dict):
            yield entries
        if not isinstance(entries.value, list):
            return
        for index, value in enumerate(entries.value):
            label = index if name in _UNTOLD or "filter" in name else _label(value, index)
            path = self.path if name in _UNTOLD else f"{entries.path}[{label}]"
            at = self.positions.of(entries.value, index) or entries.at
            yield Node(value, path, self.positions, at)

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """The keys and values of a map."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                at = self.positions.of(self.value, key) or self.at
                yield key, Node(value, f"{self.path}[{key}]", self.positions, at)

    def text(self, name: str) -> str:
        """A string field; empty where there is none."""
        value = self.get(name).value
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """A repeated string field; a lone string is a list of one."""
        value = self.get(name).value
        value = [value] if isinstance(value, str) else value
        return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []

    def enum(self, name: str, numbered: Sequence[str] = ()) -> str:
        """A field of an enum, by the name of its value; empty where there is none.

        Args:
            name: The field.
            numbered: The names of the values in the order of their numbers.
        """
        value = self.get(name).value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(numbered):
            return numbered[value]
        return value.upper() if isinstance(value, str) else ""

    def is_true(self, name: str) -> bool:
        """A boolean field or wrapper."""
        value = _unwrapped(self.get(name).value)
        return value is True or value == "true"

    def number(self, name: str) -> float | None:
        """A numeric field or wrapper; ``None`` where there is none."""
        value = _unwrapped(self.get(name).value)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if abs(value) <= _MAX_NUMBER else None

    def duration_s(self, name: str) -> float | None:
        """A duration in seconds, written ``1.5s`` or as a message; ``None`` where there is none."""
        message = self.get(name)
        if isinstance(message.value, dict):
            return (message.number("seconds") or 0) + (message.number("nanos") or 0) / 1e9
        match = _DURATION.fullmatch(self.text(name))
        return float(match[1]) if match else None

    @property
    def type(self) -> str:
        """The message's name without its package, of a typed extension; else empty."""
        return self.text("@type").rpartition(".")[2]

    def _field(self, name: str) -> "Node":
        if isinstance(self.value, dict):
            for key in _spellings(name):
                value = self.value.get(key)
                if value is not None:
                    path = self.path if name in _UNTOLD else f"{self.path}.{name}"
                    at = self.positions.of(self.value, key) or self.at
                    return Node(value, path.removeprefix("."), self.positions, at)
        return Node(None, self.path, self.positions, self.at)


NOWHERE = Node(None, "", Positions())
"""Stands for what is not there."""


def _label(value: Json, index: int) -> str | int:
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else index


@cache
def _spellings(name: str) -> tuple[str, ...]:
    """A field's name as it stands in the proto, and as protocol buffers write it in JSON."""
    head, *rest = name.split("_")
    camel = head + "".join(part.capitalize() for part in rest)
    return (name,) if camel == name else (name, camel)


def _unwrapped(value: Json) -> Json:
    """What a wrapper such as ``BoolValue`` holds, also where it is written as a message."""
    return value["value"] if isinstance(value, dict) and list(value) == ["value"] else value
