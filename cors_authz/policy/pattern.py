"""Entries of ``allowedOrigins``: parsed once, then matched against parsed origins only.

Every pattern answers one question, :meth:`accepts`. A pattern without wildcard or regex
accepts exactly the origin it spells.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cors_authz.policy.authority import canonical_ip, parse_authority
from cors_authz.policy.origin import DEFAULT_PORTS, NULL_ORIGIN, Origin, parse_origin
from cors_authz.policy.regex import compile_regex

_SCHEME_PREFIX = re.compile(r"[a-z][a-z0-9+.-]*://", re.ASCII)
_IPV4_LIKE = re.compile(r"(?:[0-9]+\.)*[0-9]+", re.ASCII)


class PatternError(ValueError):
    """An entry is no origin pattern. ``fix`` says what to write instead."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.fix = fix


class OriginPattern(Protocol):
    """One entry of ``allowedOrigins``."""

    @property
    def text(self) -> str:
        """The entry as it was written."""

    def accepts(self, origin: Origin) -> bool:
        """Whether the entry admits this origin."""


@dataclass(frozen=True, slots=True)
class AnyOrigin:
    """``*``: every origin, ``null`` included."""

    text: str = "*"

    def accepts(self, origin: Origin) -> bool:  # noqa: ARG002
        """Admit it."""
        return True


@dataclass(frozen=True, slots=True)
class ExactOrigin:
    """One origin, compared byte for byte (Fetch standard 4.9, CORS check)."""

    text: str
    origin: Origin

    def accepts(self, origin: Origin) -> bool:
        """Whether it is this very origin."""
        return origin.text == self.origin.text


@dataclass(frozen=True, slots=True)
class WildcardOrigin:
    """``https://*.example.com``, ``http://localhost:*`` or both wildcards at once."""

    text: str
    scheme: str
    host: str
    """The whole host, or what follows ``*.`` where ``any_subdomain`` is set."""
    port: int | None
    any_subdomain: bool
    any_port: bool

    def accepts(self, origin: Origin) -> bool:
        """Whether scheme, host and port each fit; the apex is no subdomain of itself."""
        if origin.scheme != self.scheme:
            return False
        if not self.any_port and origin.port != self.port:
            return False
        if not self.any_subdomain:
            return origin.host == self.host
        return origin.host.endswith("." + self.host)


class RegexOrigin:
    """``~expression``: RE2, matched against the whole serialised origin."""

    __slots__ = ("_regex", "text")

    def __init__(self, text: str) -> None:
        """Compile ``text``, tilde included; raise ``RegexError`` where it does not compile."""
        self.text = text
        self._regex = compile_regex(text.removeprefix("~"))

    def accepts(self, origin: Origin) -> bool:
        """Whether the expression matches the origin from its first to its last character."""
        return self._regex.fullmatch(origin.text) is not None


def parse_pattern(text: str) -> OriginPattern:
    """Parse one entry of ``allowedOrigins``.

    Raises:
        PatternError: It is no origin, bare domain, wildcard, ``null`` or ``*``.
        RegexError: It is a regex that does not compile.
    """
    if text == "*":
        return AnyOrigin()
    if text == "null":
        return ExactOrigin("null", NULL_ORIGIN)
    if text.startswith("~"):
        return RegexOrigin(text)
    _refuse_foreign_characters(text)
    return _parse_spelled(text)


def _refuse_foreign_characters(text: str) -> None:
    if not text.isascii():
        raise PatternError(
            "the host is not ASCII",
            "write an internationalised domain in its xn-- form, as browsers send it",
        )
    if any(character.isspace() or character == "," for character in text):
        raise PatternError("an origin holds no blank and no comma", "one list entry per origin")
    if text != text.lower():
        raise PatternError(
            "browsers send origins in lower case, so this entry matches nothing",
            f"write {text.lower()}",
        )


def _parse_spelled(text: str) -> OriginPattern:
    spelled = text if _SCHEME_PREFIX.match(text) else _with_https(text)
    scheme, _, rest = spelled.partition("://")
    any_subdomain = rest.startswith("*.")
    any_port = rest.endswith(":*")
    bare = rest.removeprefix("*.") if any_subdomain else rest
    bare = bare.removesuffix(":*") if any_port else bare
    origin = parse_origin(f"{scheme}://{bare}")
    start = f"{scheme}://*." if any_subdomain else f"{scheme}://"
    if origin is None:
        raise _explain(start, bare)
    _refuse_unserialised(origin, start)
    if not any_subdomain and not any_port:
        return ExactOrigin(text, origin)
    if any_port and origin.port is not None:
        raise PatternError("the port stands there twice", f"write {start}{origin.host}:*")
    if any_subdomain and (origin.host[0] == "[" or _IPV4_LIKE.fullmatch(origin.host)):
        raise PatternError("an IP address has no subdomains", f"write {scheme}://{bare}")
    return WildcardOrigin(text, scheme, origin.host, origin.port, any_subdomain, any_port)


def _with_https(text: str) -> str:
    domain = text.removeprefix("*.").removesuffix(":*")
    authority = parse_authority(domain)
    host = "" if authority is None else authority.host
    if authority is not None and "." not in host.rstrip(".") and host != "localhost":
        raise PatternError(
            "a bare domain has a dot in it, or is localhost",
            f"write the whole origin, for example https://{host}",
        )
    return f"https://{text}"


def _explain(start: str, rest: str) -> PatternError:
    for sign, problem in (
        ("@", "userinfo"),
        ("?", "a query"),
        ("#", "a fragment"),
        ("/", "a path"),
    ):
        if sign in rest:
            host = re.split(r"[/?#]", rest)[0].rpartition("@")[2]
            return PatternError(
                f"an origin is scheme, host and port; it has no place for {problem}",
                f"write {start}{host}",
            )
    if "*" in rest:
        return PatternError(
            "a wildcard stands for whole labels at the start of the host, or for the port",
            "write https://*.example.com, http://localhost:* or a ~regex",
        )
    return PatternError(
        f"{rest!r} is no host with an optional port",
        "write scheme://host or scheme://host:port, for example https://shop.example.com:8443",
    )


def _refuse_unserialised(origin: Origin, start: str) -> None:
    """Refuse what a browser would spell differently, and so never send.

    ``start`` is what stands before the host, wildcard included.
    """
    if origin.scheme == "file":
        raise PatternError(
            "pages from files send the origin null", "serve the page over HTTP, or list null"
        )
    if origin.port is not None and origin.port == DEFAULT_PORTS.get(origin.scheme):
        raise PatternError(
            f"browsers leave the default port {origin.port} out",
            f"write {start}{origin.host}",
        )
    canonical = canonical_ip(origin.host)
    if canonical is not None and canonical != origin.host:
        raise PatternError(
            f"browsers spell this address {canonical}", f"write {origin.scheme}://{canonical}"
        )


class OriginMatcher:
    """All entries of one policy: exact ones by hash, the others in order."""

    __slots__ = ("_exact", "_other", "accepts_every_origin", "patterns")

    def __init__(self, patterns: Iterable[OriginPattern]) -> None:
        self.patterns = tuple(patterns)
        self._exact = frozenset(p.origin.text for p in self.patterns if isinstance(p, ExactOrigin))
        self._other = tuple(p for p in self.patterns if not isinstance(p, ExactOrigin))
        self.accepts_every_origin = any(isinstance(p, AnyOrigin) for p in self.patterns)

    def accepts(self, origin: Origin) -> bool:
        """Whether any entry admits this origin."""
        return origin.text in self._exact or any(p.accepts(origin) for p in self._other)
