"""The protocol touches nothing: no socket, no clock, no log, and no other room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "cors_authz" / "server" / "http2"
_MODULES = sorted(_FOLDER.glob("*.py"))

_ALLOWED = frozenset(
    {
        "base64",
        "binascii",
        "collections",
        "cors_authz.server.http2",
        "dataclasses",
        "enum",
        "functools",
        "hpack",
        "operator",
        "re",
        "struct",
        "typing",
        "urllib.parse",
    }
)


def imported(source: str) -> Iterator[str]:
    """The modules that a source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


@pytest.mark.parametrize("module", _MODULES, ids=lambda path: path.stem)
def test_a_module_of_the_protocol_imports_nothing_worldly(module: Path) -> None:
    names = set(imported(module.read_text()))

    assert {
        name for name in names if not any(name == a or name.startswith(f"{a}.") for a in _ALLOWED)
    } == set()


def test_the_modules_are_found() -> None:
    assert "connection" in {module.stem for module in _MODULES}
