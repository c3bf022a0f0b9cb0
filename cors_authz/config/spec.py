"""A policy set as plain data: what one process has checked and another compiles.

The fields are those of :mod:`cors_authz.config.document`, without what only checking needs.
Nothing here knows pydantic or YAML, so that whoever compiles need not load them.
"""

from collections.abc import Sequence

import msgspec

from cors_authz.policy.terms import Evaluation, HttpProtocol, Mode, SameOrigin, Unmatched


class PolicySpec(msgspec.Struct, frozen=True, array_like=True):
    """An entry of ``policies``."""

    name: str
    description: str
    tags: dict[str, str]
    allowed_http_protocols: tuple[HttpProtocol, ...]
    allowed_methods: tuple[str, ...] | None
    allowed_origins: tuple[str, ...] | None
    require_origin_header: bool
    allowed_headers: tuple[str, ...]
    exposed_headers: tuple[str, ...]
    max_age: int
    allow_credentials: bool
    mode: Mode
    acknowledge: tuple[str, ...]


class GroupSpec(msgspec.Struct, frozen=True, array_like=True):
    """An entry of ``apiGroups``."""

    name: str
    description: str
    tags: dict[str, str]
    hosts: tuple[str, ...] | None
    paths: tuple[str, ...] | None
    policies: tuple[str, ...]
    evaluation: Evaluation | None
    same_origin: SameOrigin


class DecisionLogShares(msgspec.Struct, frozen=True, array_like=True):
    """Which share of decisions is logged, 0 to 1."""

    allowed: float
    denied: float


class SettingsSpec(msgspec.Struct, frozen=True, array_like=True):
    """``settings``."""

    unmatched: Unmatched
    evaluation: Evaluation
    decision_log: DecisionLogShares


class SetSpec(msgspec.Struct, frozen=True, array_like=True):
    """A whole set that passed all checks."""

    revision: str
    """A hash of the content that the set was made of."""
    settings: SettingsSpec
    policies: tuple[PolicySpec, ...]
    groups: tuple[GroupSpec, ...]


def policy_spec(document: object) -> PolicySpec:
    """Take the plain data out of a ``PolicyDocument``."""
    return msgspec.convert(document, PolicySpec, from_attributes=True)


def set_spec(
    policies: Sequence[PolicySpec], groups: Sequence[object], settings: object, revision: str
) -> SetSpec:
    """Put a set together from policies, ``GroupDocument`` and ``SettingsDocument`` records."""
    return SetSpec(
        revision=revision,
        settings=msgspec.convert(settings, SettingsSpec, from_attributes=True),
        policies=tuple(policies),
        groups=tuple(msgspec.convert(g, GroupSpec, from_attributes=True) for g in groups),
    )
