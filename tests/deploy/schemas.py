"""Checks objects against the schemas that Kubernetes and the custom resources publish.

A custom resource's rules in CEL (``x-kubernetes-validations``) are not evaluated.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from tests.deploy.manifests import Manifest
from tests.deploy.tooling import schema_folder

OLDEST_KUBERNETES = "1.29"
"""The first version with native sidecars switched on."""
NEWEST_KUBERNETES = "1.37"


class _Loader(yaml.CSafeLoader):
    """Reads ``=`` as a text, as everybody but YAML 1.1 does."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)

_CUSTOM = {
    "gateway.envoyproxy.io": "envoy-gateway",
    "gateway.networking.k8s.io": "gateway-api",
    "networking.istio.io": "istio",
    "security.istio.io": "istio",
    "monitoring.coreos.com": "prometheus-operator",
}
"""Where the definitions of an API group's kinds are."""


def schema_faults(manifest: Manifest) -> list[str]:
    """What the schemas say against an object; unknown fields are faults."""
    group = manifest["apiVersion"].rpartition("/")[0]
    if group in _CUSTOM:
        validator = _validator(group, manifest["apiVersion"], manifest["kind"])
        return [
            f"{manifest['kind']}.{error.json_path}: {error.message[:300]}"
            for error in validator.iter_errors(manifest)
        ]
    return list(_kubernetes_faults(manifest))


def _kubernetes_faults(manifest: Manifest) -> Iterator[str]:
    for version in (OLDEST_KUBERNETES, NEWEST_KUBERNETES):
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{manifest['kind']}.{error.json_path}: {error.message[:300]} ({version})"


@cache
def _validator(group: str, api_version: str, kind: str) -> jsonschema.Draft202012Validator:
    for path in sorted(schema_folder(_CUSTOM[group]).glob("*.yaml")):
        for definition in yaml.load_all(path.read_text(), _Loader):
            if not definition or definition["kind"] != "CustomResourceDefinition":
                continue
            spec = definition["spec"]
            if spec["group"] != group or spec["names"]["kind"] != kind:
                continue
            for version in spec["versions"]:
                if f"{group}/{version['name']}" == api_version and version["served"]:
                    schema = _closed(version["schema"]["openAPIV3Schema"])
                    # Every object has these; not every definition says so.
                    schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
                    return jsonschema.Draft202012Validator(schema)
    raise LookupError(f"no definition of {api_version} {kind}")


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with unknown fields refused, where the API server would drop them.

    Only the structural part is closed: what stands below ``allOf`` and its like adds
    conditions, and knows only some of the fields.
    """
    closed = dict(schema)
    if "properties" in schema:
        closed["properties"] = {k: _closed(v) for k, v in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            closed.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            closed[key] = _closed(schema[key])
    if schema.get("nullable") and "type" in schema:
        closed["type"] = [schema["type"], "null"]
    return closed
