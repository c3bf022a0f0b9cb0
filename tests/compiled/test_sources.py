"""What mypyc demands of a source, where neither mypy nor the uncompiled code would notice."""

import ast
from collections.abc import Iterator

import pytest

from tests.compiled.modules import ROOT, compiled_modules


def caught_types(function: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name that a function gives to an exception, and the type that is caught with it."""
    for node in ast.walk(function):
        if isinstance(node, ast.ExceptHandler) and node.name and node.type:
            yield node.name, ast.unparse(node.type)


@pytest.mark.parametrize("module", compiled_modules())
def test_a_name_of_an_exception_has_one_type_in_a_function(module: str) -> None:
    """Else the compiled function raises a TypeError when it catches the second type."""
    tree = ast.parse((ROOT / "cors_authz" / f"{module}.py").read_text())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            caught = set(caught_types(function))
            assert len({name for name, _ in caught}) == len(caught), function.name
