"""A socket file has one server, and is open to whom the operator says."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cors_authz.server.endpoint import AddressUnavailableError
from cors_authz.server.unix_socket import SocketAccess, claim_path, open_to, private_creation


@contextmanager
def listening(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield


def test_a_path_is_claimed_once(tmp_path: Path) -> None:
    lock = claim_path(tmp_path / "a.sock")
    with pytest.raises(AddressUnavailableError, match="another server"):
        claim_path(tmp_path / "a.sock")
    os.close(lock)
    os.close(claim_path(tmp_path / "a.sock"))


def test_a_claim_lasts_as_long_as_any_process_that_inherited_it(tmp_path: Path) -> None:
    """A worker that outlives its supervisor still has the socket."""
    lock = claim_path(tmp_path / "a.sock")
    command = (sys.executable, "-c", "input()")
    with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(lock,)) as child:
        os.close(lock)
        with pytest.raises(AddressUnavailableError):
            claim_path(tmp_path / "a.sock")
        child.communicate(b"\n")
    os.close(claim_path(tmp_path / "a.sock"))


def test_a_server_that_knows_no_locks_keeps_its_path(tmp_path: Path) -> None:
    with listening(tmp_path / "a.sock"), pytest.raises(AddressUnavailableError, match="another"):
        claim_path(tmp_path / "a.sock")
    assert (tmp_path / "a.sock").exists()


def test_a_stale_socket_is_no_hindrance(tmp_path: Path) -> None:
    with listening(tmp_path / "a.sock"):
        pass
    os.close(claim_path(tmp_path / "a.sock"))


@pytest.mark.parametrize("kind", ["file", "folder", "link to a file"])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.sock"
    if kind == "folder":
        path.mkdir()
    elif kind == "file":
        path.write_text("precious")
    else:
        (tmp_path / "precious").write_text("precious")
        path.symlink_to("precious")
    with pytest.raises(AddressUnavailableError, match="no socket"):
        claim_path(path)
    assert path.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AddressUnavailableError, match="No such file"):
        claim_path(tmp_path / "gone" / "a.sock")


def test_a_socket_is_private_until_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with private_creation(), listening(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        open_to(path, SocketAccess(0o666, os.getgid()))
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        assert path.stat().st_gid == os.getgid()
    (tmp_path / "after").touch()
    assert stat.S_IMODE((tmp_path / "after").stat().st_mode) != 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="root is in every group")
def test_a_group_that_we_are_not_in_is_told(tmp_path: Path) -> None:
    with listening(tmp_path / "a.sock"), pytest.raises(AddressUnavailableError, match="group"):
        open_to(tmp_path / "a.sock", SocketAccess(0o660, 0))
