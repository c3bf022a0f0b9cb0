"""What ``cors-authz envoy gateway`` writes, and what Envoy Gateway makes of it in a real Envoy."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.envoy_gateway_translation import (
    conditions_of,
    generated,
    translated_by_envoy_gateway,
)
from tests.deploy.gateway_behaviour import assert_enforces, assert_fails_closed
from tests.deploy.manifests import EXAMPLES, Manifest, load_folder, of_kind, the
from tests.deploy.schemas import schema_faults
from tests.deploy.structure import structural_faults
from tests.deploy.tooling import DEPLOY
from tests.deploy.translated import SHOP, run_gateway
from tests.envoy_config.requests import ROWS, assert_becomes
from tests.envoy_config.written import PATIENT, POLICIES, call, written

STANDALONE = EXAMPLES / "standalone" / "policies.yaml"
UPSTREAM = ("--upstream", "orders:8080")

FOLDER = DEPLOY / "envoy-gateway"
SURROUNDINGS = [m for m in load_folder(FOLDER) if m["kind"] in ("Gateway", "GatewayClass")]
SERVICES = {
    "sidecar": "securitypolicy/gateways/cors-authz/extauth/0",
    "upstream": "httproute/gateways/api.example.com/rule/0",
    "rest": "httproute/gateways/api.example.com/rule/1",
}


def objects(*options: str, policies: Path = STANDALONE) -> list[Manifest]:
    return written("gateway", policies, *UPSTREAM, *options)


@pytest.mark.parametrize("policies", [STANDALONE, POLICIES], ids=["one group", "more"])
def test_objects_fit_the_schemas(policies: Path) -> None:
    found = objects(policies=policies)
    assert [fault for each in found for fault in schema_faults(each)] == []
    assert structural_faults(found) == []


def test_json_is_one_list_of_the_same_objects() -> None:
    (printed,) = written("gateway", STANDALONE, *UPSTREAM, "--format", "json")
    assert printed == {"apiVersion": "v1", "kind": "List", "items": objects()}


@pytest.mark.parametrize("kind", ["SecurityPolicy", "EnvoyPatchPolicy", "ReferenceGrant"])
def test_what_is_not_about_hosts_is_what_is_shown(kind: str) -> None:
    found, shown = the(objects(), kind), the(load_folder(FOLDER), kind)
    if kind == "SecurityPolicy":
        for each in (found, shown):
            headers = set(each["spec"]["extAuth"]["headersToExtAuth"])
            # Destinations of fetches are nothing that cors-authz reads.
            each["spec"]["extAuth"]["headersToExtAuth"] = headers - {"sec-fetch-dest"}
    assert found == shown


def test_names_are_those_that_are_given() -> None:
    names = ("--namespace", "edge-ns", "--gateway", "outer", "--service", "cors/authz:1234")
    found = objects(*names, "--listener", "http", "--listener", "https")
    grant = the(found, "ReferenceGrant")
    assert grant["metadata"]["namespace"] == "cors"
    assert grant["spec"]["from"][0]["namespace"] == "edge-ns"
    others = {m["metadata"]["namespace"] for m in found if m["kind"] != "ReferenceGrant"}
    assert others == {"edge-ns"}
    backend = the(found, "SecurityPolicy")["spec"]["extAuth"]["grpc"]["backendRefs"]
    assert backend == [{"name": "authz", "namespace": "cors", "port": 1234}]
    patches = the(found, "EnvoyPatchPolicy")["spec"]["jsonPatches"]
    assert {p["name"] for p in patches} == {"edge-ns/outer/http", "edge-ns/outer/https"}
    assert all("securitypolicy/edge-ns/" in p["operation"]["jsonPath"] for p in patches)


def test_a_host_with_many_groups_gets_several_routes(tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    groups = [
        {
            "name": f"group-{n}",
            "hosts": ["many.example.com"],
            "paths": [f"/{n}/{m}" for m in range(10)],
            "policies": ["storefront"],
        }
        for n in range(20)
    ]
    path.write_text(yaml.safe_dump({"apiGroups": groups}))
    found = written("gateway", POLICIES, path, *UPSTREAM)
    assert [fault for each in found for fault in schema_faults(each)] == []
    assert structural_faults(found) == []
    routes = [
        m for m in of_kind(found, "HTTPRoute") if m["spec"].get("hostnames") == ["many.example.com"]
    ]
    rules = [rule for route in routes for rule in route["spec"]["rules"]]
    assert len(routes) == 3
    assert sum(len(rule["matches"]) for rule in rules) == 201


def set_of(folder: Path, *groups: dict[str, Any]) -> Path:
    path = folder / "set.yaml"
    named = [{"name": f"group-{n}", "policies": ["storefront"], **g} for n, g in enumerate(groups)]
    path.write_text(yaml.safe_dump({"apiGroups": named}))
    return path


def test_a_group_with_many_hosts_gets_several_routes(tmp_path: Path) -> None:
    """The schema takes sixteen hosts a route."""
    hosts = [f"host-{n}.example.com" for n in range(40)]
    found = written("gateway", set_of(tmp_path, {"hosts": hosts}), POLICIES, *UPSTREAM)
    assert [fault for each in found for fault in schema_faults(each)] == []
    assert structural_faults(found) == []
    routes = of_kind(found, "HTTPRoute")
    written_hosts = [host for route in routes for host in route["spec"].get("hostnames", ())]
    assert set(hosts) <= set(written_hosts)
    assert [m["metadata"]["name"] for m in routes][:3] == [
        "host-0.example.com",
        "host-0.example.com-2",
        "host-0.example.com-3",
    ]


def test_hosts_that_would_have_the_same_name_are_numbered(tmp_path: Path) -> None:
    """Of two objects with one name, the second replaces the first, and its hosts go unchecked."""
    hosts = ("any.example.com", "*.example.com", "every-host")
    groups = [{"hosts": [host], "paths": [f"/{n}"]} for n, host in enumerate(hosts)]
    found = written("gateway", set_of(tmp_path, *groups), POLICIES, *UPSTREAM)
    assert structural_faults(found) == []


def test_paths_that_a_route_cannot_hold_as_they_are_become_regexes(tmp_path: Path) -> None:
    """An HTTPRoute compares the case of escapes, and takes no brackets; clients and we do."""
    paths = ["/caf%C3%A9", "=/a%25b", "/x[y]", "=/plain", "/$a(b)!"]
    group = {"hosts": ["paths.example.com"], "paths": paths}
    found = written("gateway", set_of(tmp_path, group), POLICIES, *UPSTREAM)
    route = next(m for m in found if m["metadata"]["name"] == "paths.example.com")
    matches = [match["path"] for rule in route["spec"]["rules"] for match in rule["matches"]]
    assert sorted((match["type"], match["value"]) for match in matches) == [
        ("Exact", "/plain"),
        ("PathPrefix", "/"),
        ("PathPrefix", "/$a(b)!"),
        ("RegularExpression", r"/a(?i:%25)b"),
        ("RegularExpression", r"/caf(?i:%C3%A9)(/.*)?"),
        ("RegularExpression", r"/x\[y\](/.*)?"),
    ]
    conditions = conditions_of(translated_by_envoy_gateway([*found, *SURROUNDINGS], tmp_path))
    assert [c for c in conditions if c["status"] != "True"] == []


@pytest.mark.parametrize("host", ["[::1]", "192.0.2.1", "an_underscore.test"])
def test_a_host_that_a_route_cannot_have_is_refused(host: str, tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    group = {"name": "strange", "hosts": [host], "policies": ["storefront"]}
    path.write_text(yaml.safe_dump({"apiGroups": [group]}))
    result = call("gateway", POLICIES, path, *UPSTREAM)
    assert (result.exit_code, result.stdout) == (1, "")
    assert host in result.stderr


@pytest.mark.parametrize("value", ["cors-authz:9191", "/cors-authz:9191", "a/b/c:1", "a/b"])
def test_the_service_of_cors_authz_has_a_namespace(value: str) -> None:
    result = call("gateway", POLICIES, *UPSTREAM, "--service", value)
    assert result.exit_code == 2


@pytest.mark.parametrize("value", ["orders.shop.svc:80", "shop/orders:80", "orders", "10.0.0.1:80"])
def test_the_service_behind_is_a_name_in_the_namespace_of_the_gateway(value: str) -> None:
    result = call("gateway", POLICIES, "--upstream", value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{value}: write name:port" in result.stderr


def test_skipping_is_refused_since_it_cannot_be_said() -> None:
    result = call("gateway", POLICIES, *UPSTREAM, "--skip-without-origin")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a SecurityPolicy checks every request" in result.stderr


@pytest.mark.parametrize("policies", [STANDALONE, POLICIES], ids=["one group", "more"])
def test_envoy_gateway_accepts_every_object(policies: Path, tmp_path: Path) -> None:
    found = [*objects(policies=policies), *SURROUNDINGS]
    conditions = conditions_of(translated_by_envoy_gateway(found, tmp_path))
    assert len(conditions) >= 7
    assert [c for c in conditions if c["status"] != "True"] == []


def test_every_request_becomes_what_the_policies_say(tmp_path: Path) -> None:
    found = [*objects(*PATIENT, policies=POLICIES), *SURROUNDINGS]
    made = generated(translated_by_envoy_gateway(found, tmp_path))
    behind = (each["name"] for each in made.clusters if each["name"].startswith("httproute/"))
    services = {name: name for name in behind} | {"sidecar": SERVICES["sidecar"]}
    with run_gateway(made, services, tmp_path, POLICIES) as gateway:
        for row in ROWS:
            # A hostname of an HTTPRoute has no dot at its end.
            if not row.host.partition(":")[0].endswith("."):
                assert_becomes(gateway, row)


def test_it_enforces_in_a_real_envoy(tmp_path: Path) -> None:
    found = [*objects(*PATIENT), *SURROUNDINGS]
    made = generated(translated_by_envoy_gateway(found, tmp_path))
    with run_gateway(made, SERVICES, tmp_path) as gateway:
        assert_enforces(gateway)
        assert gateway.send("GET", "/", SHOP, host="other.example.com").status == 404
        assert_fails_closed(gateway)
