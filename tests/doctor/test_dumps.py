"""What Envoy's admin API says of its configuration is understood as the configuration is."""

import copy
import json
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from cors_authz.envoy.doctor.examine import examine
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Expectations
from tests.doctor.case import Case
from tests.doctor.cases import CASES
from tests.doctor.world import World
from tests.support.bootstrap import AUTHZ_CLUSTER, Json
from tests.support.envoy import Envoy, run_envoy

_BOOTSTRAP = Path(__file__).parents[2] / "deploy/envoy/envoy.yaml"
_API = "type.googleapis.com/envoy"


def _dump(envoy: Envoy, query: str) -> bytes:
    url = f"http://127.0.0.1:{envoy.admin_port}/config_dump{query}"
    with urllib.request.urlopen(url, timeout=10) as response:
        content: bytes = response.read()
        return content


@pytest.fixture(scope="module")
def dump(world: World) -> Json:
    found: Json = json.loads(_dump(world.envoy, "?include_eds"))
    return found


def _only(dump: Json, name: str) -> bytes:
    """What the dump would be if its Envoy had the listener of this name alone."""
    kept = []
    for config in dump["configs"]:
        match config["@type"].rpartition(".")[2]:
            case "ListenersConfigDump":
                (listener,) = (
                    each for each in config["static_listeners"] if each["listener"]["name"] == name
                )
                kept.append({**config, "static_listeners": [listener]})
            case "ClustersConfigDump":
                own = [
                    each
                    for each in config["static_clusters"]
                    if not each["cluster"]["name"].startswith(f"{AUTHZ_CLUSTER} of ")
                    or each["cluster"]["name"] == f"{AUTHZ_CLUSTER} of {name}"
                ]
                kept.append({**config, "static_clusters": own})
    return json.dumps({"configs": kept}).encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_found_in_the_dump_too(dump: Json, case: Case) -> None:
    content = _only(dump, f"{case.name}, mistaken")
    found = examine(content, expectations=case.expectations).findings
    redacted = case.rule == RuleId.GROUP_UNKNOWN
    assert {finding.rule for finding in found} == {RuleId.GROUPS_UNREAD if redacted else case.rule}
    assert all(finding.at is None for finding in found)


def _recommended() -> Json:
    bootstrap: Json = yaml.safe_load(_BOOTSTRAP.read_text())
    address = bootstrap["static_resources"]["listeners"][0]["address"]
    address["socket_address"] = {"address": "127.0.0.1", "port_value": 0}
    return bootstrap


@pytest.mark.parametrize("query", ["", "?include_eds"])
def test_nothing_is_found_in_the_dump_of_the_recommended_bootstrap(
    tmp_path: Path, query: str
) -> None:
    with run_envoy(_recommended(), tmp_path) as envoy:
        examination = examine(_dump(envoy, query), expectations=Expectations(workers=1))
    assert (examination.listeners, examination.targets) == (("edge",), ("cors_authz",))
    assert examination.findings == ()


class _ControlPlane:
    """Resources in files, from which Envoy takes them as from a control plane."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def source(self, name: str) -> Json:
        path = {"path": str(self._folder / name)}
        return {"path_config_source": path, "resource_api_version": "V3"}

    def write(self, name: str, message: str, resources: Sequence[Json]) -> None:
        typed = [{"@type": f"{_API}.config.{message}", **resource} for resource in resources]
        content = json.dumps({"version_info": "1", "resources": typed})
        (self._folder / name).write_text(content)


def _discovered(plane: _ControlPlane) -> Json:
    """The recommended configuration, of which nothing stands in the bootstrap."""
    resources = copy.deepcopy(_recommended()["static_resources"])
    (listener,) = resources["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    plane.write("rds", "route.v3.RouteConfiguration", [manager.pop("route_config")])
    manager["rds"] = {"route_config_name": "main", "config_source": plane.source("rds")}
    authz = manager["http_filters"][0]
    plane.write("ecds", "core.v3.TypedExtensionConfig", [authz])
    types = [authz["typed_config"]["@type"]]
    discovery = {"config_source": plane.source("ecds"), "type_urls": types}
    manager["http_filters"][0] = {"name": authz["name"], "config_discovery": discovery}
    plane.write("lds", "listener.v3.Listener", [listener])
    cluster = resources["clusters"][0]
    assignment = {**cluster.pop("load_assignment"), "cluster_name": "workers"}
    plane.write("eds", "endpoint.v3.ClusterLoadAssignment", [assignment])
    cluster["type"] = "EDS"
    cluster["eds_cluster_config"] = {"eds_config": plane.source("eds"), "service_name": "workers"}
    plane.write("cds", "cluster.v3.Cluster", resources["clusters"])
    return {
        "node": {"id": "edge", "cluster": "edge"},
        "dynamic_resources": {
            "lds_config": plane.source("lds"),
            "cds_config": plane.source("cds"),
        },
    }


def _dump_with(envoy: Envoy, *kinds: bytes) -> bytes:
    """The dump, as soon as it has all of these."""
    deadline = time.monotonic() + 10
    while not all(kind in (content := _dump(envoy, "?include_eds")) for kind in kinds):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return content


def test_what_a_control_plane_told_is_followed(tmp_path: Path) -> None:
    """Listeners, routes, the filter, the cluster and its endpoints are all discovered."""
    with run_envoy(_discovered(_ControlPlane(tmp_path)), tmp_path) as envoy:
        content = _dump_with(envoy, b"dynamic_listeners", b"ecds_filter", b'"main"')
    assert examine(content).findings == ()
    two = examine(content, expectations=Expectations(workers=2))
    assert [finding.rule for finding in two.findings] == ["workers-unreached"]
    assert two.findings[0].where == "endpoints[workers]"


def _scoped(plane: _ControlPlane) -> Json:
    """The recommended configuration, whose routes a header of requests chooses."""
    bootstrap = _recommended()
    (listener,) = bootstrap["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    table = manager.pop("route_config")
    table["virtual_hosts"][0]["routes"].pop()
    plane.write("rds", "route.v3.RouteConfiguration", [table])
    scope = {
        "name": "one",
        "route_configuration_name": table["name"],
        "key": {"fragments": [{"string_key": "one"}]},
    }
    plane.write("scopes", "route.v3.ScopedRouteConfiguration", [scope])
    extractor = {"name": "x-tenant", "element_separator": ";", "index": 0}
    manager["scoped_routes"] = {
        "name": "tenants",
        "scope_key_builder": {"fragments": [{"header_value_extractor": extractor}]},
        "rds_config_source": plane.source("rds"),
        "scoped_rds": {"scoped_rds_config_source": plane.source("scopes")},
    }
    return {"node": {"id": "edge", "cluster": "edge"}, **bootstrap}


def test_routes_that_scopes_choose_are_followed(tmp_path: Path) -> None:
    with run_envoy(_scoped(_ControlPlane(tmp_path)), tmp_path) as envoy:
        content = _dump_with(envoy, b"route_configuration_name", b"dynamic_route_configs")
    assert [finding.rule for finding in examine(content).findings] == ["catch-all-missing"]


def test_a_discovered_table_is_not_confused_with_a_listeners_own() -> None:
    listener = copy.deepcopy(_recommended()["static_resources"]["listeners"][0])
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    table = manager.pop("route_config")
    manager["rds"] = {"route_config_name": "main", "config_source": {"ads": {}}}
    routes = {
        "static_route_configs": [{"route_config": {"name": "main", "virtual_hosts": [{}]}}],
        "dynamic_route_configs": [{"route_config": table}],
    }
    lists = {
        "ListenersConfigDump": {"static_listeners": [{"listener": listener}]},
        "RoutesConfigDump": routes,
    }
    configs = [{"@type": f"{_API}.admin.v3.{name}", **fields} for name, fields in lists.items()]
    examination = examine(json.dumps({"configs": configs}).encode())
    assert [finding.rule for finding in examination.findings] == ["cluster-unseen"]
