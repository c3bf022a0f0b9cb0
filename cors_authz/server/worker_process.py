"""Starts worker processes as fresh interpreters; what they then do is :mod:`.worker`'s."""

import asyncio
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec.msgpack import Decoder

from cors_authz.config.interpreter import module_command, module_environment
from cors_authz.server.channel import Channel, open_channel
from cors_authz.server.messages import ToSupervisor, ToWorker

_MODULE = "cors_authz.server.worker"

SupervisorChannel: TypeAlias = Channel[ToSupervisor, ToWorker]


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker process and the way to it."""

    process: Process
    channel: SupervisorChannel

    def terminate(self) -> None:
        """Ask it to drain."""
        if self.process.returncode is None:
            self.process.terminate()

    def kill(self) -> None:
        """End it at once."""
        if self.process.returncode is None:
            self.process.kill()


async def start_worker(inherited: Sequence[int]) -> WorkerProcess:
    """Start a worker, which waits for its first message; it inherits these descriptors.

    Raises:
        OSError: There is no memory or no process to be had.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = await asyncio.create_subprocess_exec(
                *module_command(_MODULE, str(theirs.fileno())),
                stdin=DEVNULL,
                env=module_environment(),
                pass_fds=(theirs.fileno(), *inherited),
            )
        except OSError:
            ours.close()
            raise
    return WorkerProcess(process, await open_channel(ours, Decoder(ToSupervisor)))
