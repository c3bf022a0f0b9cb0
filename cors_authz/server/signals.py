"""Signals as a block: the first asks for an end, the second ends at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_EXIT_BY_SIGNAL = 128


@contextmanager
def stop_requested(end_at_once: Callable[[], None]) -> Iterator[asyncio.Event]:
    """While the block runs, the first SIGTERM or SIGINT sets the event that is given.

    A second one calls ``end_at_once`` and exits with 128 and the signal's number, as shells
    tell it. Dying of the signal itself would not do: the first process of a container
    ignores signals that it does not handle.
    """
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def handle(number: int) -> None:
        if not event.is_set():
            event.set()
            return
        end_at_once()
        os._exit(_EXIT_BY_SIGNAL + number)

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, handle, number)
    try:
        yield event
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


@contextmanager
def drain_requested() -> Iterator[asyncio.Event]:
    """While the block runs, SIGTERM sets the event, and SIGINT is the supervisor's affair.

    A terminal sends SIGINT to all our processes at once.
    """
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, event.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield event
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
