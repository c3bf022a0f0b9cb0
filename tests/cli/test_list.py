import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_policies_as_a_table(run: Run, shop: Path) -> None:
    result = run("list", "policies", shop)
    assert result.exit_code == 0
    assert [line.split("  ")[0] for line in result.stdout.splitlines()] == [
        "NAME",
        "storefront",
        "partner",
    ]
    assert "https://a.example, https://b.example, https://c.example +1" in result.stdout
    assert "GET, HEAD, PUT" in result.stdout
    assert "env=prod,team=web" in result.stdout


def test_groups_as_a_table(run: Run, shop: Path) -> None:
    lines = run("list", "groups", shop).stdout.splitlines()
    assert lines == [
        "NAME    HOSTS            PATHS    EVALUATION  POLICIES             TAGS",
        "orders  api.example.com  /orders  firstMatch  partner, storefront  team=orders",
    ]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("env=prod", ["storefront"]),
        ("env in (prod,dev),!team", ["partner"]),
        ("team!=web", ["partner"]),
        ("env=none", []),
    ],
)
def test_a_selector_chooses_by_tags(run: Run, shop: Path, selector: str, names: list[str]) -> None:
    result = run("list", "policies", shop, "--selector", selector, "--format", "json")
    assert [policy["name"] for policy in json.loads(result.stdout)] == names


def test_json_has_every_key_of_the_files(run: Run, shop: Path) -> None:
    (policy,) = json.loads(
        run("list", "policies", shop, "-l", "env=prod", "--format", "json").stdout
    )
    assert policy == {
        "name": "storefront",
        "description": "",
        "tags": {"env": "prod", "team": "web"},
        "allowedHttpProtocols": ["HTTP/1.1", "HTTP/2"],
        "allowedMethods": ["GET", "HEAD", "PUT"],
        "allowedOrigins": ["https://shop.example.com"],
        "requireOriginHeader": False,
        "allowedHeaders": ["authorization"],
        "exposedHeaders": [],
        "maxAge": 900,
        "allowCredentials": False,
        "mode": "enforce",
        "acknowledge": [],
        "groups": ["orders"],
    }
    (group,) = json.loads(run("list", "groups", shop, "--format", "json").stdout)
    assert group == {
        "name": "orders",
        "description": "",
        "tags": {"team": "orders"},
        "hosts": ["api.example.com"],
        "paths": ["/orders"],
        "policies": ["partner", "storefront"],
        "evaluation": "firstMatch",
        "sameOrigin": "allow",
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("rules", "x"), "Invalid value"),
        (("policies",), "Missing argument"),
        (("policies", "x", "--selector", "a b"), "--selector: a comma is missing at character 3"),
    ],
)
def test_wrong_usage_exits_with_two(run: Run, arguments: tuple[str, ...], told: str) -> None:
    result = run("list", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_bad_set_is_not_listed(run: Run, tmp_path: Path) -> None:
    result = run("list", "groups", tmp_path / "missing")
    assert result.exit_code == 1
    assert "[file-unreadable]" in result.stderr
