"""What is said of policies together is so: proven hidden or apart, on thousands of origins."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.config.lint.cover import Cover
from cors_authz.config.lint.disjoint import disjoint_at
from cors_authz.config.lint.scope import Scope, ScopeTable
from cors_authz.policy.origin import Origin, parse_origin
from cors_authz.policy.pattern import OriginMatcher, OriginPattern, WildcardOrigin, parse_pattern
from cors_authz.policy.policy import Methods, Policy
from cors_authz.policy.terms import HttpProtocol
from tests.lint.expressions import EXPRESSIONS, ORIGIN_TEXTS

ORIGINS = tuple(origin for text in ORIGIN_TEXTS if (origin := parse_origin(text)) is not None)

_HOSTS = st.sampled_from(["example.com", "a.example.com", "shop.co.uk", "x.github.io", "localhost"])
_EXACT = st.builds("{}://{}{}".format, st.sampled_from(["https", "http"]), _HOSTS, st.just(""))
_WILDCARDS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["https", "http"]),
    st.sampled_from(["*.", ""]),
    _HOSTS,
    st.sampled_from(["", ":*", ":8443"]),
)
_SAFE_EXPRESSIONS = st.builds(
    r"~{}://{}{}{}".format,
    st.sampled_from(["https", "https?", "[a-z]+"]),
    st.sampled_from(["", r"(www\.)?", r"[a-z]+\.", r".*\.", ".*", r"([a-z0-9-]+\.)*", "."]),
    _HOSTS.map(lambda host: host.replace(".", r"\.")) | _HOSTS,
    st.sampled_from(["", ":8443", "(:[0-9]+)?", ":.*", r"\.?"]),
)
PATTERNS = (
    _EXACT
    | _WILDCARDS
    | _SAFE_EXPRESSIONS
    | EXPRESSIONS.map("~{}".format)
    | st.sampled_from(["*", "null"])
).map(parse_pattern)
POLICIES = st.lists(PATTERNS, min_size=1, max_size=3)


def policy(patterns: Sequence[OriginPattern], name: str = "p") -> Policy:
    return Policy(
        name=name, protocols=frozenset({HttpProtocol.HTTP_2}), origins=OriginMatcher(patterns)
    )


def lies_in(origin: Origin, scope: Scope) -> bool:
    port = "" if origin.port is None else str(origin.port)
    host_fits = origin.host == scope.tail if scope.closed else origin.host.endswith(scope.tail)
    return host_fits and scope.scheme in (None, origin.scheme) and scope.port in (None, port)


@given(PATTERNS)
def test_every_accepted_origin_lies_in_a_scope(pattern: OriginPattern) -> None:
    scopes = ScopeTable().of(pattern)

    if scopes is not None:
        for origin in filter(pattern.accepts, ORIGINS):
            assert any(lies_in(origin, scope) for scope in scopes), origin.text


@given(PATTERNS, PATTERNS)
def test_patterns_whose_scopes_do_not_meet_have_no_origin_in_common(
    pattern: OriginPattern, other: OriginPattern
) -> None:
    scopes, others = ScopeTable().of(pattern), ScopeTable().of(other)

    if scopes and others and not any(a.meets(b) for a in scopes for b in others):
        assert [o.text for o in ORIGINS if pattern.accepts(o) and other.accepts(o)] == []


@given(PATTERNS, _WILDCARDS.map(parse_pattern))
def test_a_wildcard_accepts_whatever_lies_in_it(
    pattern: OriginPattern, wildcard: OriginPattern
) -> None:
    scopes = ScopeTable().of(pattern)

    if scopes and isinstance(wildcard, WildcardOrigin) and all(s.lies_in(wildcard) for s in scopes):
        assert all(wildcard.accepts(origin) for origin in ORIGINS if pattern.accepts(origin))


@given(POLICIES, st.lists(POLICIES, max_size=2))
def test_no_origin_gets_past_those_that_hide_a_policy(
    patterns: Sequence[OriginPattern], earlier: Sequence[Sequence[OriginPattern]]
) -> None:
    hidden = policy(patterns)
    hiders = Cover().hiders(hidden, [policy(p, f"e{i}") for i, p in enumerate(earlier)])

    if hiders:
        for origin in filter(hidden.origins.accepts, ORIGINS):
            assert any(hider.origins.accepts(origin) for hider in hiders), origin.text


@given(st.lists(POLICIES, min_size=2, max_size=3))
def test_no_origin_passes_policies_that_are_apart(
    policies: Sequence[Sequence[OriginPattern]],
) -> None:
    members = [policy(patterns) for patterns in policies]

    for what, index in disjoint_at(members):
        assert what == "origin"
        matchers = [member.origins for member in members[: index + 1]]
        assert [o.text for o in ORIGINS if all(m.accepts(o) for m in matchers)] == []


_METHODS = st.none() | st.lists(st.sampled_from(["GET", "HEAD", "PUT", "POST"])).map(tuple)


@given(st.lists(_METHODS, min_size=2, max_size=3))
def test_no_method_passes_policies_that_are_apart(lists: Sequence[tuple[str, ...] | None]) -> None:
    protocols = frozenset({HttpProtocol.HTTP_2})
    members = [Policy("p", protocols, methods=Methods(listed)) for listed in lists]

    told = list(disjoint_at(members))

    passing = [
        m for m in ("GET", "HEAD", "PUT", "POST") if all(p.methods.allow(m) for p in members)
    ]
    if () in lists:
        assert told == []
    else:
        assert bool(told) == (not passing)


def test_comparisons_are_bounded() -> None:
    wildcards = [parse_pattern(f"https://*.a{number}.example") for number in range(400)]
    first, second = policy(wildcards[:200]), policy(wildcards[200:])

    assert list(disjoint_at([first, second])) == []
    assert Cover().hiders(policy(wildcards[:199] * 2), [first]) == []


@pytest.mark.parametrize("number", [50])
def test_what_stays_within_the_bound_is_proven(number: int) -> None:
    wildcards = [parse_pattern(f"https://*.a{i}.example") for i in range(2 * number)]
    first, second = policy(wildcards[:number]), policy(wildcards[number:])

    assert list(disjoint_at([first, second])) == [("origin", 1)]
    assert Cover().hiders(first, [policy(wildcards)]) != []
