"""``docs/configuration.md`` has every field, with its true default and an example that loads."""

import json
from typing import Any

import pytest
import yaml

from cors_authz.config.load import load_sources
from cors_authz.config.schema import json_schema
from cors_authz.config.source import Source
from tests.docs.pages import ROOT, rows_of, section_of

PAGE = ROOT / "docs/configuration.md"
SCHEMA = json_schema()


def items_of(key: str) -> dict[str, Any]:
    items: dict[str, Any] = SCHEMA["properties"][key]["items"]
    return items


OBJECTS: dict[str, dict[str, Any]] = {
    "Document": SCHEMA,
    "settings": SCHEMA["properties"]["settings"],
    "settings.decisionLog": SCHEMA["properties"]["settings"]["properties"]["decisionLog"],
    "policies": items_of("policies"),
    "apiGroups": items_of("apiGroups"),
    "tests": items_of("tests"),
    "tests.request": items_of("tests")["properties"]["request"],
    "tests.expect": items_of("tests")["properties"]["expect"],
}

FIELDS = [
    pytest.param(title, key, schema, id=f"{title}.{key}")
    for title, properties in OBJECTS.items()
    for key, schema in properties["properties"].items()
]


def row_of(title: str, key: str) -> list[str]:
    rows = [row for row in rows_of(section_of(PAGE, title)) if row[0] == f"`{key}`"]
    assert len(rows) == 1, f"{key} stands {len(rows)} times below {title}"
    return rows[0]


@pytest.mark.parametrize("title", OBJECTS)
def test_no_field_is_told_that_does_not_exist(title: str) -> None:
    told = [row[0].strip("`") for row in rows_of(section_of(PAGE, title))]
    assert told == list(OBJECTS[title]["properties"])


@pytest.mark.parametrize(("title", "key", "schema"), FIELDS)
def test_every_field_is_told_with_its_default(title: str, key: str, schema: dict[str, Any]) -> None:
    default = row_of(title, key)[2].strip("`")
    if key in OBJECTS[title].get("required", ()):
        assert default == "required"
    elif schema.get("default") not in (None, [], {}) and "properties" not in schema:
        assert yaml.safe_load(default) == schema["default"]
    else:
        assert default != "required"


@pytest.mark.parametrize(("title", "key", "schema"), FIELDS)
def test_every_choice_is_told(title: str, key: str, schema: dict[str, Any]) -> None:
    choices = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    told = row_of(title, key)[1]
    if key not in ("acknowledge", "kind", "reason", "browser"):
        assert all(f"`{choice}`" in told for choice in choices)


def around(title: str, example: dict[str, Any]) -> dict[str, Any]:
    """The shortest set in which an example of a field can stand."""
    policy: dict[str, Any] = {"name": "storefront", "allowedHttpProtocols": ["HTTP/2"]}
    partner = {**policy, "name": "partner", "allowedOrigins": ["https://partner.example.net"]}
    group: dict[str, Any] = {"name": "orders", "policies": ["storefront"]}
    test: dict[str, Any] = {
        "name": "a",
        "request": {"url": "https://a.test"},
        "expect": {"verdict": "allow"},
    }
    document: dict[str, Any] = {}
    match title:
        case "Document":
            document = example
        case "settings":
            document = {"settings": example}
        case "settings.decisionLog":
            document = {"settings": {"decisionLog": example}}
        case "policies":
            policy = {**policy, "allowedOrigins": ["https://a.example"], **example}
            group["policies"] = [policy["name"]]
        case "apiGroups":
            group |= example
        case "tests":
            test |= example
        case "tests.request" | "tests.expect":
            part = title.removeprefix("tests.")
            test[part] = test[part] | example
    whole = {"policies": [policy, partner], "apiGroups": [group], "tests": [test]}
    return {**whole, **{key: value for key, value in document.items() if value != []}}


@pytest.mark.parametrize(("title", "key", "schema"), FIELDS)
def test_every_example_loads(title: str, key: str, schema: dict[str, Any]) -> None:
    assert schema
    example = yaml.safe_load(row_of(title, key)[3].strip("`"))
    assert list(example) == [key]
    content = json.dumps(around(title, example)).encode()
    result = load_sources([Source("set.json", content)], place="set.json")
    assert [f for f in result.findings if f.level == "error"] == []


@pytest.mark.parametrize(("title", "key"), [("Origins", "allowedOrigins"), ("Paths", "paths")])
def test_every_kind_of_entry_loads(title: str, key: str) -> None:
    entries = [row[0].strip('`"') for row in rows_of(section_of(PAGE, title))]
    assert len(entries) >= 3
    place = "policies" if key == "allowedOrigins" else "apiGroups"
    content = json.dumps(around(place, {key: entries})).encode()
    result = load_sources([Source("set.json", content)], place="set.json")
    assert [f for f in result.findings if f.level == "error"] == []
