"""From YAML to plain data with the position of every value, under bounds.

Unlike policy files, Envoy's may use anchors and aliases. An alias is the very value that its
anchor names, so nothing is copied; what the whole would be if written out is bounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from cors_authz.config.excerpt import START, Position
from cors_authz.config.parse import LOADER
from cors_authz.config.scalar import Unread, resolve_plain
from cors_authz.config.syntax_fault import explain_syntax_fault
from cors_authz.envoy.doctor.unreadable import UnreadableError

Json = str | bool | int | float | None | list["Json"] | dict[str, "Json"]

MAX_DEPTH = 100
"""Of lists and mappings in each other; protocol buffers nest no deeper."""

MAX_VALUES = 2_000_000
"""With aliases written out; a dump of a thousand listeners has half as many."""

_WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("y", "yes", "on", "true"), True),
    **dict.fromkeys(("n", "no", "off", "false"), False),
}
"""What Envoy's YAML reader takes for a boolean, in any case."""


@dataclass(slots=True)
class Positions:
    """Where the entries of containers stand; the containers are told apart by identity."""

    entries: dict[tuple[int, str | int], Position] = field(default_factory=dict)

    def of(self, container: Json, key: str | int) -> Position | None:
        """Where an entry of a container begins; of a mapping, its key."""
        return self.entries.get((id(container), key))


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not closed yet."""

    value: list[Json] | dict[str, Json]
    anchor: str | None
    key: str | None = None
    key_at: Position = START
    values: int = 1


@dataclass(slots=True)
class _Composer:
    positions: Positions
    roots: list[Json] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _anchors: dict[str, tuple[Json, int]] = field(default_factory=dict)

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        at = _position(event)
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event, at)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise UnreadableError(f"*{event.anchor} names no anchor above it", at)
            value, values = self._anchors[event.anchor]
            self._add(value, values, at)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event, at)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            self._remember(closed.anchor, closed.value, closed.values)
            self._add_value(closed.value, closed.values)

    def _take_scalar(self, event: yaml.ScalarEvent, at: Position) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            if event.value in parent.value:
                raise UnreadableError(f"{event.value} stands here twice", at)
            parent.key, parent.key_at = event.value, at
            return
        value = _resolve(event)
        self._remember(event.anchor, value, 1)
        self._add(value, 1, at)

    def _begin(self, event: yaml.CollectionStartEvent, at: Position) -> None:
        parent = self._open[-1] if self._open else None
        if len(self._open) == MAX_DEPTH:
            raise UnreadableError(f"values are nested more than {MAX_DEPTH} deep", at)
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            raise UnreadableError("a key is a list or mapping", at)
        value: list[Json] | dict[str, Json] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        self._mark(at)
        self._open.append(_Open(value, event.anchor))

    def _add(self, value: Json, values: int, at: Position) -> None:
        self._mark(at)
        self._add_value(value, values)

    def _mark(self, at: Position) -> None:
        if self._open:
            parent = self._open[-1]
            if isinstance(parent.value, list):
                self.positions.entries[id(parent.value), len(parent.value)] = at
            elif parent.key is not None:
                self.positions.entries[id(parent.value), parent.key] = parent.key_at

    def _add_value(self, value: Json, values: int) -> None:
        if not self._open:
            self.roots.append(value)
            return
        parent = self._open[-1]
        parent.values += values
        if parent.values > MAX_VALUES:
            raise UnreadableError(f"it holds more than {MAX_VALUES} values, aliases written out")
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            raise UnreadableError("a key is an alias", parent.key_at)
        else:
            parent.value[parent.key] = value
            parent.key = None

    def _remember(self, anchor: str | None, value: Json, values: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, values)


def read_yaml(text: str) -> tuple[Json, Positions]:
    """Read the one document of a text that has no character which YAML forbids.

    Raises:
        UnreadableError: It is no YAML, holds more or less than one document, or is nested
            too deep or too large.
    """
    composer = _Composer(Positions())
    try:
        for event in yaml.parse(text, Loader=LOADER):
            composer.take(event)
    except yaml.YAMLError as error:
        fault = explain_syntax_fault(text, error)
        raise UnreadableError(f"{fault.message}: {fault.fix}", fault.at) from error
    if len(composer.roots) != 1:
        raise UnreadableError(f"it holds {len(composer.roots)} documents where Envoy reads one")
    return composer.roots[0], composer.positions


def _resolve(event: yaml.ScalarEvent) -> Json:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    value = resolve_plain(text)
    if isinstance(value, Unread):
        return None if value is Unread.NULL else text
    return value


def _position(event: yaml.Event) -> Position:
    mark: Any = event.start_mark
    return Position(mark.line + 1, mark.column + 1)
