"""No room imports what it may not: design section 9, read from the source of every module."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cors_authz"

PURE = frozenset(
    {
        "abc",
        "bisect",
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "ipaddress",
        "itertools",
        "operator",
        "re",
        "shlex",
        "string",
        "types",
        "typing",
    }
)
"""What of the standard library has no clock, no chance, no socket, no log (of shlex, quoting)."""

WORLDLY_BUILTINS = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
"""They count as imported from ``builtins``, which is not pure."""


@dataclass(frozen=True)
class Room:
    """What the modules of one room may import beside each other."""

    rooms: frozenset[str] = frozenset()
    third_party: frozenset[str] = frozenset()
    standard_library: frozenset[str] = sys.stdlib_module_names


def room(
    rooms: str = "", third_party: str = "", standard_library: frozenset[str] | None = None
) -> Room:
    """A room, its lists written as words."""
    library = sys.stdlib_module_names if standard_library is None else standard_library
    return Room(frozenset(rooms.split()), frozenset(third_party.split()), library)


EVERYWHERE = "policy config authz server observability admin envoy cli commands _generated"
ROOMS = {
    "policy": room(third_party="re2", standard_library=PURE),
    "config": room("policy", "msgspec pydantic pydantic_core publicsuffixlist yaml"),
    "authz": room("policy _generated", "google"),
    "server": room("authz config observability", "google grpc grpc_health hpack msgspec uvloop"),
    "observability": room("policy", "msgspec opentelemetry prometheus_client structlog"),
    "admin": room("config observability policy", "msgspec starlette uvicorn"),
    "envoy": room("config", "betterproto2 envoy_data_plane re2 yaml"),
    "_generated": room(third_party="google"),
    "cli": room(EVERYWHERE, "click"),
    "commands": room(EVERYWHERE, "click"),
    "__main__": room("cli"),
    "__init__": room(),
}
"""By the name of a folder or module of ``cors_authz``; one that does not exist does no harm."""


def imported(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Line and absolute name of whatever a module of ``package`` imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"
        elif isinstance(node, ast.Name) and node.id in WORLDLY_BUILTINS:
            yield node.lineno, f"builtins.{node.id}"


def is_allowed(room_name: str, name: str) -> bool:
    """Whether a module of a room may import this absolute name."""
    may = ROOMS[room_name]
    top, _, rest = name.partition(".")
    if top != "cors_authz":
        known = may.standard_library if top in sys.stdlib_module_names else may.third_party
        return top in known
    target = rest.partition(".")[0]
    if target not in ROOMS:
        return True  # a name that the package itself defines, such as its version
    return target == room_name or target in may.rooms


def violations(room_name: str, source: str, package: tuple[str, ...]) -> list[str]:
    """Each import of a module that its room may not have."""
    return [
        f"line {line}: {room_name} may not import {name}"
        for line, name in imported(source, package)
        if not is_allowed(room_name, name)
    ]


MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_module_imports_what_its_room_may_not(module: Path) -> None:
    room_name = module.parts[0].removesuffix(".py")
    assert room_name in ROOMS, f"give {room_name} a line in ROOMS, and in the design"

    source = (PACKAGE / module).read_text(encoding="utf-8")

    assert violations(room_name, source, ("cors_authz", *module.parts[:-1])) == []


def test_the_decision_is_among_the_modules_read() -> None:
    assert Path("policy/decide.py") in MODULES


@pytest.mark.parametrize(
    ("room_name", "source"),
    [
        ("policy", "import re\nfrom collections.abc import Mapping\nimport re2"),
        ("policy", "from cors_authz.policy.terms import Kind"),
        ("policy", "from .terms import Kind\nfrom . import terms"),
        ("config", "import os\nimport yaml\nfrom cors_authz.policy import pattern"),
        ("authz", "from cors_authz._generated import ext_authz_pb2\nimport google.protobuf"),
        ("server", "import grpc, asyncio\nfrom cors_authz.authz.check import check"),
        ("commands", "import click\nfrom cors_authz import __version__\nimport cors_authz.server"),
    ],
)
def test_the_check_passes_what_the_design_allows(room_name: str, source: str) -> None:
    assert violations(room_name, source, ("cors_authz", room_name)) == []


@pytest.mark.parametrize(
    ("room_name", "source"),
    [
        ("policy", "import os"),
        ("policy", "import os.path as harmless"),
        ("policy", "from time import monotonic"),
        ("policy", "import datetime"),
        ("policy", "import random"),
        ("policy", "import logging"),
        ("policy", "import asyncio"),
        ("policy", "import socket"),
        ("policy", "import importlib"),
        ("policy", "__import__('os')"),
        ("policy", "read = open"),
        ("policy", "print('decided')"),
        ("policy", "def late():\n    import sys"),
        ("policy", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import yaml"),
        ("policy", "import yaml"),
        ("policy", "from cors_authz.config.load import load"),
        ("policy", "from cors_authz import config"),
        ("policy", "from .. import config"),
        ("policy", "from ..config.load import load"),
        ("policy", "import cors_authz.authz"),
        ("policy", "from cors_authz._generated import ext_authz_pb2"),
        ("config", "import grpc"),
        ("config", "from cors_authz.server.serve import serve"),
        ("authz", "import grpc"),
        ("authz", "import yaml"),
        ("authz", "from cors_authz.config import load"),
        ("server", "import yaml"),
        ("server", "import click"),
        ("observability", "from cors_authz.authz.check import check"),
        ("admin", "import grpc"),
        ("envoy", "from cors_authz.policy.terms import Kind"),
        ("cli", "import grpc"),
    ],
)
def test_the_check_finds_what_the_design_forbids(room_name: str, source: str) -> None:
    assert len(violations(room_name, source, ("cors_authz", room_name))) == 1
