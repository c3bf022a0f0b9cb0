"""Reads a Dockerfile and carries out its steps on this machine, without a container.

The folders that it writes to (``/src``, ``/opt``) stand below a folder of the caller's; the base
image is this machine, with the interpreter that runs the tests. Only what our own Dockerfile
uses is understood; anything else is an error.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

_WRITTEN = re.compile(r"(?<![\w.])/(?=(?:src|opt)\b)")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_STEP_TIMEOUT_S = 240


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, with its continuation lines joined."""

    name: str
    text: str


@dataclass(slots=True)
class Image:
    """What a stage has come to."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def executable(self) -> Path:
        """The program that the entrypoint names."""
        (name,) = self.entrypoint
        folders = map(Path, self.environment["PATH"].split(":"))
        return next(folder / name for folder in folders if (folder / name).exists())

    def here(self, text: str) -> str:
        """The text with the image's folders replaced by where they are on this machine."""
        return _WRITTEN.sub(f"{self.root}/", text)


def parse(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines()]


def build(dockerfile: Path, context: Path, root: Path, interpreter: Path) -> Image:
    """Carry out every step; the last stage is returned.

    ``interpreter`` is what the base image has as ``python``.

    Raises:
        ValueError: An instruction that is not understood.
        subprocess.CalledProcessError: A step failed.
    """
    image = Image(root)
    search_path = f"{_base_image(root, interpreter)}:{os.environ['PATH']}"
    files = sorted(sent_to_builder(context))
    arguments: dict[str, str] = {}
    for instruction in parse(dockerfile.read_text()):
        name = instruction.name
        # A shell expands what RUN says; Docker expands the rest.
        text = instruction.text if name == "RUN" else _expand(instruction.text, arguments, image)
        if name == "FROM":
            image = Image(root, {"PATH": search_path})
        elif name == "ARG":
            key, _, value = text.partition("=")
            arguments[key] = value
        elif name == "COPY":
            _copy(text, image, files, context)
        elif name == "RUN":
            _run(image.here(text), image)
        else:
            _describe(image, name, text)
    return image


def _base_image(root: Path, interpreter: Path) -> Path:
    """The folder with the base image's ``python``; its pip is that of the tests."""
    python = root / "base" / "python"
    python.parent.mkdir()
    python.write_text(
        f'#!/bin/sh\n[ "$2" = pip ] && exec {sys.executable} "$@"\nexec {interpreter} "$@"\n'
    )
    python.chmod(0o755)
    return python.parent


def _describe(image: Image, name: str, text: str) -> None:
    if name == "ENV":
        key, _, value = text.partition("=")
        image.environment[key] = image.here(value)
    elif name == "WORKDIR":
        image.workdir = text
        Path(image.here(text)).mkdir(parents=True, exist_ok=True)
    elif name == "USER":
        image.user = text
    elif name == "EXPOSE":
        image.ports = [int(port) for port in text.split()]
    elif name == "ENTRYPOINT":
        image.entrypoint = json.loads(text)
    elif name == "CMD":
        image.command = json.loads(text)
    elif name == "HEALTHCHECK":
        image.healthcheck = json.loads(text.partition("CMD ")[2])
    elif name != "LABEL":
        raise ValueError(f"{name} is not understood")


def _expand(text: str, arguments: dict[str, str], image: Image) -> str:
    known = {**arguments, **image.environment}
    return _VARIABLE.sub(lambda match: known[match[1] or match[2]], text)


def _copy(text: str, image: Image, files: Sequence[Path], context: Path) -> None:
    first, *rest = shlex.split(text)
    if first.startswith("--from="):
        source, target = rest
        if source != target:
            raise ValueError("a copy between stages must keep its place: environments have paths")
        return
    *sources, target = (first, *rest)
    folder = Path(image.here(image.workdir)) / target
    for source in sources:
        taken = [path for path in files if path == Path(source) or Path(source) in path.parents]
        if not taken:
            raise ValueError(f"{source} is not sent to the builder; see .dockerignore")
        for path in taken:
            inner = path.relative_to(source) if path != Path(source) else Path(path.name)
            (folder / inner).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(context / path, folder / inner)


def _run(command: str, image: Image) -> None:
    environment = {**os.environ, **image.environment}
    environment.pop("PYTHONPATH", None)
    # This machine may have the files of an earlier build.
    environment.pop("PIP_NO_CACHE_DIR", None)
    subprocess.run(
        ["sh", "-ec", command],
        cwd=image.here(image.workdir),
        env=environment,
        check=True,
        timeout=_STEP_TIMEOUT_S,
    )


def sent_to_builder(context: Path) -> Iterator[Path]:
    """The files below ``context`` that ``.dockerignore`` lets through."""
    rules = [
        line
        for line in (context / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=context, text=True
    )
    for path in map(PurePosixPath, listed.splitlines()):
        ignored = False
        for rule in rules:
            if any(_matches(part, rule.removeprefix("!")) for part in (path, *path.parents)):
                ignored = not rule.startswith("!")
        if not ignored:
            yield Path(path)


def _matches(path: PurePosixPath, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.name, pattern.removeprefix("**/"))
    return len(path.parts) == pattern.count("/") + 1 and fnmatch(str(path), pattern)
