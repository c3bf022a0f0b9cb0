"""Long work in a process that must go on answering: a slice of it, a pause, the next slice."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cors_authz.config.compile import LoadedSet, Result, Steps

SLICE_S = 0.001

_NEVER = 1_000_000_000


async def do_in_slices(steps: Steps[Result], pause_s: float) -> Result:
    """Do a work's steps for a millisecond at a time, pausing ``pause_s`` in between."""
    while True:
        until = time.perf_counter() + SLICE_S
        try:
            while time.perf_counter() < until:
                next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        await asyncio.sleep(pause_s)


def release_steps(loaded: LoadedSet) -> Steps[None]:
    """Give the memory of a set back piece by piece; nobody else may hold it any more.

    Freed at a stroke, 10,000 policies hold the interpreter for a seventh of a second.
    """
    policy_set = loaded.policy_set
    pieces: list[object] = [*policy_set.policies.values(), *policy_set.groups.values()]
    del loaded, policy_set
    while pieces:
        yield
        pieces.pop()


@contextmanager
def heap_growing() -> Iterator[None]:
    """Let many long-lived objects come to be without the collector walking over them.

    A full collection takes a tenth of a second with 10,000 policies on the heap. So none is
    made in this block, and what is there at its end is never walked over again; it is freed
    all the same when nothing refers to it, as it holds no cycles.
    """
    young, middle, old = gc.get_threshold()
    gc.collect()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(young, middle, old)
