"""Texts tried on an expression: whatever lint says is accepted was accepted here."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from cors_authz.config.lint.expression.filling import ATTACKER, samples
from cors_authz.config.lint.expression.template import Template
from cors_authz.config.lint.sites import may_be_anybodys, public_suffix
from cors_authz.policy.origin import Origin, parse_origin
from cors_authz.policy.regex import Regex

_MAX_TEXTS = 10_000
"""Tried against one expression in search of one thing: some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Trial:
    """An expression, and what its author meant by it."""

    regex: Regex
    hosts: frozenset[str]
    """Hosts that were meant."""
    homes: frozenset[str]
    """Domains all of whose hosts were meant; no public suffix is among them."""
    single_labels: bool
    """Whether hosts of one label count as somebody else's; nobody can register them."""

    def accepts(self, text: str) -> Origin | None:
        """The origin that a text is, if it is one and is accepted."""
        if self.regex.fullmatch(text) is None:
            return None
        return parse_origin(text)

    def examples(self, templates: Iterable[Template]) -> Iterator[Origin]:
        """Accepted origins that fit templates."""
        for text in islice(chain.from_iterable(map(samples, templates)), _MAX_TEXTS):
            origin = self.accepts(text)
            if origin is not None and not origin.is_null:
                yield origin

    def foreign(self, texts: Iterable[str]) -> Iterator[Origin]:
        """Accepted origins that somebody else may have."""
        for text in islice(texts, _MAX_TEXTS):
            origin = self.accepts(text)
            if origin is not None and self.is_foreign(origin):
                yield origin

    def is_foreign(self, origin: Origin) -> bool:
        """Whether somebody else than whoever was meant may have it."""
        host = origin.host.removesuffix(".")
        if origin.is_null or ("." not in host and not self.single_labels):
            return False
        return not self.is_home(origin) and may_be_anybodys(host)

    def is_home(self, origin: Origin) -> bool:
        """Whether the host is one that was meant."""
        host = origin.host.removesuffix(".")
        if host in self.hosts:
            return True
        return any(host == home or host.endswith("." + home) for home in self.homes)

    def lax(self, texts: Iterable[str]) -> str | None:
        """A text that matches although it is no origin."""
        for text in islice(texts, _MAX_TEXTS):
            if self.regex.fullmatch(text) is not None and parse_origin(text) is None:
                return text
        return None


def most_telling(origins: Iterable[Origin]) -> Origin | None:
    """The first that could be registered as it stands, else the first."""
    first: Origin | None = None
    for origin in origins:
        could_be = public_suffix(origin.host) is not None or origin.host.endswith(ATTACKER)
        if could_be and origin.scheme in ("https", "http"):
            return origin
        first = first or origin
    return first


def in_turns(sources: Iterable[Iterable[str]]) -> Iterator[str]:
    """One text of each source, then the next of each, so that none uses up all trials."""
    waiting = deque(map(iter, sources))
    while waiting:
        source = waiting.popleft()
        for text in islice(source, 1):
            yield text
            waiting.append(source)
