"""Whom Envoy's ``jwt_authn`` filter refuses; where the filter stands is judged elsewhere."""

from cors_authz.envoy.doctor.coverage import refuses_options
from cors_authz.envoy.doctor.node import NOWHERE, Node

_KINDS = ("provider_name", "provider_and_audiences", "allow_missing", "allow_missing_or_failed")
"""envoy/extensions/filters/http/jwt_authn/v3/config.proto, JwtRequirement."""

_WITHOUT_TOKEN = frozenset({"allow_missing", "allow_missing_or_failed"})
_WITH_BAD_TOKEN = frozenset({"allow_missing_or_failed"})


def refuses_preflights(config: Node) -> bool:
    """Whether a ``JwtAuthentication`` refuses preflights, which have no token."""
    if config.is_true("bypass_cors_preflight"):
        return False
    return any(
        _refuses(requirement, _WITHOUT_TOKEN)
        for match, requirement in _requirements(config)
        if not refuses_options(match)
    )


def refuses_bad_tokens(config: Node) -> bool:
    """Whether a ``JwtAuthentication`` refuses requests at all."""
    return any(_refuses(requirement, _WITH_BAD_TOKEN) for _, requirement in _requirements(config))


def _requirements(config: Node) -> list[tuple[Node, Node]]:
    """What is required, with the match of the requests that it is required of."""
    named = dict(config.get("requirement_map").entries())
    found = [
        (
            rule.get("match"),
            rule.get("requires") or named.get(rule.text("requirement_name"), NOWHERE),
        )
        for rule in config.items("rules")
    ]
    by_state = config.get("filter_state_rules", "requires").entries()
    return found + [(NOWHERE, requirement) for _, requirement in by_state]


def _refuses(requirement: Node, passing: frozenset[str]) -> bool:
    alternatives = requirement.get("requires_any")
    if alternatives:
        return all(_refuses(each, passing) for each in alternatives.items("requirements"))
    conjuncts = requirement.get("requires_all")
    if conjuncts:
        return any(_refuses(each, passing) for each in conjuncts.items("requirements"))
    kind = next((kind for kind in _KINDS if requirement.get(kind)), None)
    return kind is not None and kind not in passing
