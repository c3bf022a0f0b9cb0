"""Whether policies that must all allow a request can, as far as the contrary can be proven."""

from collections.abc import Iterator, Sequence
from functools import reduce

from cors_authz.config.lint.scope import ScopeTable
from cors_authz.policy.origin import Origin
from cors_authz.policy.pattern import ExactOrigin, OriginPattern
from cors_authz.policy.policy import Methods, Policy

_MAX_COMPARISONS = 20_000
"""Pairs of patterns that are compared for one group; beyond that nothing is told."""


def disjoint_at(policies: Sequence[Policy]) -> Iterator[tuple[str, int]]:
    """What no request can pass: origins, methods or protocols, and from which policy on.

    Policies that accept no origin, or no method, on their own are meant so: then nothing is
    told.
    """
    for what, index in (
        ("origin", _origins_apart(policies)),
        ("method", _methods_apart(policies)),
        ("protocol", _protocols_apart(policies)),
    ):
        if index is not None:
            yield what, index


def _methods_apart(policies: Sequence[Policy]) -> int | None:
    if any(policy.methods.listed == () for policy in policies):
        return None
    common = [Methods()]
    for index, policy in enumerate(policies):
        common.append(common[-1].intersect(policy.methods))
        if common[-1].listed == ():
            return index
    return None


def _protocols_apart(policies: Sequence[Policy]) -> int | None:
    for index in range(len(policies)):
        if not reduce(frozenset.intersection, [p.protocols for p in policies[: index + 1]]):
            return index
    return None


def _origins_apart(policies: Sequence[Policy]) -> int | None:
    if not all(policy.origins.patterns for policy in policies):
        return None
    left: list[Origin] | None = None
    comparison = _Comparison()
    for index, policy in enumerate(policies):
        if left is not None:
            left = [origin for origin in left if policy.origins.accepts(origin)]
        else:
            left = _accepted_by_all(_exact_origins(policy), policies[:index])
        if left == [] or (left is None and comparison.is_apart(policy, policies[:index])):
            return index
    return None


def _accepted_by_all(
    origins: Sequence[Origin] | None, policies: Sequence[Policy]
) -> list[Origin] | None:
    if origins is None:
        return None
    return [o for o in origins if all(policy.origins.accepts(o) for policy in policies)]


def _exact_origins(policy: Policy) -> list[Origin] | None:
    """Its origins, if it lists all of them."""
    patterns = policy.origins.patterns
    exact = [pattern.origin for pattern in patterns if isinstance(pattern, ExactOrigin)]
    return exact if len(exact) == len(patterns) else None


class _Comparison:
    """Comparisons within one group, counted."""

    def __init__(self) -> None:
        self._scopes = ScopeTable()
        self._left = _MAX_COMPARISONS

    def is_apart(self, policy: Policy, others: Sequence[Policy]) -> bool:
        """Whether one of the others surely has no origin in common with ``policy``."""
        return any(
            not any(
                self._may_meet(pattern, other_pattern)
                for pattern in policy.origins.patterns
                for other_pattern in other.origins.patterns
            )
            for other in others
        )

    def _may_meet(self, pattern: OriginPattern, other: OriginPattern) -> bool:
        self._left -= 1
        if self._left < 0:
            return True
        if isinstance(pattern, ExactOrigin):
            return other.accepts(pattern.origin)
        if isinstance(other, ExactOrigin):
            return pattern.accepts(other.origin)
        scopes, others = self._scopes.of(pattern), self._scopes.of(other)
        if not scopes or not others:
            return True
        return any(scope.meets(another) for scope in scopes for another in others)
