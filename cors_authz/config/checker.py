"""Checks a policy set in a process of its own: parsing YAML holds an interpreter for seconds.

The process gets the files' bytes and gives plain data and findings back, so that neither
YAML nor pydantic is ever loaded where checks are answered.
"""

import asyncio
from asyncio.subprocess import PIPE
from dataclasses import dataclass

import msgspec

from cors_authz.config.excerpt import START, Excerpt
from cors_authz.config.finding import Finding
from cors_authz.config.interpreter import module_command, module_environment
from cors_authz.config.rule import RuleId
from cors_authz.config.snapshot import Snapshot
from cors_authz.config.spec import SetSpec

DEFAULT_TIMEOUT_S = 300.0
"""10,000 policies take ten seconds, and a minute on a machine that is overloaded."""

MAX_FINDINGS = 1000
"""More than anybody reads; a file of mistakes would otherwise fill log and memory."""

_PROCESS = "cors_authz.config.check_process"


@dataclass(frozen=True, slots=True)
class CheckedSnapshot:
    """What checking a snapshot led to."""

    spec: SetSpec | None
    """``None`` exactly where a finding is an error."""
    findings: tuple[Finding, ...]
    """By file, line and column."""
    revision: str
    omitted_findings: int = 0
    """How many more there are than those given; of a great many, the worst are given."""
    conclusive: bool = True
    """Whether another try would come to the same result."""

    @property
    def valid(self) -> bool:
        """Whether the set can be put in force."""
        return self.spec is not None


async def check_snapshot(
    snapshot: Snapshot, timeout_s: float = DEFAULT_TIMEOUT_S
) -> CheckedSnapshot:
    """Check a snapshot in a fresh process, which is ended with the task that waits for it.

    A process that dies or takes too long is a finding too; nothing is raised.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *module_command(_PROCESS), stdin=PIPE, stdout=PIPE, env=module_environment()
        )
    except OSError as error:
        return _unchecked(snapshot, f"the checking process did not start: {error}")
    try:
        async with asyncio.timeout(timeout_s):
            output, _ = await process.communicate(msgspec.msgpack.encode(snapshot))
    except TimeoutError:
        return _unchecked(snapshot, f"checking it took more than {timeout_s:g} s and was stopped")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        return _unchecked(snapshot, f"the checking process ended with {process.returncode}")
    return msgspec.msgpack.decode(output, type=CheckedSnapshot)


def _unchecked(snapshot: Snapshot, problem: str) -> CheckedSnapshot:
    finding = Excerpt(snapshot.place, "").finding(
        RuleId.FILE_UNREADABLE,
        START,
        problem,
        "check memory and processor limits, and run cors-authz validate on it",
    )
    return CheckedSnapshot(None, (finding,), snapshot.revision, conclusive=False)
