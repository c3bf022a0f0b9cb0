"""Running a program as another numeric user, and with a file system that cannot be written."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_READ_ONLY = 'mount -o remount,bind,ro / && exec "$@"'


def as_user(user: int, *, read_only: bool = False) -> list[str]:
    """What to put before a command so that it runs as user and group ``user``.

    With ``read_only``, the root file system is read-only for it, as in a container with
    ``readOnlyRootFilesystem``. Skips the test where this machine does not allow that.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can run a program as another user")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is missing; on Debian: apt-get install util-linux")
    ids = (f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs")
    prefix = ["setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all", "--"]
    if read_only:
        prefix = ["unshare", "--mount", "--", "sh", "-c", _READ_ONLY, "sh", *prefix]
    tried = subprocess.run(
        [*prefix, sys.executable, "-c", "pass"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"user {user} cannot run this interpreter here: {tried.stderr.strip()}")
    return prefix


@contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that every user can read; pytest's own are for their owner alone."""
    folder = Path(tempfile.mkdtemp(prefix="cors-authz-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
