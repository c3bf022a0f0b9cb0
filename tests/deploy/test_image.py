"""The image's steps, each carried out outside a container, and its command line run."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from tests.deploy.commands import Command, Place, free_port, localised, missing_options
from tests.deploy.dockerfile import Image, parse, sent_to_builder
from tests.deploy.tooling import DEPLOY, ROOT
from tests.deploy.users import as_user
from tests.support.child import running, wait_until_ready
from tests.support.sidecar import is_serving

# The first test waits for the image.
pytestmark = pytest.mark.timeout(300)

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
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
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    command = [sys.executable, *again[1:]]
    subprocess.run(command, cwd=image.root / "src", env=environment, check=True)
    (first,), (second,) = (image.root / "opt" / "dist").iterdir(), tmp_path.iterdir()
    assert (first.name, first.read_bytes()) == (second.name, second.read_bytes())


def test_the_user_is_a_number_and_not_root(image: Image) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.user)


def test_nothing_needs_a_shell(image: Image) -> None:
    assert image.entrypoint == ["cors-authz"]
    assert image.healthcheck == ["cors-authz", "healthcheck"]


def test_serves_as_its_user_without_writing_anything(
    image: Image, place: Place, tmp_path: Path
) -> None:
    command = ["serve", "--config", "/etc/cors-authz", "--listen", "0.0.0.0:9191"]
    serve_as_the_image_does(image, command, place, tmp_path)


def test_the_usual_command_serves(image: Image, place: Place, tmp_path: Path) -> None:
    serve_as_the_image_does(image, image.command, place, tmp_path)


def serve_as_the_image_does(image: Image, arguments: list[str], place: Place, folder: Path) -> None:
    command = Command(tuple(arguments), {})
    if missing := missing_options(command):
        pytest.skip(f"cors-authz serve has no {', '.join(sorted(missing))} yet")
    user = int(image.user.partition(":")[0])
    prefix = as_user(user, read_only=True)
    program = [*prefix, str(image.executable()), *localised(command, place).arguments]
    environment = {"HOME": "/", **image.environment}
    err = folder / "err"
    with running(program, stdout=folder / "out", stderr=err, environment=environment) as child:
        wait_until_ready(child, lambda: is_serving(place.grpc_port), log=err)
        if "--admin" in command.options():
            address = {"CORS_AUTHZ_ADMIN": f"127.0.0.1:{place.admin_port}"}
            asked = [*prefix, str(image.executable()), *image.healthcheck[1:]]
            subprocess.run(asked, env={**environment, **address}, check=True, timeout=30)
    assert [p for p in image.root.rglob("*") if p.lstat().st_uid == user] == []


def test_only_what_the_image_needs_is_sent_to_the_builder() -> None:
    sent = set(sent_to_builder(ROOT))
    others = {path for path in sent if path.parts[0] != "cors_authz"}
    assert others == {
        Path("LICENSE"),
        Path("README.md"),
        Path("pyproject.toml"),
        Path("deploy/docker/build.lock"),
        Path("deploy/docker/requirements.lock"),
    }
    assert Path("cors_authz/cli.py") in sent
    assert not [path for path in sent if path.suffix == ".pyc"]


def test_the_locks_are_those_of_the_development_environment() -> None:
    pinned = dict(line.split("==") for line in _pins((ROOT / "constraints.txt").read_text()))
    for pin in locked("requirements.lock"):
        name, version = pin.split("==")
        assert pinned[name] == version, "run `make lock`"


@pytest.mark.parametrize(
    ("lock", "table", "key"),
    [
        ("requirements.lock", "project", "dependencies"),
        ("build.lock", "build-system", "requires"),
    ],
)
def test_the_locks_meet_the_project_file(lock: str, table: str, key: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = dict(pin.split("==") for pin in locked(lock))
    for requirement in map(Requirement, project[table][key]):
        assert requirement.specifier.contains(pins[_normalised(requirement.name)]), (
            "run `make lock`"
        )


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
