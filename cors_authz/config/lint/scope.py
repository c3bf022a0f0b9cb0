"""Which origins a pattern can accept at most, in a form in which patterns can be compared."""

from dataclasses import dataclass

from cors_authz.config.lint.expression.character_set import UnreadableError
from cors_authz.config.lint.expression.reading import read_origins
from cors_authz.config.lint.expression.shape import Shape
from cors_authz.config.lint.expression.template import TooManyTemplatesError
from cors_authz.policy.origin import NULL_ORIGIN
from cors_authz.policy.pattern import (
    AnyOrigin,
    ExactOrigin,
    OriginPattern,
    RegexOrigin,
    WildcardOrigin,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Origins that have a scheme, the end of a host and a port in common."""

    scheme: str | None
    """``None`` where it may be any."""
    tail: str
    """What every host ends with."""
    closed: bool
    """Whether that is the whole host."""
    port: str | None
    """Empty for none, ``None`` where it may be any."""

    def meets(self, other: "Scope") -> bool:
        """Whether there may be origins in both; if not, that is sure."""
        if None not in (self.scheme, other.scheme) and self.scheme != other.scheme:
            return False
        if None not in (self.port, other.port) and self.port != other.port:
            return False
        if self.closed and other.closed:
            return self.tail == other.tail
        if self.closed:
            return self.tail.endswith(other.tail)
        if other.closed:
            return other.tail.endswith(self.tail)
        return self.tail.endswith(other.tail) or other.tail.endswith(self.tail)

    def lies_in(self, wildcard: WildcardOrigin) -> bool:
        """Whether a wildcard accepts every origin of this scope; if so, that is sure."""
        if self.scheme != wildcard.scheme:
            return False
        if not wildcard.any_port and self.port != _port_text(wildcard.port):
            return False
        if wildcard.any_subdomain:
            return self.tail.endswith("." + wildcard.host)
        return self.closed and self.tail == wildcard.host


class ScopeTable:
    """The scopes of patterns, worked out once for each."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Scope, ...] | None] = {}

    def of(self, pattern: OriginPattern) -> tuple[Scope, ...] | None:
        """All scopes of a pattern together; ``None`` where they are not known."""
        if pattern.text not in self._known:
            self._known[pattern.text] = _scopes_of(pattern)
        return self._known[pattern.text]


def _scopes_of(pattern: OriginPattern) -> tuple[Scope, ...] | None:
    match pattern:
        case AnyOrigin():
            return (Scope(None, "", closed=False, port=None),)
        case ExactOrigin(_, origin):
            return (Scope(origin.scheme, origin.host, closed=True, port=_port_text(origin.port)),)
        case WildcardOrigin():
            tail = "." + pattern.host if pattern.any_subdomain else pattern.host
            port = None if pattern.any_port else _port_text(pattern.port)
            return (Scope(pattern.scheme, tail, not pattern.any_subdomain, port),)
        case RegexOrigin():
            return _regex_scopes(pattern)
    return None


def _regex_scopes(pattern: RegexOrigin) -> tuple[Scope, ...] | None:
    if pattern.accepts(NULL_ORIGIN):
        return None
    try:
        readings = read_origins(pattern.text.removeprefix("~"))
    except (UnreadableError, TooManyTemplatesError):
        return None
    return tuple(_shape_scope(reading.sure) for reading in readings.all)


def _shape_scope(shape: Shape) -> Scope:
    """An open host's tail counts only with a dot: without, it might be a port's."""
    tail = shape.tail if shape.closed or "." in shape.tail else ""
    return Scope(shape.scheme, tail, shape.closed, shape.port)


def _port_text(port: int | None) -> str:
    return "" if port is None else str(port)
