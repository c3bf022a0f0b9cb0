"""Policy sets of the sizes and kinds that are compared, as files and compiled."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cors_authz.config.spec import (
    DecisionLogShares,
    GroupSpec,
    PolicySpec,
    SetSpec,
    SettingsSpec,
)
from cors_authz.policy.terms import Evaluation, HttpProtocol, Mode, SameOrigin, Unmatched
from tests.bench.requests import ORIGIN

EXACT_ORIGINS = (ORIGIN,)
WILDCARD_ORIGINS = ("https://*.example.com",)
REGEX_ORIGINS = (r"~https://shop[0-9]*[.]example[.]com",)

_GROUPS_PER_FILE = 10_000
"""Files may have 4 MiB."""

_METHODS = ("GET", "POST", "PUT")
_HEADERS = ("authorization", "content-type")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a policy set is, and what its policies are like."""

    groups: int = 10
    """Each with a host of its own, the same policies, and the path that is asked for."""
    policies: int = 1
    """Of each group; the last is the one that accepts the origin."""
    origins: tuple[str, ...] = EXACT_ORIGINS
    is_logged: bool = True


def host_of(group: int) -> str:
    """The host of a group, by its number."""
    return f"api-{group}.example.com"


def write_set(shape: Shape, folder: Path) -> Path:
    """Write a policy set to a new folder, and return it."""
    folder.mkdir()
    (folder / "policies.yaml").write_text("\n".join(_policy_lines(shape)))
    numbers = _group_numbers(shape)
    for first in range(0, len(numbers), _GROUPS_PER_FILE):
        lines = _group_lines(shape, numbers[first : first + _GROUPS_PER_FILE])
        (folder / f"groups-{first:06}.yaml").write_text("\n".join(lines))
    return folder


def as_spec(shape: Shape) -> SetSpec:
    """The same set, as it is when it is read: reading a hundred thousand groups takes long."""
    share = float(shape.is_logged)
    settings = SettingsSpec(
        Unmatched.ALLOW, Evaluation.FIRST_MATCH, DecisionLogShares(share, share)
    )
    policies = tuple(_policy_spec(name, origins) for name, origins in _origins(shape))
    names = tuple(policy.name for policy in policies)
    groups = tuple(_group_spec(number, names) for number in _group_numbers(shape))
    return SetSpec("bench", settings, policies, groups)


def _origins(shape: Shape) -> list[tuple[str, tuple[str, ...]]]:
    names = [f"policy-{number}" for number in range(shape.policies)]
    others = [(name, (f"https://{name}.example.org",)) for name in names[:-1]]
    return [*others, (names[-1], shape.origins)]


def _group_numbers(shape: Shape) -> range:
    """A single group must be the one that is asked for."""
    return range(shape.groups) if shape.groups > 1 else range(7, 8)


def _policy_lines(shape: Shape) -> Iterator[str]:
    share = float(shape.is_logged)
    yield f"settings: {{decisionLog: {{allowed: {share}, denied: {share}}}}}"
    yield "policies:"
    for name, origins in _origins(shape):
        yield f"- name: {name}"
        yield "  allowedHttpProtocols: [HTTP/1.1, HTTP/2]"
        yield f"  allowedMethods: [{', '.join(_METHODS)}]"
        yield f"  allowedOrigins: [{', '.join(map(repr, origins))}]"
        yield f"  allowedHeaders: [{', '.join(_HEADERS)}]"
        yield "  allowCredentials: true"


def _group_lines(shape: Shape, numbers: Iterable[int]) -> Iterator[str]:
    names = ", ".join(name for name, _ in _origins(shape))
    yield "apiGroups:"
    for number in numbers:
        yield f"- name: group-{number}"
        yield f"  hosts: [{host_of(number)}]"
        yield "  paths: [/orders]"
        yield f"  policies: [{names}]"


def _policy_spec(name: str, origins: tuple[str, ...]) -> PolicySpec:
    return PolicySpec(
        name=name,
        description="",
        tags={},
        allowed_http_protocols=(HttpProtocol.HTTP_1_1, HttpProtocol.HTTP_2),
        allowed_methods=_METHODS,
        allowed_origins=origins,
        require_origin_header=False,
        allowed_headers=_HEADERS,
        exposed_headers=(),
        max_age=900,
        allow_credentials=True,
        mode=Mode.ENFORCE,
        acknowledge=(),
    )


def _group_spec(number: int, policies: tuple[str, ...]) -> GroupSpec:
    return GroupSpec(
        name=f"group-{number}",
        description="",
        tags={},
        hosts=(host_of(number),),
        paths=("/orders",),
        policies=policies,
        evaluation=None,
        same_origin=SameOrigin.ALLOW,
    )
