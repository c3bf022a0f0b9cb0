"""One Envoy with a listener for every fixture, mistaken and mended."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.doctor.case import Case, Draft
from tests.doctor.cases import CASES
from tests.doctor.services import run_services
from tests.doctor.world import World
from tests.support.bootstrap import AUTHZ_CLUSTER, Endpoints, Json, Listener, build_bootstrap, route
from tests.support.envoy import run_envoy
from tests.support.sidecar import run_sidecar
from tests.support.upstream import run_upstream

_ROUTES = (
    route("/healthz", checked=False),
    route("/open", group="open"),
    route("/strict", group="strict"),
    route("/browsers", group="browsers"),
    route("/"),
)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("doctor")
    policies = Path(__file__).parent / "policies.yaml"
    with (
        run_upstream() as upstream,
        run_sidecar(policies, directory) as sidecar,
        run_services() as services,
    ):
        ports = {**services.ports, "sidecar": sidecar.port, "app": upstream.port}
        bootstraps = {
            name: _named(draft, name, ports)
            for case in CASES
            for name, draft in variants(case, directory / "access.log").items()
        }
        with run_envoy(_together(bootstraps), directory) as envoy:
            yield World(envoy, upstream, services, bootstraps)


def variants(case: Case, access_log: Path) -> Mapping[str, Draft]:
    """The mistaken and the mended bootstrap of a case, with names of services for ports."""
    found = {}
    for variant, edit in (("mistaken", case.harm), ("mended", case.mend)):
        listener = Listener("edge", copy.deepcopy(_ROUTES))
        clusters: dict[str, Endpoints] = {AUTHZ_CLUSTER: ["127.0.0.1:1"], "app": 1, "down": 1}
        draft = Draft(copy.deepcopy(build_bootstrap([listener], clusters, access_log)))
        draft.answer_with("sidecar")
        # Time for a machine that is busy with other tests.
        draft.cluster["health_checks"][0].update(timeout="5s", unhealthy_threshold=3)
        case.setup(draft)
        edit(draft)
        found[f"{case.name}, {variant}"] = draft
    return found


def _named(draft: Draft, name: str, ports: Mapping[str, int]) -> Json:
    """The bootstrap with real ports, and names that it shares with no other."""
    draft.listener["name"] = name
    placed: Json = _replace(draft.bootstrap, name, ports)
    for cluster in placed["static_resources"]["clusters"]:
        if cluster["name"] == "app":
            address = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
            address["address"]["socket_address"]["port_value"] = ports["app"]
    return placed


def _replace(value: Any, name: str, ports: Mapping[str, int]) -> Any:
    if isinstance(value, list):
        return [_replace(each, name, ports) for each in value]
    if not isinstance(value, dict):
        return value
    replaced: Json = {}
    for key, inner in value.items():
        if key == "port_value" and isinstance(inner, str):
            replaced[key] = ports[inner]
        elif key == "target_uri":
            replaced[key] = inner.format(**ports)
        elif inner == AUTHZ_CLUSTER and key != "stat_prefix":
            replaced[key] = f"{AUTHZ_CLUSTER} of {name}"
        else:
            replaced[key] = _replace(inner, name, ports)
    return replaced


def _together(bootstraps: Mapping[str, Json]) -> Json:
    listeners = [b["static_resources"]["listeners"][0] for b in bootstraps.values()]
    clusters = {
        cluster["name"]: cluster
        for bootstrap in bootstraps.values()
        for cluster in bootstrap["static_resources"]["clusters"]
    }
    return {"static_resources": {"listeners": listeners, "clusters": list(clusters.values())}}
