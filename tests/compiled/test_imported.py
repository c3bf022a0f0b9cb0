"""What is imported is what is meant to be tested."""

import os
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from tests.compiled.modules import compiled_modules


@pytest.mark.skipif(
    not os.environ.get("REQUIRE_COMPILED"), reason="`make test-compiled` runs the compiled code"
)
def test_the_modules_are_compiled() -> None:
    files = [
        str(import_module(f"cors_authz.{module.replace('/', '.')}").__file__)
        for module in compiled_modules()
    ]

    assert [file for file in files if not file.endswith(tuple(EXTENSION_SUFFIXES))] == []
