"""One header field, and what its name and form make of it. Nothing about whole requests."""

import re
from enum import Enum, auto
from typing import NamedTuple

_REGULAR_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+", re.ASCII)
"""A token without upper case (RFC 9113 section 8.2.1 and RFC 9110 section 5.1)."""

_VALUE = re.compile(r"(?![ \t])[^\0\r\n]*(?<![ \t])")
"""RFC 9113 section 8.2.1: no NUL, CR or LF, and no blank at either end."""


class FieldKind(Enum):
    """What a field is to a request."""

    REGULAR = auto()
    METHOD = auto()
    SCHEME = auto()
    AUTHORITY = auto()
    PATH = auto()
    CONTENT_LENGTH = auto()
    FORBIDDEN = auto()
    """Malformed, or not for requests in HTTP/2: it makes the request malformed."""


class Field(NamedTuple):
    """A field; octets above 127 are Latin-1."""

    name: str
    value: str
    kind: FieldKind


_KINDS = {
    ":method": FieldKind.METHOD,
    ":scheme": FieldKind.SCHEME,
    ":authority": FieldKind.AUTHORITY,
    ":path": FieldKind.PATH,
    "content-length": FieldKind.CONTENT_LENGTH,
    # RFC 9113 section 8.2.2: the connection is not the fields' business.
    "connection": FieldKind.FORBIDDEN,
    "keep-alive": FieldKind.FORBIDDEN,
    "proxy-connection": FieldKind.FORBIDDEN,
    "transfer-encoding": FieldKind.FORBIDDEN,
    "upgrade": FieldKind.FORBIDDEN,
}


def make_field(name: str, value: str) -> Field:
    """Judge a field once, when it is read, rather than each time the peer refers to it."""
    kind = _KINDS.get(name)
    if kind is None:
        is_token = _REGULAR_NAME.fullmatch(name) is not None
        kind = FieldKind.REGULAR if is_token else FieldKind.FORBIDDEN
    if _VALUE.fullmatch(value) is None or (name == "te" and value != "trailers"):
        kind = FieldKind.FORBIDDEN
    return Field(name, value, kind)
