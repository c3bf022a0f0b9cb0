"""From header fields to a request head: RFC 9113 section 8.3.1, and nothing of gRPC."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from cors_authz.server.http2.errors import ErrorCode, StreamFailedError
from cors_authz.server.http2.field import Field, FieldKind

_PSEUDO = FieldKind.PSEUDO
_REQUIRED = frozenset({":method", ":scheme", ":path"})

_kind_of = attrgetter("kind")


class RequestHead:
    """What a request says before its body."""

    __slots__ = ("content_length", "fields", "method", "path")

    def __init__(
        self, method: str, path: str, fields: Sequence[Field], content_length: int | None
    ) -> None:
        self.method: Final = method
        self.path: Final = path
        self.fields: Final = fields
        """The regular ones, in their order."""
        self.content_length: Final = content_length


def read_request_head(fields: Sequence[Field]) -> RequestHead:
    """Check the fields of a request and take them apart.

    Raises:
        StreamFailedError: The request is malformed (RFC 9113 section 8.1.1).
    """
    pseudo: dict[str, str] = {}
    for name, value, kind, _ in fields:
        if kind is not _PSEUDO:
            break
        if name in pseudo:
            raise malformed("a pseudo-header field is repeated")
        pseudo[name] = value
    if not pseudo.keys() >= _REQUIRED or not pseudo[":path"]:
        raise malformed("a pseudo-header field is missing")
    rest = fields[len(pseudo) :]
    # Mostly all of them are regular, which is 0.
    content_length = _read_length(rest) if any(map(_kind_of, rest)) else None
    return RequestHead(pseudo[":method"], pseudo[":path"], rest, content_length)


def check_trailers(fields: Sequence[Field]) -> None:
    """Check the fields after a request's body, which nobody asks for.

    Raises:
        StreamFailedError: They hold what trailers must not (RFC 9113 section 8.1).
    """
    if any(map(_kind_of, fields)):
        raise malformed("trailers hold a field that they must not")


def malformed(explanation: str) -> StreamFailedError:
    """RFC 9113 section 8.1.1: a stream error of type PROTOCOL_ERROR."""
    return StreamFailedError(ErrorCode.PROTOCOL_ERROR, explanation)


def _read_length(fields: Sequence[Field]) -> int:
    """The content length among fields that are not all regular."""
    special = [field for field in fields if field.kind]
    # RFC 9113 section 8.3: pseudo-header fields come first, if they come at all.
    if len(special) > 1 or special[0].kind is not FieldKind.CONTENT_LENGTH:
        raise malformed("a field is malformed, misplaced or repeated")
    value = special[0].value
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise malformed("content-length is no number")
    return int(value)
