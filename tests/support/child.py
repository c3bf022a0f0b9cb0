"""A child process that is ready when its caller goes on, and gone when its caller is done."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_STOP_TIMEOUT_S = 10.0
_POLL_INTERVAL_S = 0.02


class NotReadyError(RuntimeError):
    """A process ended or stayed silent instead of becoming ready."""


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    stdout: Path,
    stderr: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``command`` with its output in files; stop it with SIGTERM, or SIGKILL if it must."""
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask a process to end, make it end, and return its exit status."""
    process.terminate()
    try:
        return process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def wait_until_ready(
    process: subprocess.Popen[bytes],
    is_ready: Callable[[], bool],
    *,
    log: Path,
    timeout_s: float = 20.0,
) -> None:
    """Wait until ``is_ready`` holds.

    Raises:
        NotReadyError: The process ended, or the time is over; the end of ``log`` is told.
    """
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "still runs" if process.returncode is None else f"ended: {process.returncode}"
            text = log.read_text(errors="replace")[-4000:]
            raise NotReadyError(f"{process.args!r} is not ready and {state}\n{text}")
        time.sleep(_POLL_INTERVAL_S)
