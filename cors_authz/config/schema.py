"""The JSON Schema of the files, for editors: made from the documents, so that it cannot differ."""

from typing import Any

from cors_authz.config.document import Document
from cors_authz.config.rule import RULES, Severity

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that YAML's language server supports in all of its releases."""

Schema = dict[str, Any]


def json_schema() -> Schema:
    """The schema of one document.

    Definitions stand where they are used: draft 7 ignores what stands beside a reference,
    and so editors would not show the descriptions of keys.
    """
    generated = Document.model_json_schema()
    definitions = generated.pop("$defs", {})
    inlined: Schema = _inline(generated, definitions)
    policies: Schema = inlined["properties"]["policies"]["items"]
    policies["properties"]["acknowledge"]["items"]["enum"] = [
        rule.value for rule, known in RULES.items() if known.severity is not Severity.ERROR
    ]
    return {
        "$schema": DRAFT,
        "title": "cors-authz policy set",
        "description": "CORS policies and the API groups that they decide about.",
        **{key: value for key, value in inlined.items() if key not in ("title", "description")},
    }


def _inline(node: Any, definitions: Schema) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if reference is not None:
        definition = definitions[reference.removeprefix("#/$defs/")]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _inline({**definition, **rest}, definitions)
    return {
        key: _properties(value, definitions) if key == "properties" else _inline(value, definitions)
        for key, value in node.items()
        if key != "title" and not (key == "default" and value is None)
    }


def _properties(properties: Schema, definitions: Schema) -> Schema:
    """Keys of documents, which may be called as keywords of schemas are."""
    return {key: _inline(value, definitions) for key, value in properties.items()}
