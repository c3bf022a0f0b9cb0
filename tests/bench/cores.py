"""Which core does what: Envoy has one, the server and whoever loads it share another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class TooFewCoresError(RuntimeError):
    """With one core, nothing of what is measured would mean anything."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Two cores of this machine."""

    envoy: int
    server: int


def choose_cores() -> Cores:
    """The first two cores that this process may use.

    Raises:
        TooFewCoresError: There is one only.
    """
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise TooFewCoresError("the benchmark needs two cores")
    return Cores(envoy=usable[0], server=usable[1])


@contextmanager
def pinned(*cores: int) -> Iterator[None]:
    """Start processes on these cores only: children keep what they were started with."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
