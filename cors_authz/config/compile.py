"""From plain data to the objects that decide: no positions, no checks, nothing is asked twice.

Sets that passed the checks compile; others may raise. Compiling can be done in small steps,
so that a process that answers checks can go on answering them.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from cors_authz.config.spec import (
    DecisionLogShares,
    GroupSpec,
    PolicySpec,
    SetSpec,
    SettingsSpec,
)
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.group import Group
from cors_authz.policy.header_names import HeaderNames
from cors_authz.policy.pattern import (
    AnyOrigin,
    OriginMatcher,
    OriginPattern,
    PatternError,
    parse_pattern,
)
from cors_authz.policy.policy import Methods, Policy
from cors_authz.policy.regex import RegexError
from cors_authz.policy.router import RouteConflictError, Router

WILDCARD = "*"

COMPILE_ERRORS = (PatternError, RegexError, RouteConflictError, KeyError)
"""What compiling raises for a set that did not pass the checks."""

_ORIGINS_PER_STEP = 20
"""Parsing an origin takes some 20 microseconds, so that a step stays below half a millisecond."""

Result = TypeVar("Result")
Steps = Generator[None, None, Result]
"""Work that can be left and resumed between any two steps."""


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """A policy set that passed all checks, ready to decide."""

    policy_set: PolicySet
    decision_log: DecisionLogShares


class SetCompiler:
    """Compiles one set, part by part as it comes: policies first, groups after them."""

    def __init__(self, settings: SettingsSpec, revision: str) -> None:
        self._settings = settings
        self._revision = revision
        self._policies: dict[str, Policy] = {}
        self._groups: dict[str, Group] = {}
        self._router = Router()

    def add_policies(self, policies: Iterable[PolicySpec]) -> Steps[None]:
        """Compile policies.

        Raises:
            PatternError: An entry of ``allowedOrigins`` is no origin pattern.
            RegexError: An entry of ``allowedOrigins`` is a regex that does not compile.
        """
        for spec in policies:
            policy = yield from _policy_steps(spec)
            self.add_policy(policy)
            yield

    def add_policy(self, policy: Policy) -> None:
        """Add a policy that was compiled before."""
        self._policies[policy.name] = policy

    def add_groups(self, groups: Iterable[GroupSpec]) -> Steps[None]:
        """Compile groups, all of whose policies have been added.

        Raises:
            KeyError: A policy that a group names is not there.
            RouteConflictError: Two groups claim the same host and path.
        """
        for spec in groups:
            group = self._group(spec)
            self._groups[group.name] = group
            self._router.add(group)
            yield

    def finish(self) -> LoadedSet:
        """Return the set; nothing may be added any more."""
        policy_set = PolicySet(
            router=self._router,
            groups=MappingProxyType(self._groups),
            policies=MappingProxyType(self._policies),
            unmatched=self._settings.unmatched,
            revision=self._revision,
        )
        return LoadedSet(policy_set, self._settings.decision_log)

    def _group(self, spec: GroupSpec) -> Group:
        return Group(
            name=spec.name,
            policies=tuple(self._policies[name] for name in spec.policies),
            hosts=spec.hosts,
            paths=spec.paths,
            evaluation=spec.evaluation or self._settings.evaluation,
            same_origin=spec.same_origin,
            description=spec.description,
            tags=MappingProxyType(spec.tags),
        )


def compile_policy(spec: PolicySpec) -> Policy:
    """Compile one policy at a stroke; raises as :meth:`SetCompiler.add_policies` does."""
    return complete(_policy_steps(spec))


def compile_set(spec: SetSpec) -> LoadedSet:
    """Compile a set at a stroke; raises as the methods of :class:`SetCompiler` do."""
    compiler = SetCompiler(spec.settings, spec.revision)
    complete(compiler.add_policies(spec.policies))
    complete(compiler.add_groups(spec.groups))
    return compiler.finish()


def complete(steps: Steps[Result]) -> Result:
    """Do all the steps of a work, and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result


def _policy_steps(spec: PolicySpec) -> Steps[Policy]:
    origins: Sequence[OriginPattern] = (AnyOrigin(),)
    if spec.allowed_origins is not None:
        origins = yield from _origin_steps(spec.allowed_origins)
    return Policy(
        name=spec.name,
        protocols=frozenset(spec.allowed_http_protocols),
        origins=OriginMatcher(origins),
        methods=Methods(spec.allowed_methods),
        headers=_header_names(spec.allowed_headers),
        exposed=_header_names(spec.exposed_headers),
        max_age_s=spec.max_age,
        credentials=spec.allow_credentials,
        require_origin=spec.require_origin_header,
        mode=spec.mode,
        description=spec.description,
        tags=MappingProxyType(spec.tags),
        acknowledged=frozenset(spec.acknowledge),
    )


def _origin_steps(entries: Iterable[str]) -> Steps[list[OriginPattern]]:
    patterns: list[OriginPattern] = []
    for entry in entries:
        patterns.append(parse_pattern(entry))
        if len(patterns) % _ORIGINS_PER_STEP == 0:
            yield
    return patterns


def _header_names(entries: Iterable[str]) -> HeaderNames:
    """Names compare without case (RFC 9110 5.1); they are announced in lower case."""
    names = dict.fromkeys(entry.lower() for entry in entries)
    wildcard = WILDCARD in names
    names.pop(WILDCARD, None)
    return HeaderNames(tuple(names), wildcard=wildcard)
