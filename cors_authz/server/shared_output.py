"""Standard output that several processes write whole lines to.

A pipe takes at most ``PIPE_BUF`` bytes in one piece (pipe(7)); longer writes of several
processes mix. So whoever writes holds a lock meanwhile: a record lock on a file without a
name, which each process holds for itself and the kernel gives back if it dies.
"""

import fcntl
import os
import select

_UNFINISHED, _FINISHED = b"\1", b"\0"


def create_lock() -> int:
    """Create the descriptor that writers lock; processes inherit it if they are told to."""
    return os.memfd_create("cors-authz-output")


class SharedOutput:
    """One process's way to a descriptor that others write to as well."""

    def __init__(self, descriptor: int, lock: int) -> None:
        self._descriptor = descriptor
        self._lock = lock

    def write(self, lines: bytes) -> None:
        """Write whole lines, after what other processes are writing now.

        A line that a writer could not finish, for the disk was full or it was killed, is
        ended first, so that it spoils no other.

        Raises:
            OSError: Not everything could be written.
        """
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            if os.pread(self._lock, 1, 0) == _UNFINISHED:
                lines = b"\n" + lines
            os.pwrite(self._lock, _UNFINISHED, 0)
            self._write_all(memoryview(lines))
            os.pwrite(self._lock, _FINISHED, 0)
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def _write_all(self, rest: memoryview) -> None:
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                # Whoever gave us the descriptor made it non-blocking; we have time.
                select.select((), (self._descriptor,), ())
