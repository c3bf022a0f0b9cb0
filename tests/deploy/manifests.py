"""Kubernetes objects as plain data: rendering, reading and finding one's way in them."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.tooling import DEPLOY, tool

Manifest = dict[str, Any]

CHART = DEPLOY / "helm" / "cors-authz"
EXAMPLES = DEPLOY / "kustomize" / "examples"


class RenderError(RuntimeError):
    """Helm or Kustomize refused; the message is what it said."""


def helm(*arguments: str | Path) -> str:
    """Run Helm and return what it prints.

    Raises:
        RenderError: Helm said no.
    """
    return _run([tool("helm"), *arguments])


def helm_template(*options: str | Path) -> list[Manifest]:
    """The objects of a release named ``edge`` in the namespace ``gateways``."""
    return load(helm("template", "edge", CHART, "--namespace", "gateways", *options))


def kustomize_build(folder: Path) -> list[Manifest]:
    """The objects that a kustomization makes."""
    return load(_run([tool("kustomize"), "build", folder]))


def load(text: str) -> list[Manifest]:
    """The objects in a stream of YAML documents."""
    return [document for document in yaml.safe_load_all(text) if document]


def load_folder(folder: Path) -> list[Manifest]:
    """The Kubernetes objects in the YAML files of a folder, in the order of their names."""
    found = (m for path in sorted(folder.glob("*.yaml")) for m in load(path.read_text()))
    return [manifest for manifest in found if "kind" in manifest]


def of_kind(manifests: Sequence[Manifest], kind: str) -> list[Manifest]:
    """All objects of one kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def the(manifests: Sequence[Manifest], kind: str) -> Manifest:
    """The only object of one kind."""
    (found,) = of_kind(manifests, kind)
    return found


def workloads(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The objects that have pods."""
    return [m for m in manifests if m["kind"] in ("Deployment", "DaemonSet", "StatefulSet")]


def containers(pod: Manifest) -> Iterator[Manifest]:
    """All containers of a pod's ``spec``, native sidecars first."""
    yield from pod.get("initContainers", ())
    yield from pod["containers"]


def our_pod(manifests: Sequence[Manifest]) -> Manifest:
    """The ``spec`` of the pods that hold cors-authz."""
    for workload in workloads(manifests):
        pod: Manifest = workload["spec"]["template"]["spec"]
        if any(container["name"] == "cors-authz" for container in containers(pod)):
            return pod
    raise LookupError("no pod holds cors-authz")


def our_container(manifests: Sequence[Manifest]) -> Manifest:
    """The container that runs cors-authz."""
    pod = our_pod(manifests)
    return next(c for c in containers(pod) if c["name"] == "cors-authz")


def _run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RenderError(done.stderr)
    return done.stdout
