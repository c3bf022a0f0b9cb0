"""Which policies accept every origin of another, as far as that can be proven."""

from collections.abc import Sequence

from cors_authz.config.lint.scope import ScopeTable
from cors_authz.policy.pattern import ExactOrigin, OriginPattern, WildcardOrigin
from cors_authz.policy.policy import Policy

_MAX_COMPARISONS = 20_000
"""Pairs of patterns that are compared for one group; beyond that nothing is told."""


class Cover:
    """Comparisons within one group, counted."""

    def __init__(self) -> None:
        self._scopes = ScopeTable()
        self._left = _MAX_COMPARISONS

    def hiders(self, policy: Policy, earlier: Sequence[Policy]) -> list[Policy]:
        """The earlier policies that together accept whatever ``policy`` accepts.

        Empty where an origin may be left over, or where ``policy`` accepts none at all: that
        is what its author wrote.
        """
        hiders: dict[str, Policy] = {}
        for pattern in policy.origins.patterns:
            hider = next((other for other in earlier if self._covers(other, pattern)), None)
            if hider is None:
                return []
            hiders[hider.name] = hider
        return list(hiders.values())

    def _covers(self, policy: Policy, pattern: OriginPattern) -> bool:
        if policy.origins.accepts_every_origin:
            return True
        if isinstance(pattern, ExactOrigin):
            return policy.origins.accepts(pattern.origin)
        return any(self._within(pattern, other) for other in policy.origins.patterns)

    def _within(self, pattern: OriginPattern, other: OriginPattern) -> bool:
        self._left -= 1
        if self._left < 0 or isinstance(other, ExactOrigin):
            return False
        if other.text == pattern.text:
            return True
        if not isinstance(other, WildcardOrigin):
            return False
        scopes = self._scopes.of(pattern)
        return bool(scopes) and all(scope.lies_in(other) for scope in scopes or ())
