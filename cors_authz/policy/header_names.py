"""Header names: the list a preflight asks for, and the sets that policies allow."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_LIST_BYTES = 4096
"""Real lists stay far below; the header block as a whole may have 60 KiB."""
MAX_NAMES = 64
MAX_EMPTY_ELEMENTS = 16
"""RFC 9110 5.6.1.2 asks to tolerate a reasonable number of empty elements."""

AUTHORIZATION = "authorization"
"""The one name that ``*`` does not cover (Fetch standard 4.8, CORS-preflight fetch)."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


class HeaderListMalformedError(ValueError):
    """The value is no list of field names (RFC 9110 5.6.1)."""


class HeaderListTooLargeError(ValueError):
    """The list exceeds one of this module's limits."""


def is_token(text: str) -> bool:
    """Whether ``text`` is a token (RFC 9110 5.6.2), as methods and field names are."""
    return _TOKEN.fullmatch(text) is not None


def parse_header_list(text: str) -> tuple[str, ...]:
    """Parse ``Access-Control-Request-Headers`` into distinct lower-case names, in order.

    Raises:
        HeaderListTooLargeError: More bytes, names or empty elements than the limits allow.
        HeaderListMalformedError: An element is no token.
    """
    if len(text) > MAX_LIST_BYTES:
        raise HeaderListTooLargeError(f"{len(text)} characters")
    names: dict[str, None] = {}
    empty = 0
    for element in text.split(","):
        name = element.strip(" \t")
        if not name:
            empty += 1
            if empty > MAX_EMPTY_ELEMENTS:
                raise HeaderListTooLargeError("too many empty elements")
        elif is_token(name):
            names[name.lower()] = None
            if len(names) > MAX_NAMES:
                raise HeaderListTooLargeError("too many names")
        else:
            raise HeaderListMalformedError("an element is no token")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """A set of header names in lower case, which ``*`` may widen.

    ``names`` keeps the order in which they were configured, as that is how they are
    announced.
    """

    names: tuple[str, ...] = ()
    wildcard: bool = False

    def allows_requested(self, name: str) -> bool:
        """Whether a preflight may ask for ``name``; ``*`` does not cover Authorization."""
        return name in self.names or (self.wildcard and name != AUTHORIZATION)

    def exposes(self, name: str) -> bool:
        """Whether a page may read the response header ``name``; ``*`` covers every name."""
        return self.wildcard or name in self.names

    def intersect_requested(self, other: "HeaderNames") -> "HeaderNames":
        """The names that both sets allow a preflight to ask for."""
        names = (n for n in self.names + other.names if self.allows_requested(n))
        return HeaderNames(
            _distinct(n for n in names if other.allows_requested(n)), self._both(other)
        )

    def intersect_exposed(self, other: "HeaderNames") -> "HeaderNames":
        """The names that both sets let a page read."""
        names = (n for n in self.names + other.names if self.exposes(n))
        return HeaderNames(_distinct(n for n in names if other.exposes(n)), self._both(other))

    def _both(self, other: "HeaderNames") -> bool:
        return self.wildcard and other.wildcard


NO_HEADERS = HeaderNames()


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
