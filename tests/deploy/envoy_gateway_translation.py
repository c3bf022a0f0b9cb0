"""What Envoy Gateway's own translator makes of objects."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.manifests import Manifest
from tests.deploy.tooling import gateway_tool
from tests.deploy.translated import Generated

_KINDS = ("gatewayClass", "gateways", "httpRoutes", "securityPolicies", "envoyPatchPolicies")

# What is in the cluster beside our own objects. The translator wants an address of every Service.
SURROUNDINGS: list[dict[str, Any]] = [
    *(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in ("gateways", "cors-authz")
    ),
    *(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": "127.0.0.1", "ports": [{"name": "a", "port": port}]},
        }
        for name, namespace, port in (
            ("cors-authz", "cors-authz", 9191),
            ("orders", "gateways", 8080),
        )
    ),
]


def translated_by_envoy_gateway(objects: Sequence[Manifest], folder: Path) -> Any:
    """The translator's output, with a sidecar and a service in the cluster."""
    given = folder / "objects.yaml"
    given.write_text(yaml.safe_dump_all([*objects, *SURROUNDINGS]))
    translate = ("x", "translate", "--from", "gateway-api", "--to", "gateway-api,xds", "-o", "json")
    printed = subprocess.check_output([gateway_tool("egctl"), *translate, "--file", given])
    return json.loads(printed)


def generated(translation: Any) -> Generated:
    configs = {
        c["@type"].rpartition(".")[2]: c for c in translation["xds"]["gateways/edge"]["configs"]
    }
    listeners = [
        e["activeState"]["listener"] for e in configs["ListenersConfigDump"]["dynamicListeners"]
    ]
    routes = configs["RoutesConfigDump"]["dynamicRouteConfigs"]
    clusters = configs["ClustersConfigDump"]["dynamicActiveClusters"]
    return Generated(
        next(_plain(each) for each in listeners if each["name"] == "gateways/edge/http"),
        [_plain(entry["routeConfig"]) for entry in routes],
        [_plain(entry["cluster"]) for entry in clusters],
    )


def conditions_of(translation: Any) -> list[Any]:
    """What the translator says of each object."""
    return [
        condition
        for kind in _KINDS
        for found in (
            translation[kind] if isinstance(translation[kind], list) else [translation[kind]]
        )
        for holder in _holders(found["status"])
        for condition in holder["conditions"]
    ]


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """A message out of its ``Any``."""
    return {key: value for key, value in message.items() if key != "@type"}


def _holders(status: Any) -> list[Any]:
    nested = [
        *status.get("listeners", ()),
        *status.get("parents", ()),
        *status.get("ancestors", ()),
    ]
    return nested or [status]
