"""Request paths in the one form in which they are compared.

Only for matching: what goes upstream is untouched. The rules are RFC 3986 6.2.2 (case of
escapes, unreserved characters, dot segments) and the merging of slashes that Envoy and
most servers do.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HEX_DIGITS = "0123456789ABCDEFabcdef"
_DECODED = {
    high + low: chr(octet) if chr(octet) in _UNRESERVED else f"%{high}{low}".upper()
    for high in _HEX_DIGITS
    for low in _HEX_DIGITS
    for octet in (int(high + low, 16),)
}
"""Each escape without its sign: the character, or the escape in upper case."""

_PARAMETERS = re.compile(r";[^/]*")
_SEPARATOR_ALIASES = ("%2F", "%5C", "\\")
"""What some servers behind Envoy take for a slash, and others do not."""


def strip_query(target: str) -> str:
    """The path of a request target: what stands before the query or fragment."""
    path = target.partition("?")[0]
    return path.partition("#")[0] if "#" in path else path


def normalise_path(path: str) -> str:
    """Bring a path into the form in which paths are compared."""
    return _resolve(_decode(path) if "%" in path else path)


def path_readings(path: str) -> tuple[str, ...]:
    """Every path that a server could see in one, all in that form; the plain one first.

    A server may or may not take ``%2F``, ``%5C`` and the backslash for a slash, each
    independently of the others, and may or may not drop what follows a semicolon in a
    segment (path parameters, RFC 3986 3.3); before it resolves dot segments, or afterwards.
    """
    if "%" not in path and ";" not in path and "\\" not in path:
        return (_resolve(path),)
    decoded = _decode(path)
    normalised = _resolve(decoded)
    aliases = tuple(alias for alias in _SEPARATOR_ALIASES if alias in decoded)
    if not aliases and ";" not in decoded:
        return (normalised,)
    readings = dict.fromkeys((normalised, *_readings(decoded, aliases)))
    if normalised != decoded:
        readings |= dict.fromkeys(_readings(normalised, aliases))
    return tuple(readings)


def _readings(path: str, aliases: Iterable[str]) -> Iterator[str]:
    present = [alias for alias in aliases if alias in path]
    for count in range(len(present) + 1):
        for chosen in combinations(present, count):
            reading = path
            for alias in chosen:
                reading = reading.replace(alias, "/")
            yield _resolve(reading)
            if ";" in reading:
                yield _resolve(_PARAMETERS.sub("", reading))


def _decode(path: str) -> str:
    """Write escaped unreserved characters out, and all other escapes in upper case."""
    first, *rest = path.split("%")
    decoded = first + "".join(
        [_DECODED.get(piece[:2], f"%{piece[:2]}") + piece[2:] for piece in rest]
    )
    # Decoding "%2%66" brings an escape about that a second decoder takes for a slash.
    return decoded.replace("%2f", "%2F").replace("%5c", "%5C")


def _resolve(path: str) -> str:
    """Merge slashes and resolve dot segments (RFC 3986 5.2.4), never above the root."""
    if not path.startswith("/") or ("//" not in path and "/." not in path):
        return path
    # Hostile paths are long, and read in many ways: what replace() can do is not done in a loop.
    while "//" in path:
        path = path.replace("//", "/")
    while "/./" in path:
        path = path.replace("/./", "/")
    path = path[:-1] if path.endswith("/.") else path
    return _go_up(path) if "/.." in path else path


def _go_up(path: str) -> str:
    """Resolve ``..`` in a path without empty segments and single dots."""
    kept: list[str] = []
    segments = path[1:].split("/")
    for segment in segments:
        if segment != "..":
            kept.append(segment)
        elif kept:
            kept.pop()
    if segments[-1] == ".." and kept:
        kept.append("")
    return "/" + "/".join(kept)
