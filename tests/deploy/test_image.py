"""The image's steps, each carried out outside a container, and its command line run."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests.compiled.modules import compiled_modules
from tests.deploy.commands import Command, Place, free_port, localised, missing_options
from tests.deploy.dockerfile import Image, parse, sent_to_builder
from tests.deploy.tooling import DEPLOY, ROOT
from tests.deploy.users import as_user
from tests.support.child import running, wait_until_ready
from tests.support.sidecar import is_serving

# The first test waits for the image.
pytestmark = pytest.mark.timeout(300)

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
USER = 65532
POLICIES = DEPLOY / "kustomize" / "examples" / "standalone" / "policies.yaml"


@pytest.fixture
def place(image: Image, tmp_path: Path) -> Place:
    policies = image.root / "etc"
    policies.mkdir(exist_ok=True)
    (policies / "policies.yaml").write_bytes(POLICIES.read_bytes())
    return Place(policies, tmp_path, tmp_path, free_port(), free_port())


def test_exactly_the_locked_versions_are_installed(image: Image) -> None:
    listed = subprocess.check_output(
        [sys.executable, "-m", "pip", "--python", image.here("/opt/cors-authz"), "freeze"],
        text=True,
    )
    frozen = {line for line in listed.splitlines() if not line.startswith("cors-authz")}
    assert {_normalised(line) for line in frozen} == set(locked("requirements.lock"))


def test_the_wheel_is_the_same_when_it_is_built_again(image: Image, tmp_path: Path) -> None:
    (step,) = (i.text for i in parse(DOCKERFILE.read_text()) if " wheel " in i.text)
    (epoch,) = re.findall(r"SOURCE_DATE_EPOCH=(\d+)", DOCKERFILE.read_text())
    again = shlex.split(image.here(step.replace("/opt/dist", str(tmp_path))))
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "HATCH_BUILD_HOOKS_ENABLE": "1"}
    command = [sys.executable, *again[1:]]
    subprocess.run(command, cwd=image.root / "src", env=environment, check=True)
    (first,), (second,) = (image.root / "opt" / "dist").iterdir(), tmp_path.iterdir()
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_the_request_path_is_compiled(image: Image) -> None:
    names = [f"cors_authz.{module.replace('/', '.')}" for module in compiled_modules()]
    told = "import sys; from importlib import import_module; print(*(import_module(name).__file__ "
    told += "for name in sys.argv[1:]), sep='\\n')"
    python = image.here("/opt/cors-authz/bin/python")
    files = subprocess.check_output([python, "-I", "-c", told, *names], text=True).split()
    assert len(files) == len(names)
    assert [file for file in files if not file.endswith(".so")] == []


def test_both_stages_have_the_same_python_and_distribution() -> None:
    text = DOCKERFILE.read_text()
    (with_compiler,) = re.findall(r"^ARG PYTHON_BUILD_IMAGE=(\S+)$", text, re.MULTILINE)
    (slim,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", text, re.MULTILINE)
    assert with_compiler == slim.replace("-slim", "")


def test_the_user_is_a_number_and_not_root(image: Image) -> None:
    assert image.user == f"{USER}:{USER}"


def test_nothing_needs_a_shell(image: Image) -> None:
    assert image.entrypoint == ["cors-authz"]
    assert image.healthcheck == ["cors-authz", "healthcheck"]


def test_serves_as_its_user_without_writing_anything(
    image: Image, place: Place, tmp_path: Path
) -> None:
    command = ["serve", "--config", "/etc/cors-authz", "--listen", "0.0.0.0:9191"]
    with serving(image, command, place, tmp_path):
        pass
    assert [p for p in image.root.rglob("*") if p.lstat().st_uid == USER] == []


def test_the_usual_command_serves(image: Image, place: Place, tmp_path: Path) -> None:
    with (
        serving(image, image.command, place, tmp_path),
        urllib.request.urlopen(f"http://127.0.0.1:{place.admin_port}/readyz", timeout=5) as answer,
    ):
        assert answer.status == 200


def test_the_health_check_tells_whether_it_serves(
    image: Image, place: Place, tmp_path: Path
) -> None:
    asked = [*as_user(USER, read_only=True), str(image.executable()), *image.healthcheck[1:]]
    environment = {**image.environment, "CORS_AUTHZ_ADMIN": f"127.0.0.1:{place.admin_port}"}
    with serving(image, image.command, place, tmp_path):
        healthy = subprocess.run(asked, env=environment, timeout=30, check=False)
    gone = subprocess.run(asked, env=environment, timeout=30, check=False)
    assert (healthy.returncode, gone.returncode) == (0, 1)


@contextmanager
def serving(image: Image, arguments: list[str], place: Place, folder: Path) -> Iterator[None]:
    """Run a command of the image as its user on a read-only file system, until it serves."""
    command = Command(tuple(arguments), {"CORS_AUTHZ_ADMIN": "none"})
    assert not missing_options(command)
    local = localised(command, place)
    program = [*as_user(USER, read_only=True), str(image.executable()), *local.arguments]
    environment = {"HOME": "/", **image.environment, **local.environment}
    err = folder / "err"
    with running(program, stdout=folder / "out", stderr=err, environment=environment) as child:
        wait_until_ready(child, lambda: is_serving(place.grpc_port), log=err)
        yield


def test_only_what_the_image_needs_is_sent_to_the_builder() -> None:
    sent = set(sent_to_builder(ROOT))
    others = {path for path in sent if path.parts[0] != "cors_authz"}
    assert others == {
        Path("LICENSE"),
        Path("README.md"),
        Path("hatch_build.py"),
        Path("pyproject.toml"),
        Path("deploy/docker/build.lock"),
        Path("deploy/docker/requirements.lock"),
    }
    assert Path("cors_authz/cli.py") in sent
    assert not [path for path in sent if path.suffix == ".pyc"]


def test_the_locks_are_those_of_the_development_environment() -> None:
    pinned = dict(line.split("==") for line in _pins((ROOT / "constraints.txt").read_text()))
    for pin in (*locked("requirements.lock"), *locked("build.lock")):
        name, version = pin.split("==")
        assert pinned[name] == version, "run `make lock`"


@pytest.mark.parametrize(
    ("lock", "key"),
    [
        ("requirements.lock", "project.dependencies"),
        ("build.lock", "build-system.requires"),
        ("build.lock", "tool.hatch.build.targets.wheel.hooks.custom.dependencies"),
        # Compiling needs their types.
        ("build.lock", "project.dependencies"),
    ],
)
def test_the_locks_meet_the_project_file(lock: str, key: str) -> None:
    found: Any = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name in key.split("."):
        found = found[name]
    pins = dict(pin.split("==") for pin in locked(lock))
    for requirement in map(Requirement, found):
        pinned = pins.get(_normalised(requirement.name))
        assert pinned is not None, f"{requirement.name} is not locked; run `make lock`"
        assert requirement.specifier.contains(pinned), "run `make lock`"


@pytest.mark.parametrize("lock", ["requirements.lock", "build.lock"])
def test_every_locked_file_has_a_hash(lock: str) -> None:
    text = (DEPLOY / "docker" / lock).read_text()
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry


def locked(lock: str) -> list[str]:
    """The pins of a lock file that hold for this machine."""
    return _pins((DEPLOY / "docker" / lock).read_text())


def _pins(text: str) -> list[str]:
    pins = []
    for line in re.findall(r"^[^\s#].*", text, re.MULTILINE):
        pin, _, marker = line.rstrip("\\ ").partition(" ; ")
        if not marker or Marker(marker).evaluate():
            pins.append(_normalised(pin.strip()))
    return pins


def _normalised(pin: str) -> str:
    return pin.lower().replace("_", "-")
