"""The OpenAPI description of the admin API."""

from typing import Any

import msgspec

from cors_authz import __version__
from cors_authz.admin.explain_form import ExplainForm

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_OBJECT: dict[str, Any] = {"type": "object"}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusal(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    }


def _list_of(what: str, parameters: list[dict[str, Any]], *, revision: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {"items": {"type": "array", "items": _OBJECT}}
    if revision:
        properties["revision"] = {"type": "string"}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    responses = {"200": _answer(what, schema)}
    if revision:
        responses["400"] = _refusal("The selector is none.")
        responses["503"] = _refusal("No policy set is in force yet.")
    return {"get": {"summary": what, "parameters": parameters, "responses": responses}}


def _describe() -> dict[str, Any]:
    (form,), definitions = msgspec.json.schema_components(
        [ExplainForm], ref_template="#/components/schemas/{name}"
    )
    selector = {
        "name": "selector",
        "in": "query",
        "description": "Tags to select by, as in kubectl: env=prod,team!=web,tier in (a,b).",
        "schema": {"type": "string"},
    }
    explain = {
        "summary": "What a request would get, and why.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": form}}},
        "responses": {
            "200": _answer("The explanation, step by step.", _OBJECT),
            "400": _refusal("The body describes no request."),
            "413": _refusal("The body is too large."),
            "415": _refusal("The body is not JSON."),
            "503": _refusal("No policy set is in force yet."),
        },
    }
    status = {
        "summary": "What is in force, since when, and what became of the last reload.",
        "responses": {"200": _answer("The status.", _OBJECT)},
    }
    problem = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "fix": {"type": "string"},
        },
        "required": ["title", "status", "fix"],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "cors-authz admin API", "version": __version__},
        "paths": {
            "/api/v1/status": {"get": status},
            "/api/v1/policies": _list_of("Policies in force.", [selector], revision=True),
            "/api/v1/groups": _list_of("API groups in force.", [selector], revision=True),
            "/api/v1/decisions": _list_of(
                "The latest denials, withholdings and shadow denials.", [], revision=False
            ),
            "/api/v1/explain": {"post": explain},
        },
        "components": {"schemas": {**definitions, "Problem": problem}},
    }


OPENAPI = _describe()
