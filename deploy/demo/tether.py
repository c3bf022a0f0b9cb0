"""Runs a program that ends when whoever started it ends, even if that one was killed.

``python -m deploy.demo.tether PARENT_PID PROGRAM [ARGUMENT]...``

On Linux the kernel sends SIGTERM to the program when its parent is gone. Elsewhere the
program is just run.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``; it outlives the exec (prctl(2))."""


def main() -> None:
    """Become the program."""
    parent_pid, program, *_ = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent_pid):
        sys.exit("whoever started this is gone")
    os.execvp(program, sys.argv[2:])  # noqa: S606 - a shell is what we do not want


if __name__ == "__main__":
    main()
