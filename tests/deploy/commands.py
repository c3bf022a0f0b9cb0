"""A container's command line as a manifest gives it, and the same on this machine.

Paths and addresses of the container are replaced, by nothing else than what a kubelet would
have put there.
"""

import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.deploy.manifests import Manifest, of_kind, our_container, our_pod
from tests.deploy.tooling import DEPLOY, ROOT

_GRPC_PORT = 9191
_ADMIN_PORT = 9190
_PREFIX = "CORS_AUTHZ_"

_SAMPLE_POLICIES = DEPLOY / "kustomize" / "examples" / "standalone" / "policies.yaml"
"""What stands in for a ConfigMap that a manifest only names."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a container runs, after the name of the program."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    def options(self) -> frozenset[str]:
        """The options that are given, as arguments or as variables."""
        variables = (v.removeprefix(_PREFIX) for v in self.environment if v.startswith(_PREFIX))
        named = (f"--{variable.lower().replace('_', '-')}" for variable in variables)
        return frozenset([*(a for a in self.arguments if a.startswith("--")), *named])

    def value(self, option: str) -> str | None:
        """The value of an option; an argument wins over a variable."""
        if option in self.arguments:
            return self.arguments[self.arguments.index(option) + 1]
        variable = option.removeprefix("--").upper().replace("-", "_")
        return self.environment.get(_PREFIX + variable)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a container's paths and ports are on this machine."""

    policies: Path
    certificates: Path
    sockets: Path
    grpc_port: int
    admin_port: int


def command_of(manifests: Sequence[Manifest]) -> Command:
    """What the manifests make the container of cors-authz run."""
    container = our_container(manifests)
    environment: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        name = source["configMapRef"]["name"]
        environment |= _config_map(manifests, name)["data"]
    environment |= {entry["name"]: entry["value"] for entry in container.get("env", ())}
    return Command(tuple(container["args"]), environment)


def missing_options(command: Command) -> frozenset[str]:
    """The options that the installed ``cors-authz serve`` does not have."""
    return command.options() - _known_options()


def localised(command: Command, place: Place) -> Command:
    """The same command with the container's paths and addresses replaced."""
    return Command(
        tuple(_localised(argument, place) for argument in command.arguments),
        {name: _localised(value, place) for name, value in command.environment.items()},
    )


def mount_policies(manifests: Sequence[Manifest], folder: Path) -> None:
    """Make ``folder`` what the kubelet makes of the projected ConfigMaps.

    The files stand in a folder of their own, to which ``..data`` leads; each is reached by a
    link. ConfigMaps that are not among the manifests get the sample policies.
    """
    content = folder / "..2026_01_01_00_00_00.1"
    content.mkdir(parents=True)
    (folder / "..data").symlink_to(content.name)
    volume = next(v for v in our_pod(manifests)["volumes"] if "projected" in v)
    for source in volume["projected"]["sources"]:
        for name, text in _files_of(manifests, source["configMap"]).items():
            (content / name).write_text(text)
            (folder / name).symlink_to(Path("..data") / name)


def validate(*paths: Path) -> str:
    """What ``cors-authz validate --strict`` prints about policy files; empty: nothing."""
    command = [sys.executable, "-m", "cors_authz", "validate", "--strict", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def free_port(count: int = 1) -> int:
    """The first of ``count`` consecutive free ports of loopback."""
    while True:
        taken: list[socket.socket] = []
        try:
            taken.append(socket.create_server(("127.0.0.1", 0)))
            first: int = taken[0].getsockname()[1]
            taken += [socket.create_server(("127.0.0.1", first + n)) for n in range(1, count)]
        except (OSError, OverflowError):
            continue
        else:
            return first
        finally:
            for each in taken:
                each.close()


def _localised(text: str, place: Place) -> str:
    paths = {
        "/etc/cors-authz-tls": place.certificates,
        "/etc/cors-authz": place.policies,
        "/run/cors-authz": place.sockets,
    }
    for inside, here in paths.items():
        text = re.sub(rf"(^|:){inside}(?=/|$)", rf"\g<1>{here}", text)
    ports = {_GRPC_PORT: place.grpc_port, _ADMIN_PORT: place.admin_port}
    if address := re.fullmatch(r"(?:0\.0\.0\.0|127\.0\.0\.1):(\d+)", text):
        return f"127.0.0.1:{ports[int(address[1])]}"
    return text


def _files_of(manifests: Sequence[Manifest], source: Manifest) -> dict[str, str]:
    try:
        data: dict[str, str] = _config_map(manifests, source["name"])["data"]
    except LookupError:
        # With items its keys are not known, and one sample is enough.
        data = {} if "items" in source else {"policies.yaml": _SAMPLE_POLICIES.read_text()}
    return data


def _config_map(manifests: Sequence[Manifest], name: str) -> Manifest:
    for config_map in of_kind(manifests, "ConfigMap"):
        if config_map["metadata"]["name"] == name:
            return config_map
    raise LookupError(f"no ConfigMap {name}")


@cache
def _known_options() -> frozenset[str]:
    shown = subprocess.run(
        [sys.executable, "-m", "cors_authz", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=30,
    )
    return frozenset(re.findall(r"--[a-z][a-z-]*", shown.stdout))
