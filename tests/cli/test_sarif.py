"""SARIF 2.1.0: the structure that the standard's sections demand, and our facts in it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cors_authz.config.rule import RuleId
from tests.cli.conftest import SHOP, Run

TEXT = {"type": "string", "minLength": 1}
MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": TEXT}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
POSITION = {"type": "integer", "minimum": 1}

STRUCTURE: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},  # 3.13.2
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],  # 3.14.6, 3.14.23
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
                    "properties": {"type": "object"},
                    "invocations": {  # 3.20.14
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["executionSuccessful"],
                            "properties": {"executionSuccessful": {"type": "boolean"}},
                        },
                    },
                    "tool": {
                        "type": "object",
                        "required": ["driver"],  # 3.18.2
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],  # 3.19.8
                                "additionalProperties": False,
                                "properties": {
                                    "name": TEXT,
                                    "version": TEXT,
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],  # 3.49.3
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": TEXT,
                                                "shortDescription": MESSAGE,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "additionalProperties": False,
                                                    "properties": {"level": LEVEL},
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId", "locations"],  # 3.27.11
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": TEXT,
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": MESSAGE,
                                "locations": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation", "region"],
                                                "additionalProperties": False,
                                                "properties": {
                                                    "artifactLocation": {
                                                        "type": "object",
                                                        "required": ["uri"],
                                                        "properties": {
                                                            "uri": {
                                                                "type": "string",
                                                                "format": "uri-reference",
                                                            }
                                                        },
                                                    },
                                                    "region": {
                                                        "type": "object",
                                                        "required": ["startLine", "startColumn"],
                                                        "additionalProperties": False,
                                                        "properties": {
                                                            "startLine": POSITION,
                                                            "startColumn": POSITION,
                                                        },
                                                    },
                                                },
                                            },
                                            "logicalLocations": {
                                                "type": "array",
                                                "items": {
                                                    "type": "object",
                                                    "properties": {"name": TEXT, "kind": TEXT},
                                                },
                                            },
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture(name="log")
def fixture_log(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b:c.yaml").write_text(SHOP.replace("HTTP/2]", "HTTP/4]") + "paths: []\n")
    result = run("validate", "a b:c.yaml", "--format", "sarif")
    assert result.exit_code == 1
    log: dict[str, Any] = json.loads(result.stdout)
    return log


def test_the_log_has_the_structure_of_the_standard(log: dict[str, Any]) -> None:
    jsonschema.validate(log, STRUCTURE)


def test_every_rule_is_declared_once_and_results_point_at_theirs(log: dict[str, Any]) -> None:
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert sorted(rules) == sorted(RuleId)
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


def test_a_result_tells_place_policy_and_fix(log: dict[str, Any]) -> None:
    result = next(r for r in log["runs"][0]["results"] if r["ruleId"] == "protocol-unknown")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%3Ac.yaml"
    assert location["physicalLocation"]["region"] == {"startLine": 4, "startColumn": 36}
    assert location["logicalLocations"] == [{"name": "storefront", "kind": "resource"}]
    assert result["level"] == "error"
    assert result["message"]["text"].startswith("policy storefront: ")
    assert "Fix: " in result["message"]["text"]


def test_an_absolute_path_is_a_file_uri(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("policies: []\n")
    log = json.loads(run("validate", file, "--format", "sarif").stdout)
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == file.as_uri()


def test_a_good_set_has_a_log_without_results(run: Run, shop: Path) -> None:
    result = run("validate", shop, "--format", "sarif")
    assert result.exit_code == 0
    log = json.loads(result.stdout)
    jsonschema.validate(log, STRUCTURE)
    assert log["runs"][0]["results"] == []
