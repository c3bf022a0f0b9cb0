"""The documents' JSON Schema, from which editors explain every field."""

from typing import Any

import pytest

from cors_authz.config.document import Document

SCHEMA: dict[str, Any] = Document.model_json_schema(by_alias=True)
FIELDS = [
    pytest.param(field, id=f"{title}.{name}")
    for title, model in {"Document": SCHEMA, **SCHEMA["$defs"]}.items()
    for name, field in model.get("properties", {}).items()
]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_described_in_whole_sentences(field: dict[str, Any]) -> None:
    assert field["description"][-1] in ".:3"


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_takes_a_missing_value(field: dict[str, Any]) -> None:
    assert "'type': 'null'" not in repr(field)


def test_keys_are_those_of_the_design() -> None:
    assert list(SCHEMA["properties"]) == ["version", "settings", "policies", "apiGroups", "tests"]
    assert list(SCHEMA["$defs"]["PolicyDocument"]["properties"]) == [
        "name",
        "description",
        "tags",
        "allowedHttpProtocols",
        "allowedMethods",
        "allowedOrigins",
        "requireOriginHeader",
        "allowedHeaders",
        "exposedHeaders",
        "maxAge",
        "allowCredentials",
        "mode",
        "acknowledge",
    ]
    assert list(SCHEMA["$defs"]["GroupDocument"]["properties"]) == [
        "name",
        "description",
        "tags",
        "hosts",
        "paths",
        "policies",
        "evaluation",
        "sameOrigin",
    ]
