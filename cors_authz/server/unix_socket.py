"""Socket files: one server a path, stale files removed, opened to whom the operator says.

A server that binds a path takes it over from whoever listened there, and one that stops
removes the file, be it its own or its successor's. So a lock beside the socket is held by
the supervisor and its worker for as long as either lives, and without it nothing is touched.
"""

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cors_authz.server.endpoint import AddressUnavailableError

DEFAULT_MODE = 0o660
"""Owner and group: Envoy commonly runs as another user."""

_LOCK_SUFFIX = ".lock"
_PRIVATE_UMASK = 0o177


@dataclass(frozen=True, slots=True)
class SocketAccess:
    """Who may connect; to connect is to write (unix(7))."""

    mode: int = DEFAULT_MODE
    group: int | None = None
    """A group's number; ``None`` leaves the process's own."""


def claim_path(path: Path) -> int:
    """Become the only server on a path; return the descriptor that holds the lock.

    The lock file stays when the server ends, since removing it could remove another's.

    Raises:
        AddressUnavailableError: Another server has it, it is no socket, or the folder is
            not writable.
    """
    try:
        lock = os.open(f"{path}{_LOCK_SUFFIX}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AddressUnavailableError(f"cannot listen on {path}: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _refuse_foreign(path)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise AddressUnavailableError(f"another server listens on {path}") from error
        raise
    return lock


@contextmanager
def private_creation() -> Iterator[None]:
    """Let sockets made in this block be closed to everybody else at first."""
    before = os.umask(_PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def open_to(path: Path, access: SocketAccess) -> None:
    """Let those connect who may.

    Raises:
        AddressUnavailableError: We are not in the group.
    """
    try:
        if access.group is not None:
            os.chown(path, -1, access.group)
        path.chmod(access.mode)
    except OSError as error:
        raise AddressUnavailableError(f"cannot give {path} its group or mode: {error}") from error


def remove_socket(path: Path) -> None:
    """Remove a socket that nobody listens on; who calls this holds the lock."""
    path.unlink(missing_ok=True)


def _refuse_foreign(path: Path) -> None:
    """Refuse a path that is no socket, or whose server knows nothing of our locks."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise AddressUnavailableError(f"cannot listen on {path}: it exists and is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)  # noqa: FBT003 - its only argument
        refused = probe.connect_ex(os.fspath(path)) == errno.ECONNREFUSED
    if not refused:
        raise AddressUnavailableError(f"another server listens on {path}")
