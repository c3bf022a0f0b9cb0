"""The Origin header, parsed strictly into scheme, host and port."""

import re
from typing import NamedTuple

from cors_authz.policy.authority import parse_authority

MAX_ORIGIN_BYTES = 512
"""Twice the longest DNS name leaves room for any scheme and port; more is an attack."""

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
"""The special schemes' default ports (URL standard 4.2)."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)


class Origin(NamedTuple):
    """A serialised origin (Fetch standard 3.2; RFC 6454 section 6.2)."""

    text: str
    """Exactly as it was sent, and safe to send back."""
    scheme: str
    host: str
    port: int | None
    """The port as written; ``None`` stands for the scheme's default."""

    @property
    def is_null(self) -> bool:
        """Whether this is the opaque origin ``null``."""
        return self.text == "null"

    @property
    def effective_port(self) -> int | None:
        """The port a connection would use; ``None`` where the scheme has no default."""
        return DEFAULT_PORTS.get(self.scheme) if self.port is None else self.port


NULL_ORIGIN = Origin("null", "", "", None)


def parse_origin(text: str) -> Origin | None:
    """Parse the value of an Origin header; ``None`` where it is no serialised origin.

    A comma (two Origin lines that Envoy joined), a blank, upper case, userinfo, a path or
    anything beyond ASCII is no origin that a browser sends. An explicit default port is
    accepted, as some clients that are no browsers send it, and stays part of ``text``, so
    that it equals no exact pattern. The caller bounds the length.
    """
    if text == "null":
        return NULL_ORIGIN
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return None
    authority = parse_authority(rest)
    if authority is None:
        return None
    return Origin(text, scheme, authority.host, authority.port)
