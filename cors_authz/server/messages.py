"""What supervisor and workers tell each other: two closed unions of plain records.

A new kind of message is a new record in one of the unions. To drain a worker is a signal,
SIGTERM, so that it waits behind no other message.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from cors_authz.config.spec import GroupSpec, PolicySpec, SetSpec, SettingsSpec
from cors_authz.observability.counts import Counts, RecentDecisions
from cors_authz.server.tls import TlsMaterial

_MAX_ENTRIES_PER_PART = 500
"""Decoding so much holds a worker for less than a millisecond."""

Item = TypeVar("Item")


class Start(msgspec.Struct, frozen=True, tag=True):
    """The first message to a worker: where and how to serve."""

    index: int
    address: str
    transport: str
    """One of :data:`cors_authz.server.options.TRANSPORT_NAMES`."""
    socket_mode: int
    socket_group: int | None
    drain_delay_s: float
    grace_s: float
    tls: TlsMaterial | None
    client_names: tuple[str, ...]
    """Names of which a client's certificate must have one; empty: any will do."""
    log_lock: int
    """The inherited descriptor that writers of stdout lock."""


class PolicySetPart(msgspec.Struct, frozen=True, tag=True):
    """Some policies and groups of a set; the parts of a set follow each other, groups last."""

    revision: str
    settings: SettingsSpec
    policies: tuple[PolicySpec, ...]
    groups: tuple[GroupSpec, ...]
    last: bool


class TlsChanged(msgspec.Struct, frozen=True, tag=True):
    """What to use for connections that are made from now on."""

    material: TlsMaterial


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The worker answers checks."""

    port: int
    """0 where it listens on a socket."""


class StartFailed(msgspec.Struct, frozen=True, tag=True):
    """The worker cannot serve, and would fail again in the same way."""

    problem: str


class InForce(msgspec.Struct, frozen=True, tag=True):
    """The worker judges checks by this set from now on."""

    revision: str


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The worker could not compile a set and judges by the former one."""

    revision: str
    problem: str


class Heartbeat(msgspec.Struct, frozen=True, tag=True):
    """The worker lives; counts are since its start."""

    checks: int
    internal_errors: int
    dropped_lines: int


ToWorker = Start | PolicySetPart | TlsChanged
ToSupervisor = Ready | StartFailed | InForce | Refused | Heartbeat | Counts | RecentDecisions


def policy_set_parts(spec: SetSpec) -> Iterator[PolicySetPart]:
    """Cut a set into parts that can each be taken in between two checks."""
    for policies in _batches(spec.policies, _policy_entries):
        yield PolicySetPart(spec.revision, spec.settings, policies, (), last=False)
    for groups in _batches(spec.groups, _group_entries):
        yield PolicySetPart(spec.revision, spec.settings, (), groups, last=False)
    yield PolicySetPart(spec.revision, spec.settings, (), (), last=True)


def _policy_entries(spec: PolicySpec) -> int:
    lists = (spec.allowed_origins, spec.allowed_methods, spec.allowed_headers, spec.exposed_headers)
    return 1 + len(spec.tags) + sum(len(entries or ()) for entries in lists)


def _group_entries(spec: GroupSpec) -> int:
    lists = (spec.hosts, spec.paths, spec.policies)
    return 1 + len(spec.tags) + sum(len(entries or ()) for entries in lists)


def _batches(items: Iterable[Item], entries: Callable[[Item], int]) -> Iterator[tuple[Item, ...]]:
    batch: list[Item] = []
    weight = 0
    for item in items:
        weight += entries(item)
        batch.append(item)
        if weight >= _MAX_ENTRIES_PER_PART:
            yield tuple(batch)
            batch, weight = [], 0
    if batch:
        yield tuple(batch)
