"""What Istio and Envoy Gateway make of objects for them is understood."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cors_authz.envoy.doctor.examine import Examination, examine
from cors_authz.envoy.doctor.rule import RuleId
from tests.deploy.envoy_gateway_translation import translated_by_envoy_gateway
from tests.deploy.istio_translation import generated_by_istio
from tests.deploy.manifests import Manifest, load_folder
from tests.deploy.tooling import DEPLOY
from tests.envoy_config.written import POLICIES, written

_ADMIN = "type.googleapis.com/envoy.admin.v3"
_OF_ISTIO = load_folder(DEPLOY / "istio")
_OF_ENVOY_GATEWAY = load_folder(DEPLOY / "envoy-gateway")


def _kinds(objects: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    return [each for each in objects if each["kind"] in kinds]


def _behind_istio(objects: list[Manifest], mesh: Manifest, folder: Path) -> Examination:
    made = generated_by_istio(objects, mesh, folder)
    lists: dict[str, Any] = {
        "ListenersConfigDump": {
            "dynamic_listeners": [{"active_state": {"listener": made.listener}}]
        },
        "RoutesConfigDump": {"dynamic_route_configs": [{"route_config": r} for r in made.routes]},
        "ClustersConfigDump": {"dynamic_active_clusters": [{"cluster": c} for c in made.clusters]},
    }
    configs = [{"@type": f"{_ADMIN}.{name}", **fields} for name, fields in lists.items()]
    return examine(json.dumps({"configs": configs}).encode())


def _behind_envoy_gateway(objects: list[Manifest], folder: Path) -> Examination:
    (dump,) = translated_by_envoy_gateway(objects, folder)["xds"].values()
    return examine(json.dumps(dump).encode())


def _rules(examination: Examination) -> set[RuleId]:
    return {finding.rule for finding in examination.findings}


def test_nothing_is_found_behind_envoy_gateway(tmp_path: Path) -> None:
    examination = _behind_envoy_gateway(_OF_ENVOY_GATEWAY, tmp_path)
    assert "gateways/edge/http" in examination.listeners
    assert examination.findings == ()


def test_nothing_is_found_in_what_is_written_for_envoy_gateway(tmp_path: Path) -> None:
    objects = written("gateway", POLICIES, "--upstream", "orders:8080")
    gateway = _kinds(_OF_ENVOY_GATEWAY, "Gateway", "GatewayClass")
    assert _behind_envoy_gateway([*objects, *gateway], tmp_path).findings == ()


def test_without_the_patch_the_lack_of_it_is_found(tmp_path: Path) -> None:
    objects = [each for each in _OF_ENVOY_GATEWAY if each["kind"] != "EnvoyPatchPolicy"]
    expected = {RuleId.MUTATIONS_UNVALIDATED, RuleId.RETRIES_SAME_HOST}
    assert _rules(_behind_envoy_gateway(objects, tmp_path)) == expected


_MESH = yaml.safe_load((DEPLOY / "istio" / "mesh-config.yaml").read_text())["meshConfig"]
_TOLD = {RuleId.MATCHER_UNREAD, RuleId.ESCAPED_SLASHES_KEPT}
"""Istio decides by conditions of its own whether to ask, and may leave escaped slashes alone."""


def test_of_istio_only_its_conditions_and_paths_are_told(tmp_path: Path) -> None:
    assert _rules(_behind_istio(_OF_ISTIO, _MESH, tmp_path)) <= _TOLD


@pytest.mark.parametrize("options", [(), ("--skip-without-origin",)], ids=["plain", "skipping"])
def test_so_it_is_with_what_is_written_for_istio(options: tuple[str, ...], tmp_path: Path) -> None:
    upstream = ("--upstream", "orders.shop.svc.cluster.local:8080")
    objects = written("istio", POLICIES, *upstream, *options)
    (mesh,) = written("istio", POLICIES, *upstream, *options, "--mesh-config")
    gateway = _kinds(_OF_ISTIO, "Gateway")
    examination = _behind_istio([*objects, *gateway], mesh["meshConfig"], tmp_path)
    assert _rules(examination) <= _TOLD


def test_without_the_envoy_filter_the_lack_of_it_is_found(tmp_path: Path) -> None:
    objects = [each for each in _OF_ISTIO if each["kind"] != "EnvoyFilter"]
    found = _rules(_behind_istio(objects, _MESH, tmp_path))
    assert {RuleId.MUTATIONS_UNVALIDATED, RuleId.RETRIES_MISSING} <= found
