"""What is written is what ``deploy/`` shows, and what the doctor has nothing to say about."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.tooling import DEPLOY
from tests.envoy_config.written import POLICIES, call, manager_of, written

SHOWN = yaml.safe_load((DEPLOY / "envoy" / "envoy.yaml").read_text())
_DURATION = re.compile(r"[0-9.]+s")


def comparable(value: Any) -> Any:
    """The value without the order of its patterns, and the spelling of durations and numbers."""
    if isinstance(value, dict):
        return {key: comparable(each) for key, each in value.items()}
    if isinstance(value, list):
        found = [comparable(each) for each in value]
        return sorted(found, key=str)
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return float(value.removesuffix("s"))
    return int(value) if isinstance(value, str) and value.isdigit() else value


def clusters_of(bootstrap: Any) -> Any:
    return comparable(bootstrap["static_resources"]["clusters"])


def filter_of(bootstrap: Any) -> Any:
    config = manager_of(bootstrap)["http_filters"][0]["typed_config"]
    # False is what it is when nothing stands there.
    return comparable({k: v for k, v in config.items() if k != "failure_mode_allow"})


def test_the_filter_and_both_clusters_are_the_ones_that_are_shown() -> None:
    (bootstrap,) = written("bootstrap", POLICIES)
    assert filter_of(bootstrap) == filter_of(SHOWN)
    assert clusters_of(bootstrap) == clusters_of(SHOWN)


def test_so_is_the_connection_manager_apart_from_routes_and_log() -> None:
    (bootstrap,) = written("bootstrap", POLICIES)
    differing = ("route_config", "access_log", "http_filters")
    found, shown = (
        {key: value for key, value in manager_of(each).items() if key not in differing}
        for each in (bootstrap, SHOWN)
    )
    assert comparable(found) == comparable(shown)


def test_so_is_the_cluster_with_certificates_on_both_sides() -> None:
    component = DEPLOY / "kustomize" / "components" / "mtls" / "envoy-cluster.yaml"
    files = {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key"}
    options = [o for name, f in files.items() for o in (f"--sidecar-{name}", f"/etc/envoy-tls/{f}")]
    address = ("--sidecar", "cors-authz.cors-authz.svc.cluster.local:9191")
    (parts,) = written("filter", POLICIES, *address, *options)
    assert comparable(parts["clusters"]) == [comparable(yaml.safe_load(component.read_text()))]


def test_options_of_the_edge_stand_where_they_belong() -> None:
    options = ("--trusted-hops", "2", "--admin", "127.0.0.1:9901", "--listen", "[::1]:8443")
    (bootstrap,) = written("bootstrap", POLICIES, *options)
    assert manager_of(bootstrap)["xff_num_trusted_hops"] == 2
    address = {"address": "127.0.0.1", "port_value": 9901}
    assert bootstrap["admin"] == {"address": {"socket_address": address}}
    (listener,) = bootstrap["static_resources"]["listeners"]
    assert listener["address"] == {"socket_address": {"address": "::1", "port_value": 8443}}


def test_every_ipv6_address_includes_every_ipv4_address() -> None:
    """Envoy's own default takes IPv6 alone, unlike other servers."""
    (bootstrap,) = written("bootstrap", POLICIES, "--listen", "[::]:8443", "--admin", "[::]:9901")
    (listener,) = bootstrap["static_resources"]["listeners"]
    for each in (listener, bootstrap["admin"]):
        assert each["address"]["socket_address"]["ipv4_compat"] is True


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="nothing said"),
        pytest.param(("--skip-without-origin",), id="skipping"),
        pytest.param(("--sidecar", "unix:/run/authz.sock", "--workers", "2"), id="sockets"),
        pytest.param(("--sidecar", "authz.test:9191", "--sidecar-ca", "/ca.crt"), id="TLS"),
    ],
)
def test_the_doctor_finds_nothing_in_what_is_written(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "envoy.yaml"
    path.write_text(call("bootstrap", POLICIES, *options).stdout)
    examined = call("doctor", path, "--policies", POLICIES)
    assert (examined.exit_code, examined.stdout.splitlines()[0]) == (
        0,
        "healthy: 0 errors, 0 warnings, 0 notes",
    )
