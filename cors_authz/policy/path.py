"""Request paths in the one form in which they are compared.

Only for matching: what goes upstream is untouched. The rules are RFC 3986 6.2.2 (case of
escapes, unreserved characters, dot segments) and the merging of slashes that Envoy and
most servers do.
"""

import re
from collections.abc import Iterator
from itertools import combinations

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})", re.ASCII)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PARAMETERS = re.compile(r";[^/]*")
_SEPARATOR_ALIASES = ("%2F", "%5C", "\\")
"""What some servers behind Envoy take for a slash, and others do not."""


def strip_query(target: str) -> str:
    """The path of a request target: what stands before the query or fragment."""
    path = target.partition("?")[0]
    return path.partition("#")[0] if "#" in path else path


def normalise_path(path: str) -> str:
    """Bring a path into the form in which paths are compared."""
    if "%" in path:
        path = _ESCAPE.sub(_unescape, path)
        # Decoding "%2%66" brings an escape about that a second decoder takes for a slash.
        path = path.replace("%2f", "%2F").replace("%5c", "%5C")
    if "//" not in path and "/." not in path:
        return path
    return _resolve(path)


def alternative_readings(normalised: str) -> tuple[str, ...]:
    """Every other path that a server could see in a normalised one.

    A server may or may not take ``%2F``, ``%5C`` and the backslash for a slash, each
    independently of the others, and may or may not drop what follows a semicolon in a
    segment (path parameters, RFC 3986 3.3). These escapes are in upper case already, and none
    can arise: what is put in is a slash.
    """
    if "%" in normalised or ";" in normalised or "\\" in normalised:
        return tuple(_readings(normalised))
    return ()


def _readings(normalised: str) -> Iterator[str]:
    present = [alias for alias in _SEPARATOR_ALIASES if alias in normalised]
    for count in range(len(present) + 1):
        for aliases in combinations(present, count):
            reading = normalised
            for alias in aliases:
                reading = reading.replace(alias, "/")
            yield _resolve(reading)
            if ";" in reading:
                yield _resolve(_PARAMETERS.sub("", reading))


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _resolve(path: str) -> str:
    """Merge slashes and resolve dot segments (RFC 3986 5.2.4), never above the root."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    directory = segments[-1] in ("", ".", "..") and kept
    return ("/" if path.startswith("/") else "") + "/".join(kept) + ("/" if directory else "")
