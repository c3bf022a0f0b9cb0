"""An API group: where it applies, and the ordered policies that decide there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from cors_authz.policy.policy import Grants, Policy, intersect_grants
from cors_authz.policy.terms import Evaluation, Mode, SameOrigin


@dataclass(frozen=True)
class Group:
    """One API group of design section 2.

    ``hosts`` and ``paths`` are ``None`` where the group takes every host or path; their
    entries are those of :class:`cors_authz.policy.router.Router`.
    """

    name: str
    policies: tuple[Policy, ...]
    hosts: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    evaluation: Evaluation = Evaluation.FIRST_MATCH
    same_origin: SameOrigin = SameOrigin.ALLOW
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    in_force: tuple[Policy, ...] = field(init=False)
    """The policies that decide: all but the ``reportOnly`` ones."""
    shadow: "Group | None" = field(init=False)
    """The same group with every policy on ``enforce``; present where some only report."""
    common_grants: Grants | None = field(init=False)
    """What all policies in force grant together; ``None`` where there are none."""

    def __post_init__(self) -> None:
        """Take the ``reportOnly`` policies out, and derive what depends on the rest."""
        in_force = tuple(p for p in self.policies if p.mode is not Mode.REPORT_ONLY)
        shadow = None
        if len(in_force) < len(self.policies):
            enforced = tuple(replace(p, mode=Mode.ENFORCE) for p in self.policies)
            shadow = replace(self, policies=enforced)
        grants = intersect_grants([p.grants for p in in_force]) if in_force else None
        object.__setattr__(self, "in_force", in_force)
        object.__setattr__(self, "shadow", shadow)
        object.__setattr__(self, "common_grants", grants)

    @property
    def passes_untouched(self) -> bool:
        """Whether all its policies only report, so that the group changes nothing."""
        return not self.in_force and bool(self.policies)

    @property
    def fallback_mode(self) -> Mode:
        """The mode of a denial that is no single policy's."""
        if self.in_force and all(p.mode is Mode.HEADERS_ONLY for p in self.in_force):
            return Mode.HEADERS_ONLY
        return Mode.ENFORCE

    @property
    def policy_requiring_origin(self) -> Policy | None:
        """The first policy in force that requires an Origin, enforcing ones before others."""
        requiring = [p for p in self.in_force if p.require_origin]
        enforcing = [p for p in requiring if p.mode is Mode.ENFORCE]
        return next(iter(enforcing + requiring), None)
