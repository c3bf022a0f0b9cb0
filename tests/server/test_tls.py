"""Who may ask over TLS, and how certificates change while a server runs."""

import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from cors_authz.server.options import TRANSPORT_NAMES
from tests.server.policies import PREFLIGHT, write_policies
from tests.support.kubelet import ConfigMapVolume
from tests.support.serving import serve_to_end
from tests.support.sidecar import Sidecar, run_sidecar
from tests.transport.authority import Authority, Issued

METHOD = "/envoy.service.auth.v3.Authorization/Check"
ENVOY = "spiffe://cluster.local/ns/edge/sa/envoy"

REFUSED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.PERMISSION_DENIED}


def secret(served: Issued, clients: Authority | None = None) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {"tls.crt": served.chain, "tls.key": served.key}
    return files if clients is None else {**files, "ca.crt": clients.certificate}


def tls_options(folder: Path) -> tuple[str, ...]:
    return ("--tls-cert", str(folder / "tls.crt"), "--tls-key", str(folder / "tls.key"))


class World:
    """Authorities, a mounted Secret, and a server that uses it."""

    def __init__(self, folder: Path) -> None:
        self.servers, self.clients = Authority("servers"), Authority("clients")
        self.volume = ConfigMapVolume(folder / "secret")
        self.volume.update(secret(self.servers.issue("first"), self.clients))
        self.envoy = self.clients.issue("envoy", uri=ENVOY)
        self.envoy_pem = folder / "envoy.pem"
        self.envoy_pem.write_bytes(self.envoy.chain + self.envoy.key)

    def may_ask(self, target: str, client: Issued | None, servers: Authority | None = None) -> bool:
        trusted = (servers or self.servers).certificate
        key, chain = (None, None) if client is None else (client.key, client.chain)
        credentials = grpc.ssl_channel_credentials(trusted, key, chain)
        with grpc.secure_channel(target, credentials) as channel:
            try:
                channel.unary_unary(METHOD)(PREFLIGHT.SerializeToString(), timeout=10)
            except grpc.RpcError as error:
                if error.code() in REFUSED:
                    return False
                raise
        return True


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(params=TRANSPORT_NAMES)
def sidecar(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[Sidecar]:
    """It accepts clients with a certificate of Envoy's name only."""
    folder = world.volume.folder
    options = (
        *("--workers", "2", "--transport", request.param),
        *tls_options(folder),
        *("--tls-client-ca", str(folder / "ca.crt"), "--tls-client-san", ENVOY),
    )
    with run_sidecar(write_policies(tmp_path), tmp_path, *options) as running:
        yield running


CLIENTS: dict[str, Callable[[World], Issued | None]] = {
    "no certificate": lambda _: None,
    "a wrong authority": lambda world: world.servers.issue("envoy", uri=ENVOY),
    "a stranger's authority of the same name": lambda _: Authority("clients").issue(
        "envoy", uri=ENVOY
    ),
    "another name": lambda world: world.clients.issue("other", uri=f"{ENVOY}2"),
    "Envoy's name as the subject only": lambda world: world.clients.issue(ENVOY),
    "an expired certificate": lambda world: world.clients.issue(
        "envoy", uri=ENVOY, is_expired=True
    ),
}


def test_only_envoy_may_ask(sidecar: Sidecar, world: World) -> None:
    for target in sidecar.targets:
        assert world.may_ask(target, world.envoy)
        for who, make in CLIENTS.items():
            assert not world.may_ask(target, make(world)), who
        assert world.may_ask(target, world.envoy)


def handshake(target: str, world: World, newest: ssl.TLSVersion) -> str | None:
    """The version agreed on with a client that knows none newer than ``newest``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=world.servers.certificate.decode())
    context.load_cert_chain(world.envoy_pem)
    context.set_alpn_protocols(["h2"])
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
    host, _, port = target.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        try:
            with context.wrap_socket(connection, server_hostname="localhost") as secured:
                return secured.version()
        except ssl.SSLError:
            return None


def test_tls_before_1_2_is_refused(sidecar: Sidecar, world: World) -> None:
    target = sidecar.targets[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        refused = handshake(target, world, ssl.TLSVersion.TLSv1_1)
    assert refused is None
    assert handshake(target, world, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert handshake(target, world, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"


def test_a_changed_certificate_is_used_at_once(sidecar: Sidecar, world: World) -> None:
    renewed = Authority("renewed servers")
    world.volume.update(secret(renewed.issue("second"), world.clients))
    sidecar.life.wait_for("tls_reloaded")
    for target in sidecar.targets:
        assert until(lambda: world.may_ask(target, world.envoy, renewed))  # noqa: B023
        assert not world.may_ask(target, world.envoy)


def test_a_changed_authority_counts_at_once(sidecar: Sidecar, world: World) -> None:
    others = Authority("other clients")
    world.volume.update(secret(world.servers.issue("second"), others))
    sidecar.life.wait_for("tls_reloaded")
    admitted = others.issue("envoy", uri=ENVOY)
    for target in sidecar.targets:
        assert until(lambda: world.may_ask(target, admitted))  # noqa: B023
        assert not world.may_ask(target, world.envoy)


def test_an_open_connection_outlives_the_change(sidecar: Sidecar, world: World) -> None:
    credentials = grpc.ssl_channel_credentials(
        world.servers.certificate, world.envoy.key, world.envoy.chain
    )
    with grpc.secure_channel(sidecar.targets[0], credentials) as channel:
        call = channel.unary_unary(METHOD)
        call(PREFLIGHT.SerializeToString(), timeout=10)
        world.volume.update(secret(Authority("renewed").issue("second"), world.clients))
        sidecar.life.wait_for("tls_reloaded")
        for _ in range(20):
            call(PREFLIGHT.SerializeToString(), timeout=10)


BAD: dict[str, Callable[[World], dict[str, str | bytes]]] = {
    "another key": lambda world: {
        **secret(world.servers.issue("a"), world.clients),
        "tls.key": world.servers.issue("b").key,
    },
    "no PEM": lambda world: {**secret(world.servers.issue("a"), world.clients), "ca.crt": "?"},
    "no key": lambda world: {"tls.crt": world.servers.issue("a").chain},
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_a_bad_change_leaves_the_former_in_use(
    sidecar: Sidecar, world: World, make: Callable[[World], dict[str, str | bytes]]
) -> None:
    world.volume.update(make(world))
    failed = sidecar.life.wait_for("tls_reload_failed")
    assert str(world.volume.folder) in failed["problem"]
    for target in sidecar.targets:
        assert world.may_ask(target, world.envoy)


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_a_start_with_bad_files_is_no_reason_to_try_again(
    world: World, tmp_path: Path, make: Callable[[World], dict[str, str | bytes]]
) -> None:
    world.volume.update(make(world))
    folder = world.volume.folder
    authority = ("--tls-client-ca", str(folder / "ca.crt"))
    policies = write_policies(tmp_path)
    ended = serve_to_end("--config", policies, *tls_options(folder), *authority)
    assert ended.returncode == 3
    assert str(folder) in ended.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--tls-cert", "a"),
        ("--tls-key", "a"),
        ("--tls-client-ca", "a"),
        ("--tls-cert", "a", "--tls-key", "a", "--tls-client-san", "b"),
    ],
    ids=" ".join,
)
def test_options_that_need_each_other_are_told(tmp_path: Path, options: tuple[str, ...]) -> None:
    ended = serve_to_end("--config", write_policies(tmp_path), *options)
    assert ended.returncode == 2
    assert "--tls-" in ended.stderr.splitlines()[-1]


def until(holds: Callable[[], bool]) -> bool:
    """Whether it holds soon: the supervisor tells its workers, and then the log."""
    return any(holds() for _ in range(50))
