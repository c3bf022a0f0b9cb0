"""What ``cors-authz envoy istio`` writes, and what Istio makes of it in a real Envoy."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.gateway_behaviour import assert_enforces, assert_fails_closed
from tests.deploy.istio_translation import SERVICES, generated_by_istio, without_istio_only
from tests.deploy.manifests import EXAMPLES, Manifest, load_folder, of_kind, the
from tests.deploy.schemas import schema_faults
from tests.deploy.structure import structural_faults
from tests.deploy.tooling import DEPLOY
from tests.deploy.translated import FOREIGN, SHOP, run_gateway
from tests.envoy_config.requests import ROWS, assert_becomes
from tests.envoy_config.written import PATIENT, POLICIES, call, written

STANDALONE = EXAMPLES / "standalone" / "policies.yaml"
UPSTREAM = ("--upstream", "orders.shop.svc.cluster.local:8080")

FOLDER = DEPLOY / "istio"
GATEWAY = next(m for m in load_folder(FOLDER) if m["kind"] == "Gateway")


def objects(*options: str, policies: Path = STANDALONE) -> list[Manifest]:
    return written("istio", policies, *UPSTREAM, *options)


def mesh_config(*options: str) -> Manifest:
    (found,) = objects("--mesh-config", *options)
    mesh: Manifest = found["meshConfig"]
    return mesh


@pytest.mark.parametrize("options", [(), ("--skip-without-origin",)], ids=["asking", "skipping"])
@pytest.mark.parametrize("policies", [STANDALONE, POLICIES], ids=["one group", "more"])
def test_objects_fit_the_schemas(policies: Path, options: tuple[str, ...]) -> None:
    found = objects(*options, policies=policies)
    assert [fault for each in found for fault in schema_faults(each)] == []
    assert structural_faults(found) == []


def test_they_are_those_that_are_shown() -> None:
    shown = [m for m in load_folder(FOLDER) if m["kind"] != "Gateway"]
    found = objects()
    assert {m["kind"] for m in found} == {m["kind"] for m in shown}
    assert {m["apiVersion"] for m in found} == {m["apiVersion"] for m in shown}
    (value,) = (patch_of(the(m, "EnvoyFilter")) for m in (found,))
    assert sorted_patterns(value) == sorted_patterns(patch_of(the(shown, "EnvoyFilter")))


def test_the_mesh_configuration_is_the_one_that_is_shown() -> None:
    shown = yaml.safe_load((FOLDER / "mesh-config.yaml").read_text())["meshConfig"]
    assert mesh_config() == shown


def patch_of(envoy_filter: Manifest) -> dict[str, Any]:
    (patch,) = envoy_filter["spec"]["configPatches"]
    value: dict[str, Any] = patch["patch"]["value"]["typed_config"]
    return value


def sorted_patterns(value: dict[str, Any]) -> dict[str, Any]:
    """The value without what may be in any order, and the spelling of durations and numbers."""
    patterns = sorted(value["allowed_headers"]["patterns"], key=str)
    retries = {**value["grpc_service"]["retry_policy"]}
    back_off = retries.pop("retry_back_off")
    seconds = {key: float(text.removesuffix("s")) for key, text in back_off.items()}
    attempts = int(retries.pop("host_selection_retry_max_attempts"))
    rest = {k: v for k, v in value.items() if k not in ("allowed_headers", "grpc_service")}
    return {**rest, "patterns": patterns, "retries": (retries, seconds, attempts)}


def test_names_are_those_that_are_given() -> None:
    names = ("--namespace", "edge-ns", "--gateway", "outer", "--selector", "app=edge")
    found = objects(*names, "--selector", "tier=1")
    assert {m["metadata"]["namespace"] for m in found} == {"edge-ns"}
    assert [m["spec"]["gateways"] for m in of_kind(found, "VirtualService")] == [["outer"]] * 2
    labels = {"app": "edge", "tier": "1"}
    assert the(found, "AuthorizationPolicy")["spec"]["selector"] == {"matchLabels": labels}
    assert the(found, "EnvoyFilter")["spec"]["workloadSelector"] == {"labels": labels}


def test_dry_runs_and_paths_of_no_group_keep_their_headers() -> None:
    found = of_kind(objects("--skip-without-origin", policies=POLICIES), "VirtualService")
    changed = {
        (host, route["name"]): route.get("headers", {}).get("response", {}).keys()
        for virtual_service in found
        for host in virtual_service["spec"]["hosts"]
        for route in virtual_service["spec"]["http"]
    }
    assert changed == {
        ("api.example.com", "orders"): {"remove", "add"},
        ("api.example.com", "dry-run"): set(),
        ("api.example.com", "no-group"): set(),
        ("*.example.org", "dry-run"): set(),
        ("*.example.org", "partners"): {"remove", "add"},
        ("*", "no-group"): set(),
    }


def test_hosts_that_would_have_the_same_name_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    groups = [
        {"name": f"group-{n}", "hosts": [host], "paths": [f"/{n}"], "policies": ["storefront"]}
        for n, host in enumerate(("any.example.com", "*.example.com"))
    ]
    path.write_text(yaml.safe_dump({"apiGroups": groups}))
    assert structural_faults(written("istio", POLICIES, path, *UPSTREAM)) == []


@pytest.mark.parametrize(
    ("host", "reason"), [("[::1]", "no DNS name"), ("localhost", "a Service of the gateway's")]
)
def test_a_host_that_istio_cannot_write_is_refused(host: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    group = {"name": "numbered", "hosts": [host], "policies": ["storefront"]}
    path.write_text(yaml.safe_dump({"apiGroups": [group]}))
    result = call("istio", POLICIES, path, *UPSTREAM)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"the host {host} " in result.stderr
    assert reason in result.stderr


@pytest.mark.parametrize("option", ["--upstream", "--service"])
@pytest.mark.parametrize("value", ["orders", "orders:0", "o:65536", ":80", "a/b:80", "[::1]:80"])
def test_a_service_is_a_host_and_a_port(option: str, value: str) -> None:
    result = call("istio", POLICIES, *UPSTREAM, option, value)
    assert result.exit_code == 2
    assert "write host:port" in result.stderr


def test_a_selector_is_a_label() -> None:
    assert call("istio", POLICIES, *UPSTREAM, "--selector", "istio").exit_code == 2


@pytest.mark.parametrize("options", [(), ("--skip-without-origin",)], ids=["asking", "skipping"])
def test_every_request_becomes_what_the_policies_say(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    found = [*objects(*PATIENT, *options, policies=POLICIES), GATEWAY]
    made = generated_by_istio(found, mesh_config(*PATIENT), tmp_path)
    with run_gateway(without_istio_only(made), SERVICES, tmp_path, POLICIES) as gateway:
        for row in ROWS:
            # Hosts have no dot at their end there, and escaped slashes are kept.
            if not row.host.partition(":")[0].endswith(".") and row.status != 307:
                assert_becomes(gateway, row)


def test_it_enforces_in_a_real_envoy(tmp_path: Path) -> None:
    made = generated_by_istio([*objects(*PATIENT), GATEWAY], mesh_config(*PATIENT), tmp_path)
    with run_gateway(without_istio_only(made), SERVICES, tmp_path) as gateway:
        assert_enforces(gateway)
        assert gateway.send("GET", "/", SHOP, host="other.example.com").status == 404
        assert_fails_closed(gateway)


def test_requests_without_origin_are_not_asked_about(tmp_path: Path) -> None:
    found = [*objects("--skip-without-origin", *PATIENT), GATEWAY]
    made = generated_by_istio(found, mesh_config(*PATIENT), tmp_path)
    with run_gateway(without_istio_only(made), SERVICES, tmp_path) as gateway:
        mark = gateway.sidecar.decisions.mark()
        skipped = gateway.send("GET", "/orders/1")
        assert (skipped.status, skipped.values("vary")) == (200, ("Origin",))
        assert gateway.send("GET", "/orders/1", SHOP).status == 200
        removed = (("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site"))
        assert gateway.send("GET", "/orders/1", *removed).status == 403
        assert gateway.send("GET", "/orders/1", ("origin", "")).status == 200
        assert gateway.send("GET", "/orders/1", FOREIGN).status == 403
        told = gateway.sidecar.decisions.wait_since(
            mark, wanted=lambda d: d["origin"] == FOREIGN[1]
        )
        assert len(told) == 1
        kinds = [decision["kind"] for decision in gateway.sidecar.decisions.since(mark)]
        assert kinds == ["actual", "non_cors", "non_cors", "actual"]
