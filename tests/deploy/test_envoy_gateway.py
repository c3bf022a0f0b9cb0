"""The objects for Envoy Gateway, and what Envoy Gateway makes of them in a real Envoy."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.envoy_gateway_translation import (
    conditions_of,
    generated,
    translated_by_envoy_gateway,
)
from tests.deploy.gateway_behaviour import (
    assert_checks_what_no_route_takes,
    assert_enforces,
    assert_fails_closed,
)
from tests.deploy.manifests import Manifest, helm_template, load_folder, the
from tests.deploy.schemas import schema_faults
from tests.deploy.tooling import DEPLOY, ROOT
from tests.deploy.translated import run_gateway
from tests.deploy.walkthrough import blocks

FOLDER = DEPLOY / "envoy-gateway"
FILTER = "envoy.filters.http.ext_authz/securitypolicy/gateways/cors-authz"
SERVICES = {
    "sidecar": "securitypolicy/gateways/cors-authz/extauth/0",
    "upstream": "httproute/gateways/orders/rule/0",
}


def translated(folder: Path, *more: Manifest, without: str = "") -> Any:
    objects = [*(m for m in load_folder(FOLDER) if m["kind"] != without), *more]
    return translated_by_envoy_gateway(objects, folder)


def test_objects_fit_the_schemas() -> None:
    assert [fault for manifest in load_folder(FOLDER) for fault in schema_faults(manifest)] == []


def test_the_policy_names_the_service_that_the_chart_makes() -> None:
    options = (
        "--set",
        "policies.existingConfigMaps[0].name=x",
        "--set",
        "fullnameOverride=cors-authz",
    )
    service = the(helm_template(*options), "Service")
    (backend,) = the(load_folder(FOLDER), "SecurityPolicy")["spec"]["extAuth"]["grpc"][
        "backendRefs"
    ]
    assert backend["name"] == service["metadata"]["name"]
    assert backend["port"] in [port["port"] for port in service["spec"]["ports"]]


def test_envoy_gateway_accepts_every_object(tmp_path: Path) -> None:
    translation = translated(tmp_path)
    statuses = conditions_of(translation)
    assert len(statuses) >= 7
    assert [s for s in statuses if s["status"] != "True"] == []


def test_it_enforces_in_a_real_envoy(tmp_path: Path) -> None:
    with run_gateway(generated(translated(tmp_path)), SERVICES, tmp_path) as gateway:
        assert_enforces(gateway)
        assert_checks_what_no_route_takes(gateway)
        assert_fails_closed(gateway)


@pytest.mark.parametrize("without", ["", "EnvoyPatchPolicy"])
def test_the_filter_is_configured_as_recommended(without: str, tmp_path: Path) -> None:
    made = generated(translated(tmp_path, without=without))
    assert made.filters()[0] == FILTER
    config = made.manager()["httpFilters"][0]["typedConfig"]
    assert config["statusOnError"] == {"code": "ServiceUnavailable"}
    assert config["grpcService"]["timeout"] == "0.250s"
    assert config["grpcService"]["retryPolicy"]["numRetries"] == 3
    assert {"exact": "origin", "ignoreCase": True} in config["allowedHeaders"]["patterns"]
    assert not config.get("failureModeAllow", False)
    patched = "retryHostPredicate" in config["grpcService"]["retryPolicy"]
    assert (config.get("validateMutations", False), patched) == (
        (True, True) if not without else (False, False)
    )


def test_a_route_can_name_its_api_group(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "deploy-envoy-gateway.md").read_text()
    (policy,) = (yaml.safe_load(b.text) for b in blocks(document) if b.language == "yaml")
    made = generated(translated(tmp_path, policy))
    (routes,) = (
        host["routes"]
        for configuration in made.routes
        for host in configuration["virtualHosts"]
        if host["domains"] == ["api.example.com"]
    )
    settings = [
        check["checkSettings"]["contextExtensions"]
        for route in routes
        for check in route["typedPerFilterConfig"].values()
    ]
    assert settings == [{"cors_authz.group": "orders"}] * len(routes)
