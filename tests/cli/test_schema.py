"""The JSON Schema says of files what loading says of their shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.config.load import load_sources
from cors_authz.config.rule import RuleId
from cors_authz.config.schema import DRAFT, json_schema
from cors_authz.config.source import Source
from tests.cli.conftest import Run
from tests.reference.strategies import policy_sets

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

EXAMPLES = sorted(
    file
    for folder in ("deploy/demo/policies", "tests/config/examples", "tests/envoy")
    for file in (ROOT / folder).rglob("*.yaml")
    if any(key in file.read_text() for key in ("policies:", "apiGroups:", "settings:"))
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 9


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_example_is_valid(file: Path) -> None:
    for document in yaml.safe_load_all(file.read_text()):
        VALIDATOR.validate(document)


GOOD_POLICY: dict[str, Any] = {"name": "a", "allowedHttpProtocols": ["HTTP/2"]}
GOOD_GROUP: dict[str, Any] = {"name": "a", "policies": ["a"]}
GOOD_TEST: dict[str, Any] = {
    "name": "a",
    "request": {"url": "https://a.test"},
    "expect": {"verdict": "deny"},
}


def test_the_shortest_documents_are_valid() -> None:
    VALIDATOR.validate({"policies": [GOOD_POLICY], "apiGroups": [GOOD_GROUP], "tests": [GOOD_TEST]})


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({"version": 2}, id="another version"),
        pytest.param({"version": True}, id="a version that is no number"),
        pytest.param({"apigroups": []}, id="an unknown key"),
        pytest.param({"policies": None}, id="a key without a value"),
        pytest.param({"policies": [{"name": "a"}]}, id="a policy without protocols"),
        pytest.param({"apiGroups": [{"name": "a"}]}, id="a group without policies"),
        pytest.param({"settings": {"unmatched": "Allow"}}, id="an unknown word"),
        pytest.param({"settings": {"decisionLog": {"allowed": 2}}}, id="a share above one"),
        *(
            pytest.param({"policies": [{**GOOD_POLICY, key: value}]}, id=f"{key}: {value}")
            for key, value in {
                "name": "",
                "allowedHttpProtocols": [],
                "allowedMethods": "GET",
                "allowedOrigins": None,
                "allowCredentials": "yes",
                "maxAge": 86401,
                "mode": "enforced",
                "acknowledge": ["any-origin-with-credentials"],
                "tags": {"env": 1},
                "alowedMethods": [],
            }.items()
        ),
        pytest.param({"tests": [{**GOOD_TEST, "expect": {"kind": "cors"}}]}, id="an unknown kind"),
        pytest.param({"tests": [{**GOOD_TEST, "request": {}}]}, id="a request without URL"),
    ],
)
def test_mistakes_are_refused(document: Any) -> None:
    assert not VALIDATOR.is_valid(document)


def test_the_schema_is_of_its_draft_and_the_command_prints_it(run: Run) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DRAFT
    assert json.loads(run("schema").stdout) == SCHEMA


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    for key, inner in schema.get("properties", {}).items():
        yield key, inner
        yield from properties(inner)
        yield from properties(inner.get("items", {}))


def test_an_editor_finds_a_description_at_every_key_and_no_reference_to_follow() -> None:
    keys = dict(properties(SCHEMA))
    assert {"allowedOrigins", "sameOrigin", "decisionLog", "absentHeaders"} <= set(keys)
    assert all(inner["description"] for inner in keys.values())
    assert "$ref" not in json.dumps(SCHEMA)
    assert "title" not in keys["name"]


STRANGE = st.sampled_from([None, "x", 7, 0.5, True, [], ["x"], [1], {}, {"x": "y"}, "HTTP/2"])


@st.composite
def mutated_documents(draw: st.DrawFn) -> Any:
    """A policy set in which one value, anywhere, may be another."""
    document = json.loads(json.dumps(draw(policy_sets())))
    node: Any = document
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return document
        key = draw(st.sampled_from(keys))
        inner = node[key]
        if not isinstance(inner, dict | list) or draw(st.integers(0, 3)) == 0:
            break
        node = inner
    if draw(st.booleans()):
        node[key] = draw(STRANGE)
    elif isinstance(node, dict):
        node["unknown"] = draw(STRANGE)
    return document


FAULTS_OF_SHAPE = frozenset(
    {
        RuleId.TYPE_WRONG,
        RuleId.KEY_MISSING,
        RuleId.KEY_UNKNOWN,
        RuleId.VALUE_RANGE,
        RuleId.VALUE_UNKNOWN,
        RuleId.VERSION_UNKNOWN,
        RuleId.MAX_AGE_RANGE,
        RuleId.PROTOCOL_UNKNOWN,
        RuleId.NAME_INVALID,
        RuleId.ACKNOWLEDGE_INVALID,
    }
)


@given(mutated_documents())
def test_schema_and_loading_agree_on_every_shape(document: Any) -> None:
    source = Source("set.json", json.dumps(document).encode())
    found = {finding.id for finding in load_sources([source], place="set.json").findings}
    assert VALIDATOR.is_valid(document) is found.isdisjoint(FAULTS_OF_SHAPE), found
