"""One header field, and what its name and form make of it. Nothing about whole requests."""

import re
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

_ENTRY_OVERHEAD_BYTES: Final = 32

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+", re.ASCII)
"""A token without upper case (RFC 9113 section 8.2.1 and RFC 9110 section 5.1)."""

_VALUE = re.compile(r"(?![ \t])[^\0\r\n]*(?<![ \t])")
"""RFC 9113 section 8.2.1: no NUL, CR or LF, and no blank at either end."""


class FieldKind(IntEnum):
    """What a field is to a request."""

    REGULAR = 0
    PSEUDO = 1
    CONTENT_LENGTH = 2
    FORBIDDEN = 3
    """Malformed, or not for requests in HTTP/2: it makes the request malformed."""


_KINDS: Final = {
    # RFC 9113 section 8.3.1
    ":method": FieldKind.PSEUDO,
    ":scheme": FieldKind.PSEUDO,
    ":authority": FieldKind.PSEUDO,
    ":path": FieldKind.PSEUDO,
    "content-length": FieldKind.CONTENT_LENGTH,
    # RFC 9113 section 8.2.2: the connection is not the fields' business.
    "connection": FieldKind.FORBIDDEN,
    "keep-alive": FieldKind.FORBIDDEN,
    "proxy-connection": FieldKind.FORBIDDEN,
    "transfer-encoding": FieldKind.FORBIDDEN,
    "upgrade": FieldKind.FORBIDDEN,
}


class Field(NamedTuple):
    """A field; octets above 127 are Latin-1."""

    name: str
    value: str
    kind: FieldKind
    size_bytes: int
    """As RFC 7541 section 4.1 and RFC 9113 section 6.5.2 count it."""


@lru_cache(maxsize=64)  # names may be long, so not many are kept
def _kind_of(name: str) -> FieldKind:
    usual = FieldKind.FORBIDDEN if _NAME.fullmatch(name) is None else FieldKind.REGULAR
    return _KINDS.get(name, usual)


def make_field(name: str, value: str) -> Field:
    """Judge a field once, when it is read, rather than each time the peer refers to it."""
    kind = _kind_of(name)
    if _VALUE.fullmatch(value) is None or (name == "te" and value != "trailers"):
        kind = FieldKind.FORBIDDEN
    return Field(name, value, kind, _ENTRY_OVERHEAD_BYTES + len(name) + len(value))
