"""Running a program as another numeric user, and with a file system that cannot be written."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

NOBODY_ELSE = 65532
"""A user that no machine has; the one of the image."""

_READ_ONLY = 'mount -o remount,bind,ro / && exec "$@"'
_RUNS_ITSELF = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"


def as_user(user: int, *, read_only: bool = False) -> list[str]:
    """What to put before a command so that it runs as user and group ``user``.

    With ``read_only``, the root file system is read-only for it, as in a container with
    ``readOnlyRootFilesystem``. Skips the test where this machine does not allow that.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can run a program as another user")
    prefix = _as_user(user)
    if read_only:
        prefix = ["unshare", "--mount", "--", "sh", "-c", _READ_ONLY, "sh", *prefix]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this machine has no setpriv, or no mount namespaces: {tried.stderr.strip()}")
    return prefix


@cache
def public_interpreter() -> Path:
    """An interpreter that other users can run too; the tests' own where nobody is to judge."""
    own = Path(sys.executable)
    if os.geteuid() != 0:
        return own
    for candidate in (own, Path("/usr/bin/python3")):
        command = [*_as_user(NOBODY_ELSE), str(candidate), "-c", _RUNS_ITSELF]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip("no interpreter here can be run by users other than root")


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that every user can read; pytest's own are for their owner alone."""
    folder = Path(tempfile.mkdtemp(prefix="cors-authz-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _as_user(user: int) -> list[str]:
    ids = (f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs")
    return ["setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all", "--"]
