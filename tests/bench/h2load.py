"""Runs h2load of nghttp2 and reads what it says.

It is a load generator in C, so that what is measured is the server, not the client.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cores import pinned

_PATIENCE_S = 30.0
"""What h2load may take beyond the time that it was given."""

_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_NUMBER = r"([0-9.]+)"


class LoadError(RuntimeError):
    """The load did not run, or was not answered as it should: nothing was measured."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What h2load is to send, and how."""

    urls: Sequence[str]
    """Asked for in turn."""
    clients: int
    duration_s: float
    headers: Sequence[tuple[str, str]] = ()
    method: str = "GET"
    http1: bool = True
    in_flight: int = 1
    """Of each client."""
    body: Path | None = None
    """What is posted."""
    per_s: int | None = None
    """How many requests each client sends, whether or not those before are answered."""
    log: Path | None = None
    """Where each request is written down."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    requests: int
    duration_s: float
    mean_ms: float
    """From a request's first byte to its answer's last."""
    statuses: Mapping[str, int]
    """How many answers of ``2xx``, ``3xx``, ``4xx`` and ``5xx``."""
    failed: int
    """Requests without an answer."""
    body_bytes: int
    """Of all answers."""

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.requests / self.duration_s


@dataclass(frozen=True, slots=True)
class Logged:
    """One request in the log."""

    began_s: float
    """Since the epoch."""
    duration_ms: float


def run_h2load(asked: Asked, core: int) -> Answered:
    """Send requests for as long as asked, from one core.

    Raises:
        LoadError: h2load is missing, or failed.
    """
    program = shutil.which("h2load")
    if program is None:
        raise LoadError("h2load is missing; on Debian: apt-get install nghttp2-client")
    with pinned(core):
        done = subprocess.run(
            [program, *_options(asked), *asked.urls],
            capture_output=True,
            text=True,
            timeout=asked.duration_s + _PATIENCE_S,
            check=False,
        )
    if done.returncode != 0:
        raise LoadError(f"h2load failed: {done.stdout}{done.stderr}")
    return read_output(done.stdout, asked.duration_s)


def read_log(log: Path) -> tuple[Logged, ...]:
    """All requests that h2load wrote down.

    Raises:
        LoadError: One was not answered with a status of 2xx.
    """
    found = []
    for line in log.read_text().splitlines():
        began_us, status, duration_us = map(int, line.split("\t")[:3])
        if status // 100 != 2:
            raise LoadError(f"a request was answered with {status}")
        found.append(Logged(began_us / 1e6, duration_us / 1e3))
    return tuple(found)


def _options(asked: Asked) -> list[str]:
    options = [f"--clients={asked.clients}", f"--duration={round(asked.duration_s * 1000)}ms"]
    options += [f"--max-concurrent-streams={asked.in_flight}", f"--header=:method: {asked.method}"]
    options += [f"--header={name}: {value}" for name, value in asked.headers]
    if asked.http1:
        options.append("--h1")
    if asked.body is not None:
        options.append(f"--data={asked.body}")
    if asked.per_s is not None:
        options.append(f"--rps={asked.per_s}")
    if asked.log is not None:
        options.append(f"--log-file={asked.log}")
    return options


def read_output(text: str, duration_s: float) -> Answered:
    """Read what h2load printed after a run of ``duration_s``.

    Raises:
        LoadError: Something that must stand there does not.
    """
    started, done, failed, errored = (
        int(n)
        for n in _find(
            r"requests: \d+ total, (\d+) started, (\d+) done, \d+ succeeded, (\d+) failed, "
            r"(\d+) errored",
            text,
        )
    )
    if started == 0 or done == 0:
        raise LoadError(f"nothing was answered: {text}")
    counts = _find(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", text)
    statuses = dict(zip(("2xx", "3xx", "4xx", "5xx"), map(int, counts), strict=True))
    # Answers with 4xx and 5xx count as failed too.
    without_answer = failed + errored - statuses["4xx"] - statuses["5xx"]
    (mean, unit) = _find(rf"time for request: +\S+ +\S+ +{_NUMBER}(us|ms|s) ", text)
    (body_bytes,) = _find(r"\((\d+)\) data", text)
    return Answered(
        requests=done,
        duration_s=duration_s,
        mean_ms=float(mean) * _UNITS_MS[unit],
        statuses=statuses,
        failed=without_answer,
        body_bytes=int(body_bytes),
    )


def _find(pattern: str, text: str) -> Sequence[str]:
    found = re.search(pattern, text)
    if found is None:
        raise LoadError(f"h2load did not say {pattern!r}: {text}")
    return found.groups()
