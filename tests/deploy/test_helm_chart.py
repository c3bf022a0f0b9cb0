"""The chart: every feature linted, rendered, held to the schemas, and its command line run."""

import json
import signal
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cors_authz import __version__
from tests.deploy.commands import command_of, validate
from tests.deploy.manifests import (
    CHART,
    Manifest,
    RenderError,
    helm,
    helm_template,
    of_kind,
    our_container,
    our_pod,
    the,
)
from tests.deploy.schemas import schema_faults
from tests.deploy.serving import serving
from tests.deploy.structure import structural_faults
from tests.deploy.tooling import DEPLOY

FEATURES = sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").iterdir())
LEAST = ("--set", "policies.existingConfigMaps[0].name=cors-policies")


def feature(name: str) -> Path:
    return CHART / "ci" / f"{name}-values.yaml"


@cache
def rendered(name: str) -> list[Manifest]:
    return helm_template("--values", feature(name))


@pytest.mark.parametrize("name", FEATURES)
def test_lint_finds_nothing(name: str) -> None:
    helm("lint", "--strict", "--values", feature(name), CHART)


def test_lint_finds_nothing_with_the_defaults() -> None:
    helm("lint", "--strict", CHART)


@pytest.mark.parametrize("name", FEATURES)
def test_objects_fit_the_schemas_and_each_other(name: str) -> None:
    manifests = rendered(name)
    faults = [fault for manifest in manifests for fault in schema_faults(manifest)]
    assert faults + structural_faults(manifests) == []


def test_policies_in_values_are_valid(tmp_path: Path) -> None:
    written = tmp_path / "policies.yaml"
    config_maps = of_kind(rendered("policies-in-values"), "ConfigMap")
    written.write_text(yaml.safe_dump_all(config_maps))
    assert validate(written) == ""


@pytest.mark.parametrize(
    "name", ["existing-configmap", "grpc-probes", "mtls", "tls", "workers", "policies-of-teams"]
)
def test_the_command_line_serves(name: str, tmp_path: Path) -> None:
    with serving(rendered(name), tmp_path) as process:
        process.kill()


def test_command_lines_differ_only_where_they_are_run() -> None:
    run = {"existing-configmap", "grpc-probes", "mtls", "tls", "workers"}
    usual = command_of(rendered("existing-configmap"))
    others = {name: command_of(rendered(name)) for name in FEATURES if name not in run}
    assert {name for name, command in others.items() if command != usual} == set()


def test_it_ends_within_the_time_that_the_pod_gives_it(tmp_path: Path) -> None:
    manifests = helm_template("--values", feature("grpc-probes"), "--set", "server.graceSeconds=1")
    bound_s = our_pod(manifests)["terminationGracePeriodSeconds"]
    with serving(manifests, tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(bound_s) == 0


def test_the_pod_has_time_for_delay_grace_and_the_log() -> None:
    options = ("--set", "server.drainDelaySeconds=30", "--set", "server.graceSeconds=20")
    pod = our_pod(helm_template(*LEAST, *options))
    assert pod["terminationGracePeriodSeconds"] == 60


def test_service_variables_do_not_become_options() -> None:
    assert our_pod(rendered("cluster-ip"))["enableServiceLinks"] is False


def test_every_worker_has_a_port_of_the_service() -> None:
    manifests = rendered("workers")
    ports = {p["name"]: p["port"] for p in the(manifests, "Service")["spec"]["ports"]}
    assert ports == {"grpc": 9191, "grpc-1": 9192, "grpc-2": 9193, "http-admin": 9190}


def test_the_service_is_headless_unless_told_otherwise() -> None:
    assert the(rendered("existing-configmap"), "Service")["spec"]["clusterIP"] == "None"
    assert "clusterIP" not in the(rendered("cluster-ip"), "Service")["spec"]


def test_config_maps_are_projected_into_one_folder() -> None:
    pod = our_pod(rendered("policies-of-teams"))
    volume = next(v for v in pod["volumes"] if v["name"] == "policies")
    assert volume["projected"]["sources"] == [
        {"configMap": {"name": "edge-cors-authz-policies-platform"}},
        {"configMap": {"name": "team-orders"}},
        {
            "configMap": {
                "name": "team-payments",
                "items": [{"key": "policies.yaml", "path": "payments.yaml"}],
            }
        },
    ]


def test_without_the_admin_port_the_kubelet_asks_grpc() -> None:
    container = our_container(rendered("grpc-probes"))
    assert container["readinessProbe"]["grpc"] == {"port": 9191}
    assert [port["name"] for port in container["ports"]] == ["grpc"]


def test_the_network_policy_closes_everything_else() -> None:
    spec = the(rendered("network-policy"), "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert [[p["port"] for p in rule["ports"]] for rule in spec["ingress"]] == [["grpc"], ["admin"]]
    assert [[p["port"] for p in rule["ports"]] for rule in spec["egress"]] == [[4317]]


def test_the_autoscaler_owns_the_number_of_replicas() -> None:
    manifests = rendered("autoscaling")
    assert "replicas" not in the(manifests, "Deployment")["spec"]
    assert the(manifests, "HorizontalPodAutoscaler")["spec"]["minReplicas"] == 3


def test_user_and_group_can_be_left_to_the_cluster() -> None:
    context = our_pod(rendered("openshift"))["securityContext"]
    assert context == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_a_digest_wins_over_a_tag() -> None:
    options = ("--set", "image.tag=1.2.3", "--set", f"image.digest=sha256:{'0' * 64}")
    assert our_container(helm_template(*LEAST, *options))["image"].endswith(f"@sha256:{'0' * 64}")


def test_extra_objects_are_templates() -> None:
    manifests = rendered("extra-objects")
    assert the(manifests, "ConfigMap")["data"] == {"namespace": "gateways"}
    assert the(manifests, "Role")["metadata"]["name"] == "edge-cors-authz-policy-writer"


def test_the_dashboard_is_the_one_for_grafana() -> None:
    config_map = the(rendered("dashboard"), "ConfigMap")
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
    dashboard = json.loads(config_map["data"]["cors-authz.json"])
    assert dashboard == json.loads((CHART / "files" / "dashboard.json").read_text())


def test_the_alerts_are_those_of_the_file() -> None:
    rule = the(rendered("prometheus-rule"), "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((CHART / "files" / "rules.yaml").read_text())


def test_monitoring_files_are_copies() -> None:
    for copy in (CHART / "files").iterdir():
        original = DEPLOY / "monitoring" / copy.name
        assert copy.read_bytes() == original.read_bytes(), f"cp {original} {copy}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param((), "no policies: set policies.configMaps", id="no-policies"),
        pytest.param(
            (
                "--set-json",
                'policies.configMaps={"a":{"p.yaml":"policies: []"},"b":{"p.yaml":"policies: []"}}',
            ),
            "p.yaml stands in both a and b",
            id="one-file-twice",
        ),
        pytest.param(
            (
                "--set-json",
                (
                    'policies={"configMaps":{"a":{"p.yaml":"x: 1"}},"existingConfigMaps":'
                    '[{"name":"b","items":[{"key":"q","path":"p.yaml"}]}]}'
                ),
            ),
            "p.yaml of b stands in a too",
            id="one-file-twice-by-items",
        ),
        pytest.param(
            (*LEAST, "--set", "tls.secretName=x", "--set", "admin.enabled=false"),
            "tls.secretName needs admin.enabled",
            id="tls-without-probes",
        ),
        pytest.param(
            (*LEAST, "--set", "serviceMonitor.enabled=true", "--set", "admin.enabled=false"),
            "serviceMonitor.enabled needs admin.enabled",
            id="nothing-to-scrape",
        ),
        pytest.param((*LEAST, "--set", "replica=3"), "'replica' not allowed", id="misspelt"),
        pytest.param((*LEAST, "--set", "server.workers=0"), "workers", id="no-workers"),
        pytest.param(
            (*LEAST, "--set", "networkPolicy.enabled=true"),
            "networkPolicy",
            id="network-policy-open-to-all",
        ),
        pytest.param(
            ("--set-json", 'policies.configMaps={"a":{"p.txt":"policies: []"}}'),
            "p.txt",
            id="file-that-is-not-read",
        ),
    ],
)
def test_refuses_values_that_would_not_do(options: Sequence[str], said: str) -> None:
    with pytest.raises(RenderError, match=said.replace("'", "['\"]?")):
        helm_template(*options)


def test_the_schema_describes_exactly_the_values() -> None:
    values: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert set(schema["properties"]) - {"global"} == set(values)
    for name, value in values.items():
        described = schema["properties"][name].get("properties")
        if described is not None:
            assert set(described) == set(value), name


def test_the_chart_installs_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__


def test_the_package_holds_no_test_values(tmp_path: Path) -> None:
    helm("package", CHART, "--destination", tmp_path)
    (package,) = tmp_path.iterdir()
    names = subprocess.check_output(["tar", "-tzf", package], text=True).split()
    assert "cors-authz/files/rules.yaml" in names
    assert not [name for name in names if "/ci/" in name]
