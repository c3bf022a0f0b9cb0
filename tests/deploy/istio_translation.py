"""What Istio's own control plane makes of objects, for an ingress gateway."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.manifests import Manifest
from tests.deploy.tooling import gateway_tool
from tests.deploy.translated import Generated

SIDECAR = "outbound|9191||cors-authz.cors-authz.svc.cluster.local"
SERVICES = {"sidecar": SIDECAR, "upstream": "outbound|8080||orders.shop.svc.cluster.local"}

ISTIO_ONLY = ("istio.metadata_exchange", "istio.alpn")
"""Filters that only Istio's own build of Envoy has; they have no part in what is tested."""


def service(name: str, namespace: str, port: int, protocol: str) -> list[Manifest]:
    """A headless Service with one endpoint."""
    label = {"kubernetes.io/service-name": name}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "clusterIP": "None",
                "ports": [{"name": "main", "port": port, "appProtocol": protocol}],
                "selector": {"app": name},
            },
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-1", "namespace": namespace, "labels": label},
            "addressType": "IPv4",
            "ports": [{"name": "main", "port": port, "protocol": "TCP"}],
            "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
        },
    ]


SURROUNDINGS = [
    *service("cors-authz", "cors-authz", 9191, "grpc"),
    *service("orders", "shop", 8080, "http"),
]


def generated_by_istio(objects: Sequence[Manifest], mesh: Manifest, folder: Path) -> Generated:
    """The configuration of the gateway's Envoy, with a sidecar and a service in the cluster."""
    files = [folder / name for name in ("mesh.yaml", "istio.yaml", "kubernetes.yaml", "made.json")]
    files[0].write_text(yaml.safe_dump(mesh))
    files[1].write_text(yaml.safe_dump_all(objects))
    files[2].write_text(yaml.safe_dump_all(SURROUNDINGS))
    subprocess.run([gateway_tool("istio-xds"), *files], check=True, capture_output=True)
    made: dict[str, Any] = json.loads(files[3].read_text())
    listener = next(each for each in made["listeners"] if each["name"] == "0.0.0.0_80")
    return Generated(listener, made["routes"], made["clusters"])


def without_istio_only(made: Generated) -> Generated:
    """The same, as a plain Envoy can run it."""
    manager = made.manager()
    manager["httpFilters"] = [f for f in manager["httpFilters"] if f["name"] not in ISTIO_ONLY]
    return made
