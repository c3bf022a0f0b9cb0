"""Which route takes the requests that another one refuses for their method.

Envoy takes the first route that matches. Tables by path keep the time from growing with the
square of the routes.
"""

from collections.abc import Iterator, Sequence

from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.pattern import TESTS, full_match, matches
from cors_authz.envoy.doctor.route_table import Route

_CONDITIONS = (
    "query_parameters",
    "grpc",
    "runtime_fraction",
    "dynamic_metadata",
    "tls_context",
    "filter_state",
    "cookies",
    "connect_matcher",
)
"""envoy/config/route/v3/route_components.proto, RouteMatch: what beside path and headers counts."""

_EVERYTHING = frozenset({".*", "/.*", "^.*$", "^/.*$", "^/.*", "^.*"})
_MAX_PATH_LENGTH = 2048
"""Longer ones are looked up as they are; nobody writes prefixes of them."""

_Key = tuple[str, str]


class Coverage:
    """The routes of a virtual host that take OPTIONS, by what they match."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._first: dict[_Key, tuple[int, Route]] = {}
        for index, route in enumerate(routes):
            if not _is_conditional(route.match):
                self._first.setdefault(_key(route.match), (index, route))

    def first(self, route: Route) -> Route | None:
        """The first route that takes all preflights of the requests that ``route`` is for."""
        found = [self._first[key] for key in _wider(route.match) if key in self._first]
        return min(found, key=lambda each: each[0])[1] if found else None


def takes_everything(match: Node) -> bool:
    """Whether every request matches."""
    has_headers = any(True for _ in match.items("headers"))
    return _key(match) == ("prefix", "") and not has_headers and not _is_conditional(match)


def names_method(match: Node) -> bool:
    """Whether the match is by method."""
    return any(header.text("name").lower() == ":method" for header in match.items("headers"))


def refuses_options(match: Node) -> bool:
    """Whether the match is by method, and leaves OPTIONS out."""
    return any(
        header.text("name").lower() == ":method" and not _accepts_options(header)
        for header in match.items("headers")
    )


def _is_conditional(match: Node) -> bool:
    """Whether some preflights for the path may not match."""
    if any(match.get(condition).value not in (None, []) for condition in _CONDITIONS):
        return True
    headers = list(match.items("headers"))
    return refuses_options(match) or any(h.text("name").lower() != ":method" for h in headers)


def _accepts_options(header: Node) -> bool:
    """The proto's HeaderMatcher; what cannot be read accepts."""
    if header.get("string_match"):
        fits = matches(header.get("string_match"), "OPTIONS")
    elif header.get("safe_regex_match"):
        fits = full_match(header.get("safe_regex_match").text("regex"), "OPTIONS")
    else:
        fits = next(
            (
                test("OPTIONS", header.text(f"{kind}_match"))
                for kind, test in TESTS.items()
                if header.get(f"{kind}_match")
            ),
            None,
        )
    return fits is None or fits != header.is_true("invert_match")


def _key(match: Node) -> _Key:
    """The kind of path match and its text; that of everything is the empty prefix."""
    for kind in ("path", "path_separated_prefix"):
        if match.text(kind):
            return kind, match.text(kind)
    regex = match.get("safe_regex").text("regex")
    if regex in _EVERYTHING or match.text("prefix") == "/":
        return "prefix", ""
    if regex:
        return "regex", regex
    return ("prefix", match.text("prefix")) if match.get("prefix") else ("", "")


def _wider(match: Node) -> Iterator[_Key]:
    """The keys of all path matches that take at least the paths of this one."""
    kind, text = _key(match)
    yield "prefix", ""
    if not text:
        return
    yield kind, text
    if kind == "regex" or len(text) > _MAX_PATH_LENGTH:
        return
    for end in range(1, len(text) + 1):
        yield "prefix", text[:end]
        if end == len(text) or text[end] == "/":
            yield "path_separated_prefix", text[:end]
