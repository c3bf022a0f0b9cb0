"""From header fields to a request head: RFC 9113 section 8.3.1, and nothing of gRPC."""

from collections.abc import Sequence
from typing import NamedTuple

from cors_authz.server.http2.errors import ErrorCode, StreamFailedError
from cors_authz.server.http2.field import Field, FieldKind

_REGULAR = FieldKind.REGULAR
_REQUIRED = frozenset({FieldKind.METHOD, FieldKind.SCHEME, FieldKind.PATH})


class RequestHead(NamedTuple):
    """What a request says before its body."""

    method: str
    path: str
    fields: Sequence[Field]
    """The regular ones, in their order."""
    content_length: int | None


def read_request_head(fields: Sequence[Field]) -> RequestHead:
    """Check the fields of a request and take them apart.

    Raises:
        StreamFailedError: The request is malformed (RFC 9113 section 8.1.1).
    """
    single: dict[FieldKind, str] = {}
    regular: list[Field] = []
    for field in fields:
        kind = field.kind
        if kind is _REGULAR:
            regular.append(field)
            continue
        if kind is FieldKind.FORBIDDEN:
            raise malformed("a field is malformed or not allowed")
        if kind in single:
            raise malformed("a field is repeated")
        if kind is FieldKind.CONTENT_LENGTH:
            regular.append(field)
        elif regular:  # RFC 9113 section 8.3
            raise malformed("a pseudo-header field comes late")
        single[kind] = field.value
    if not single.keys() >= _REQUIRED or not single[FieldKind.PATH]:
        raise malformed("a pseudo-header field is missing")
    length = single.get(FieldKind.CONTENT_LENGTH)
    return RequestHead(
        single[FieldKind.METHOD],
        single[FieldKind.PATH],
        regular,
        None if length is None else _read_length(length),
    )


def check_trailers(fields: Sequence[Field]) -> None:
    """Check the fields after a request's body, which nobody asks for.

    Raises:
        StreamFailedError: They hold what trailers must not (RFC 9113 section 8.1).
    """
    if any(field.kind is not _REGULAR for field in fields):
        raise malformed("trailers hold a field that they must not")


def malformed(explanation: str) -> StreamFailedError:
    """RFC 9113 section 8.1.1: a stream error of type PROTOCOL_ERROR."""
    return StreamFailedError(ErrorCode.PROTOCOL_ERROR, explanation)


def _read_length(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise malformed("content-length is no number")
    return int(value)
