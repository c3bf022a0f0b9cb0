"""Where a transport can listen: UNIX sockets, by path and abstract, and TCP."""

import os
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from cors_authz.server.endpoint import AddressInvalidError, AddressUnavailableError
from tests.transport.serving import CHECK, Kind, echo, serving

_IPV6 = Path("/proc/net/if_inet6")


def check(target: str) -> bytes:
    with grpc.insecure_channel(target) as channel:
        reply: bytes = channel.unary_unary(CHECK)(b"local", timeout=10)
    return reply


def test_a_check_is_answered_on_a_socket_file(kind: Kind, tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 'authz.sock'}"

    with serving(lambda: kind.make(echo, address)):
        assert check(address).startswith(b"local")


def test_a_check_is_answered_on_an_abstract_socket(kind: Kind) -> None:
    address = f"unix-abstract:cors-authz-test-{os.getpid()}-{kind.name}"

    with serving(lambda: kind.make(echo, address)):
        assert check(address).startswith(b"local")


def test_the_socket_file_is_gone_after_the_server(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "authz.sock"

    with serving(lambda: kind.make(echo, f"unix:{path}")):
        assert path.is_socket()

    assert not path.exists()


def test_a_server_does_not_take_over_a_socket_in_use(tmp_path: Path) -> None:
    """grpcio does, which is why a lock beside the file guards it."""
    address = f"unix:{tmp_path / 'authz.sock'}"
    fast = Kind("fast")

    with serving(lambda: fast.make(echo, address)):
        with pytest.raises(AddressUnavailableError), serving(lambda: fast.make(echo, address)):
            pass
        assert check(address).startswith(b"local")


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("data")

    with (
        pytest.raises(AddressUnavailableError),
        serving(lambda: Kind("fast").make(echo, f"unix:{path}")),
    ):
        pass

    assert path.read_text() == "data"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:65536", "host.invalid:1", "192.0.2.1:1", "unix:/no/where/to/be/found"],
)
def test_an_address_that_is_not_ours_is_unavailable(address: str) -> None:
    with (
        pytest.raises((AddressUnavailableError, AddressInvalidError)),
        serving(lambda: Kind("fast").make(echo, address)),
    ):
        pass


_NEEDS_IPV6 = pytest.mark.skipif(not _IPV6.exists(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    "address",
    [
        "localhost:0",
        "0.0.0.0:0",
        pytest.param("[::]:0", marks=_NEEDS_IPV6),
        pytest.param("[::1]:0", marks=_NEEDS_IPV6),
    ],
)
def test_tcp_addresses_are_written_as_for_grpc(kind: Kind, address: str) -> None:
    with serving(lambda: kind.make(echo, address)) as served:
        host = "[::1]" if address == "[::1]:0" else "127.0.0.1"
        assert check(f"{host}:{served.port}").startswith(b"local")


def test_a_worker_that_is_held_up_loses_no_connection(tmp_path: Path) -> None:
    path, held = tmp_path / "authz.sock", threading.Event()
    with serving(lambda: Kind("fast").make(echo, f"unix:{path}")) as served, ExitStack() as peers:
        peers.callback(held.set)
        served.loop.call_soon_threadsafe(held.wait, 20)
        for _ in range(300):
            peer = peers.enter_context(socket.socket(socket.AF_UNIX))
            peer.setblocking(False)  # noqa: FBT003 - its only argument
            peer.connect(str(path))
