"""What a browser sends without asking first: the Fetch standard's safelists.

Only these lists, by which a page's request needs a preflight or does not. What a policy
allows is told elsewhere.
"""

import re
from collections.abc import Iterable

from cors_authz.policy.header_names import is_token

SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})
"""CORS-safelisted methods (Fetch standard 2.2.1)."""

_MAX_VALUE_BYTES = 128
_MAX_VALUES_BYTES = 1024

_FORBIDDEN_NAMES = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_FORBIDDEN_PREFIXES = ("proxy-", "sec-")

_LANGUAGE = re.compile(r"[0-9A-Za-z *,\-.;=]*", re.ASCII)
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_RANGE = re.compile(r"bytes=(?P<start>[0-9]+)-(?P<end>[0-9]*)", re.ASCII)
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


def is_forbidden(name: str) -> bool:
    """Whether scripts cannot set a header, so that no preflight ever asks for it.

    Forbidden request-headers (Fetch standard 2.2.2), as far as the name alone tells.
    """
    name = name.lower()
    return name in _FORBIDDEN_NAMES or name.startswith(_FORBIDDEN_PREFIXES)


def is_safelisted(name: str, value: str) -> bool:
    """Whether a header is a CORS-safelisted request-header (Fetch standard 2.2.2)."""
    if _length(value) > _MAX_VALUE_BYTES:
        return False
    match name.lower():
        case "accept":
            return not _UNSAFE_BYTE.search(value)
        case "accept-language" | "content-language":
            return _LANGUAGE.fullmatch(value) is not None
        case "content-type":
            return not _UNSAFE_BYTE.search(value) and _essence(value) in _FORM_TYPES
        case "range":
            return _is_simple_range(value)
    return False


def unsafe_names(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """CORS-unsafe request-header names (Fetch standard 2.2.2), sorted and in lower case.

    Args:
        headers: Names and values as a script set them; an unknown value is given empty,
            which safelists ``accept`` and the languages, and no other name.
    """
    unsafe: list[str] = []
    potentially_unsafe: list[str] = []
    safelisted_bytes = 0
    for name, value in headers:
        if is_safelisted(name, value):
            potentially_unsafe.append(name)
            safelisted_bytes += _length(value)
        else:
            unsafe.append(name)
    if safelisted_bytes > _MAX_VALUES_BYTES:
        unsafe += potentially_unsafe
    return tuple(sorted({name.lower() for name in unsafe}))


def _essence(value: str) -> str | None:
    """Type and subtype of a MIME type (MIME Sniffing standard 4.4), in lower case."""
    kind, separator, rest = value.strip(" \t\r\n").partition("/")
    subtype = rest.partition(";")[0].rstrip(" \t\r\n")
    if not separator or not is_token(kind) or not is_token(subtype):
        return None
    return f"{kind}/{subtype}".lower()


def _is_simple_range(value: str) -> bool:
    match = _RANGE.fullmatch(value)
    return match is not None and (not match["end"] or int(match["start"]) <= int(match["end"]))


def _length(value: str) -> int:
    return len(value.encode(errors="replace"))
