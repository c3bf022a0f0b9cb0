"""A policy and what it grants, compiled: everything derivable is derived here, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from types import MappingProxyType

from cors_authz.policy.header_names import NO_HEADERS, HeaderNames
from cors_authz.policy.origin import Origin, parse_origin
from cors_authz.policy.pattern import AnyOrigin, OriginMatcher
from cors_authz.policy.terms import HttpProtocol, Mode

DEFAULT_MAX_AGE_S = 900

WEBSOCKET_ANY_ORIGIN = "websocket-any-origin"
"""What a policy acknowledges to accept handshakes although it accepts every origin."""

_UNRELATED_SITES = tuple(
    origin
    for scheme in ("https", "http")
    for site in ("unrelatedsite", "unrelated-site-7")
    for domain in ("com", "net", "org", "io", "dev", "app", "co.uk", "example")
    if (origin := parse_origin(f"{scheme}://{site}.{domain}")) is not None
)
"""Origins that no operator has in mind: who accepts one of them accepts about everybody."""


@dataclass(frozen=True, slots=True)
class Methods:
    """The methods that are allowed; ``listed`` is ``None`` where all are.

    Methods are case-sensitive (Fetch standard 2.2.1). HEAD stands beside GET everywhere.
    """

    listed: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Add HEAD beside GET."""
        if self.listed is not None and "GET" in self.listed and "HEAD" not in self.listed:
            position = self.listed.index("GET") + 1
            listed = (*self.listed[:position], "HEAD", *self.listed[position:])
            object.__setattr__(self, "listed", listed)

    def allow(self, method: str) -> bool:
        """Whether ``method`` may be used."""
        return self.listed is None or method in self.listed

    def intersect(self, other: "Methods") -> "Methods":
        """The methods that both allow."""
        if self.listed is None:
            return other
        return Methods(tuple(method for method in self.listed if other.allow(method)))


@dataclass(frozen=True, slots=True)
class Grants:
    """What an accepted origin is told it may do, by one policy or by several together."""

    any_origin: bool
    """Every origin is accepted, so that ``*`` may be announced."""
    credentials: bool
    methods: Methods
    headers: HeaderNames
    exposed: HeaderNames
    max_age_s: int

    def intersect(self, other: "Grants") -> "Grants":
        """What both grant: announced is what is enforced."""
        return Grants(
            any_origin=self.any_origin and other.any_origin,
            credentials=self.credentials and other.credentials,
            methods=self.methods.intersect(other.methods),
            headers=self.headers.intersect_requested(other.headers),
            exposed=self.exposed.intersect_exposed(other.exposed),
            max_age_s=min(self.max_age_s, other.max_age_s),
        )


def intersect_grants(grants: Sequence[Grants]) -> Grants:
    """What all of them grant; there is at least one."""
    return reduce(Grants.intersect, grants)


@dataclass(frozen=True)
class Policy:
    """One CORS policy of design section 2, parsed and ready to be asked."""

    name: str
    protocols: frozenset[HttpProtocol]
    origins: OriginMatcher = field(default_factory=lambda: OriginMatcher([AnyOrigin()]))
    methods: Methods = Methods()
    headers: HeaderNames = NO_HEADERS
    exposed: HeaderNames = NO_HEADERS
    max_age_s: int = DEFAULT_MAX_AGE_S
    credentials: bool = False
    require_origin: bool = False
    mode: Mode = Mode.ENFORCE
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    acknowledged: frozenset[str] = frozenset()
    grants: Grants = field(init=False)

    def __post_init__(self) -> None:
        """Derive what every request would otherwise derive again."""
        grants = Grants(
            any_origin=self.origins.accepts_every_origin,
            credentials=self.credentials,
            methods=self.methods,
            headers=self.headers,
            exposed=self.exposed,
            max_age_s=self.max_age_s,
        )
        object.__setattr__(self, "grants", grants)

    @cached_property
    def accepts_handshakes(self) -> bool:
        """Whether WebSocket handshakes may be accepted at all: no browser check follows them.

        Found out when the first one comes: a regex that was asked once keeps its automaton.
        """
        return WEBSOCKET_ANY_ORIGIN in self.acknowledged or not self.accepts_unrelated_sites()

    def accepts_unrelated_sites(self) -> bool:
        """Whether sites that the operator cannot have meant are accepted."""
        return any(self.origins.accepts(origin) for origin in _UNRELATED_SITES)

    def accepts_origin(self, origin: Origin, *, handshake: bool) -> bool:
        """Whether the policy accepts this origin, for a WebSocket handshake or otherwise."""
        return (not handshake or self.accepts_handshakes) and self.origins.accepts(origin)
