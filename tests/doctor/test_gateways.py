"""What Istio and Envoy Gateway make of the examples for them is understood."""

import json
from pathlib import Path

from cors_authz.envoy.doctor.examine import examine
from cors_authz.envoy.doctor.rule import RuleId
from tests.deploy import test_envoy_gateway, test_istio

_ADMIN = "type.googleapis.com/envoy.admin.v3"


def test_nothing_is_found_in_what_envoy_gateway_makes(tmp_path: Path) -> None:
    (dump,) = test_envoy_gateway.translated(tmp_path)["xds"].values()
    examination = examine(json.dumps(dump).encode())
    assert "gateways/edge/http" in examination.listeners
    assert examination.findings == ()


def test_without_the_patch_the_lack_of_it_is_found(tmp_path: Path) -> None:
    translation = test_envoy_gateway.translated(tmp_path, without="EnvoyPatchPolicy")
    (dump,) = translation["xds"].values()
    found = {finding.rule for finding in examine(json.dumps(dump).encode()).findings}
    assert {RuleId.MUTATIONS_UNVALIDATED, RuleId.RETRIES_SAME_HOST} <= found


def _istio(folder: Path, *, without: str = "") -> set[str]:
    made = test_istio.generated(folder, without=without)
    lists = {
        "ListenersConfigDump": {
            "dynamic_listeners": [{"active_state": {"listener": made.listener}}]
        },
        "RoutesConfigDump": {"dynamic_route_configs": [{"route_config": r} for r in made.routes]},
        "ClustersConfigDump": {"dynamic_active_clusters": [{"cluster": c} for c in made.clusters]},
    }
    configs = [{"@type": f"{_ADMIN}.{name}", **fields} for name, fields in lists.items()]
    return {f.rule for f in examine(json.dumps({"configs": configs}).encode()).findings}


def test_of_what_istio_makes_only_its_conditions_and_escaped_slashes_are_told(
    tmp_path: Path,
) -> None:
    assert _istio(tmp_path) <= {RuleId.MATCHER_UNREAD, RuleId.ESCAPED_SLASHES_KEPT}


def test_without_the_envoy_filter_the_lack_of_it_is_found(tmp_path: Path) -> None:
    expected = {RuleId.MUTATIONS_UNVALIDATED, RuleId.RETRIES_MISSING}
    assert expected <= _istio(tmp_path, without="EnvoyFilter")
