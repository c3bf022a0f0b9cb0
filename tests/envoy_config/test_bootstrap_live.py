"""Bootstraps as they are written, in a real Envoy with a real sidecar."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cors_authz.policy.pattern import PatternError
from cors_authz.policy.router import check_path_entry
from tests.deploy.commands import free_port
from tests.envoy_config.requests import ROWS, Row, assert_becomes
from tests.envoy_config.written import API, SHOP, Edge, run_edge
from tests.support.child import stop
from tests.transport.authority import Authority

Options = tuple[tuple[str, ...], tuple[str, ...]]
"""Those of ``serve``, and those of ``envoy bootstrap``."""


def one_port(_: Path) -> Options:
    return (), ()


def two_ports(_: Path) -> Options:
    listen = f"127.0.0.1:{free_port(2)}"
    return ("--listen", listen, "--workers", "2"), ("--sidecar", listen, "--workers", "2")


def one_socket(folder: Path) -> Options:
    return ("--listen", f"unix:{folder}/authz.sock"), ()


def two_sockets(folder: Path) -> Options:
    listen = f"unix:{folder}/authz.sock"
    return ("--listen", listen, "--workers", "2"), ("--sidecar", listen, "--workers", "2")


def certificates_of_both(folder: Path) -> Options:
    authority = Authority("both")
    (folder / "ca.crt").write_bytes(authority.certificate)
    for name in ("cors-authz", "envoy"):
        issued = authority.issue(name)
        (folder / f"{name}.crt").write_bytes(issued.chain)
        (folder / f"{name}.key").write_bytes(issued.key)
    listen = f"localhost:{free_port(2)}"
    served = ("--tls-cert", f"{folder}/cors-authz.crt", "--tls-key", f"{folder}/cors-authz.key")
    shown = ("--sidecar-cert", f"{folder}/envoy.crt", "--sidecar-key", f"{folder}/envoy.key")
    return (
        ("--listen", listen, "--workers", "2", *served, "--tls-client-ca", f"{folder}/ca.crt"),
        ("--sidecar", listen, "--workers", "2", "--sidecar-ca", f"{folder}/ca.crt", *shown),
    )


def skipping(_: Path) -> Options:
    return (), ("--skip-without-origin",)


WORLDS: tuple[Callable[[Path], Options], ...] = (
    one_port,
    two_ports,
    one_socket,
    two_sockets,
    certificates_of_both,
    skipping,
)


@pytest.fixture(scope="module", params=WORLDS, ids=lambda world: world.__name__)
def edge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    serving, writing = request.param(folder)
    with run_edge(folder, serving, writing) as running:
        yield running


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_every_request_becomes_what_the_policies_say(edge: Edge, row: Row) -> None:
    assert_becomes(edge, row)


@pytest.mark.parametrize("character", "!\"$&'()*+,-:;<=>@[]^_`{|}~")
def test_a_path_in_a_policy_holds_what_envoy_leaves_as_it_is(edge: Edge, character: str) -> None:
    """Else its entry fits no request, and the path belongs to no group without a word."""
    edge.send("GET", f"/orders/a{character}b")
    arrived = edge.upstream.requests[-1].path
    if arrived == f"/orders/a{character}b":
        check_path_entry(arrived)
    else:
        assert arrived == f"/orders/a%{ord(character):X}b"
        with pytest.raises(PatternError):
            check_path_entry(f"/orders/a{character}b")


def test_every_worker_is_asked(edge: Edge) -> None:
    for _ in range(20):
        edge.send("GET", "/orders/1", SHOP)
    lines = edge.sidecar.life.since(0)
    workers = next(len(line["workers"]) for line in lines if line["event"] == "started")
    told = json.loads(edge.envoy.ask("/clusters?format=json"))["cluster_statuses"]
    (cluster,) = (each for each in told if each["name"] == "cors_authz")
    asked = [
        int(stat.get("value", 0))
        for host in cluster["host_statuses"]
        for stat in host["stats"]
        if stat["name"] == "rq_total"
    ]
    assert len(asked) == workers
    assert min(asked) >= 20 // workers


def logged(edge: Edge, path: str) -> list[str]:
    """The lines of Envoy's access log about a path."""
    lines = (edge.folder / "envoy.out").read_text().splitlines()
    return [line for line in lines if f" {path} " in line]


def test_the_access_log_tells_the_decision(edge: Edge) -> None:
    edge.send("GET", "/orders/logged", SHOP)
    deadline = time.monotonic() + 5
    while not (found := logged(edge, "/orders/logged")) and time.monotonic() < deadline:
        time.sleep(0.02)
    (line,) = found
    assert line.startswith("GET /orders/logged 200 ")
    assert line.endswith(" cors=allow reason=allowed group=orders")


@pytest.mark.parametrize("world", [two_ports, skipping], ids=lambda world: world.__name__)
def test_without_a_sidecar_nothing_is_decided_in_its_place(
    world: Callable[[Path], Options], tmp_path: Path
) -> None:
    serving, writing = world(tmp_path)
    with run_edge(tmp_path, serving, writing) as edge:
        stop(edge.sidecar.process)
        refused = edge.send("GET", "/orders/1", SHOP)
        assert (refused.status, refused.cors_headers()) == (503, ())
        assert edge.send("OPTIONS", "/orders/1", SHOP).status == 503
        assert edge.upstream.requests == []
        status = 200 if world is skipping else 503
        assert edge.send("GET", "/orders/1", host=API).status == status
