"""What SECURITY.md names exists."""

import ast
import re

import pytest

from tests.docs.pages import ROOT, anchors_of, links_of, rows_of, section_of

PAGE = ROOT / "SECURITY.md"

ATTACKERS = (
    "A page in a browser",
    "A malicious client",
    "A malicious upstream",
    "A tenant who writes policies",
    "A neighbour on the pod network",
)

NAMED = re.findall(r"`(tests/[^`]+)`", PAGE.read_text())


@pytest.mark.parametrize("named", NAMED)
def test_every_named_test_exists(named: str) -> None:
    path, separator, name = named.partition("::")
    assert separator
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_promise_is_held_by_tests(attacker: str) -> None:
    rows = rows_of(section_of(PAGE, attacker))
    assert len(rows) >= 3
    for promise, held_by in rows:
        assert promise.endswith(".")
        assert "::test_" in held_by


def test_every_promise_is_made_to_an_attacker_that_is_known() -> None:
    told = re.findall(r"^### (.+)$", PAGE.read_text(), re.MULTILINE)
    assert tuple(told) == ATTACKERS


def test_links_lead_somewhere() -> None:
    for target in links_of(PAGE):
        name, _, anchor = target.partition("#")
        assert (ROOT / name).exists(), target
        assert not anchor or anchor in anchors_of(ROOT / name), target
