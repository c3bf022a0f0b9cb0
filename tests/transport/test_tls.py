"""TLS and mutual TLS, on either transport."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pytest

from tests.transport.authority import Authority, ServerFiles
from tests.transport.serving import CHECK, Kind, Served, echo, serving

BEGINNING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0"
"""The preface, SETTINGS, and the acknowledgement of the server's."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Who signs for whom."""

    servers: Authority
    clients: Authority
    files: ServerFiles


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    directory = tmp_path_factory.mktemp("tls")
    servers, clients = Authority("servers"), Authority("clients")
    issued = servers.issue("localhost")
    files = ServerFiles(directory / "chain.pem", directory / "key.pem")
    files.chain.write_bytes(issued.chain)
    files.key.write_bytes(issued.key)
    return Trust(servers, clients, files)


@pytest.fixture
def served(kind: Kind, trust: Trust) -> Iterator[Served]:
    with serving(lambda: kind.make(echo, "127.0.0.1:0", trust.files)) as running:
        yield running


@pytest.fixture
def strict(kind: Kind, trust: Trust, tmp_path: Path) -> Iterator[Served]:
    """Served to clients with a certificate only."""
    authority = tmp_path / "clients.pem"
    authority.write_bytes(trust.clients.certificate)
    files = replace(trust.files, client_authority=authority)
    with serving(lambda: kind.make(echo, "127.0.0.1:0", files)) as running:
        yield running


def check(port: int, credentials: grpc.ChannelCredentials) -> bytes:
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials) as channel:
        reply: bytes = channel.unary_unary(CHECK)(b"secret", timeout=10)
    return reply


def test_a_check_is_answered_over_tls(served: Served, trust: Trust) -> None:
    credentials = grpc.ssl_channel_credentials(trust.servers.certificate)

    assert check(served.port, credentials).startswith(b"secret")


def test_a_large_check_is_answered_over_tls(served: Served, trust: Trust) -> None:
    credentials = grpc.ssl_channel_credentials(trust.servers.certificate)

    with grpc.secure_channel(f"127.0.0.1:{served.port}", credentials) as channel:
        assert len(channel.unary_unary(CHECK)(b"x" * 900_000, timeout=10)) > 900_000


def test_a_peer_without_tls_is_cut_off(served: Served, trust: Trust) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass

    credentials = grpc.ssl_channel_credentials(trust.servers.certificate)
    assert check(served.port, credentials).startswith(b"secret")


def test_a_peer_that_does_not_agree_to_http2_is_cut_off(served: Served, trust: Trust) -> None:
    context = ssl.create_default_context(cadata=trust.servers.certificate.decode())
    context.set_alpn_protocols(["http/1.1"])

    assert received_over_tls(served.port, context) == b""


def received_over_tls(port: int, context: ssl.SSLContext) -> bytes:
    """All that the server says to a request in HTTP/1.1."""
    received = b""
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname="localhost") as secured,
        ):
            secured.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while part := secured.recv(4096):
                received += part
    except (ssl.SSLError, ConnectionResetError):
        pass
    return received


@contextmanager
def mute_peer_of(port: int, context: ssl.SSLContext) -> Iterator[None]:
    """A connection that begins and then neither reads nor writes."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname="localhost") as secured,
    ):
        secured.sendall(BEGINNING)
        time.sleep(0.3)  # until it is read
        yield


def test_a_peer_that_says_nothing_more_does_not_hold_up_the_end(trust: Trust) -> None:
    with (
        serving(lambda: Kind("fast").make(echo, "127.0.0.1:0", trust.files)) as served,
        mute_peer_of(served.port, http2_client(trust)),
    ):
        began_s = time.monotonic()
        served.stop(grace_s=8).result(15)

        assert time.monotonic() - began_s < 6


def test_a_handshake_that_ends_after_the_stop_began_holds_nothing_up(trust: Trust) -> None:
    context = http2_client(trust)
    with (
        serving(lambda: Kind("fast").make(echo, "127.0.0.1:0", trust.files)) as served,
        socket.create_connection(("127.0.0.1", served.port), timeout=10) as late,
        mute_peer_of(served.port, context),
    ):
        began_s = time.monotonic()
        stopped = served.stop(grace_s=8)
        time.sleep(0.3)  # until it has begun, and waits for the mute one

        with suppress(OSError), context.wrap_socket(late, server_hostname="localhost") as secured:
            secured.sendall(BEGINNING)
            while secured.recv(4096):
                pass
        stopped.result(15)

        assert time.monotonic() - began_s < 6


def http2_client(trust: Trust) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=trust.servers.certificate.decode())
    context.set_alpn_protocols(["h2"])
    return context


def test_a_server_over_tls_stops_while_a_peer_is_connected(served: Served, trust: Trust) -> None:
    credentials = grpc.ssl_channel_credentials(trust.servers.certificate)

    with grpc.secure_channel(f"127.0.0.1:{served.port}", credentials) as channel:
        assert channel.unary_unary(CHECK)(b"before", timeout=10)
        served.stop(grace_s=5).result(10)


def test_a_client_with_a_certificate_is_served(strict: Served, trust: Trust) -> None:
    client = trust.clients.issue("envoy")
    credentials = grpc.ssl_channel_credentials(trust.servers.certificate, client.key, client.chain)

    assert check(strict.port, credentials).startswith(b"secret")


@pytest.mark.parametrize("signed_by", [None, "servers", "stranger"])
def test_a_client_without_a_good_certificate_is_refused(
    strict: Served, trust: Trust, signed_by: str | None
) -> None:
    key = chain = None
    if signed_by is not None:
        authority = trust.servers if signed_by == "servers" else Authority("stranger")
        client = authority.issue("envoy")
        key, chain = client.key, client.chain
    credentials = grpc.ssl_channel_credentials(trust.servers.certificate, key, chain)

    with pytest.raises(grpc.RpcError) as raised:
        check(strict.port, credentials)

    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
