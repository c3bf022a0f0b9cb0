"""The objects for Istio, and what Istio makes of them for an ingress gateway in a real Envoy."""

from pathlib import Path
from typing import Any

import yaml

from tests.deploy.gateway_behaviour import (
    assert_checks_what_no_route_takes,
    assert_enforces,
    assert_fails_closed,
)
from tests.deploy.istio_translation import (
    ISTIO_ONLY,
    SERVICES,
    generated_by_istio,
    without_istio_only,
)
from tests.deploy.manifests import load_folder
from tests.deploy.schemas import schema_faults
from tests.deploy.tooling import DEPLOY
from tests.deploy.translated import Generated, run_gateway

FOLDER = DEPLOY / "istio"
MESH_CONFIG = yaml.safe_load((FOLDER / "mesh-config.yaml").read_text())["meshConfig"]


def generated(folder: Path, *, without: str = "") -> Generated:
    objects = [m for m in load_folder(FOLDER) if m["kind"] != without]
    return generated_by_istio(objects, MESH_CONFIG, folder)


def ext_authz(made: Generated) -> Any:
    filters = made.manager()["httpFilters"]
    return next(f["typedConfig"] for f in filters if f["name"] == "envoy.filters.http.ext_authz")


def test_objects_fit_the_schemas() -> None:
    manifests = load_folder(FOLDER)
    assert {m["kind"] for m in manifests} >= {
        "AuthorizationPolicy",
        "EnvoyFilter",
        "VirtualService",
    }
    assert [fault for manifest in manifests for fault in schema_faults(manifest)] == []


def test_policies_are_chosen_by_provider_and_never_by_method() -> None:
    (policy,) = (m["spec"] for m in load_folder(FOLDER) if m["kind"] == "AuthorizationPolicy")
    assert policy["provider"]["name"] in [p["name"] for p in MESH_CONFIG["extensionProviders"]]
    operations = [to["operation"] for rule in policy["rules"] for to in rule["to"]]
    assert [o for o in operations if {"methods", "notMethods"} & set(o)] == []


def test_it_enforces_in_a_real_envoy(tmp_path: Path) -> None:
    made = without_istio_only(generated(tmp_path))
    with run_gateway(made, SERVICES, tmp_path) as gateway:
        assert_enforces(gateway)
        assert_checks_what_no_route_takes(gateway)
        assert gateway.send("GET", "/healthz", ("origin", "null")).status == 404
        assert_fails_closed(gateway)
        assert gateway.send("GET", "/healthz", ("origin", "null")).status == 404


def test_the_check_comes_before_everything_that_could_refuse(tmp_path: Path) -> None:
    names = [name for name in generated(tmp_path).filters() if name not in ISTIO_ONLY]
    # The first decides, by the rules of the AuthorizationPolicy, whether the second is asked.
    assert names[:2] == ["envoy.filters.http.rbac", "envoy.filters.http.ext_authz"]


def test_the_provider_is_configured_as_recommended(tmp_path: Path) -> None:
    config = ext_authz(generated(tmp_path))
    assert config["grpcService"]["timeout"] == "0.250s"
    assert config["statusOnError"] == {"code": "ServiceUnavailable"}
    assert not config.get("failureModeAllow", False)


def test_the_envoy_filter_adds_what_the_provider_cannot_say(tmp_path: Path) -> None:
    with_it, without_it = tmp_path / "with", tmp_path / "without"
    with_it.mkdir()
    without_it.mkdir()
    added = ext_authz(generated(with_it))
    plain = ext_authz(generated(without_it, without="EnvoyFilter"))
    assert added["validateMutations"] is True
    assert added["chargeClusterResponseStats"] is False
    assert {"exact": "origin", "ignoreCase": True} in added["allowedHeaders"]["patterns"]
    assert "retryHostPredicate" in added["grpcService"]["retryPolicy"]
    assert {"validateMutations", "allowedHeaders"} & set(plain) == set()
    assert "retryPolicy" not in plain["grpcService"]
