import json
from importlib import import_module
from pathlib import Path

import pytest

from cors_authz.config.finding import Finding, Level
from tests.cli.conftest import SHOP, Run


def test_a_good_set_is_valid(run: Run, shop: Path) -> None:
    result = run("validate", shop)
    assert result.exit_code == 0
    assert result.stdout.startswith("valid: 0 errors, 0 warnings, revision ")


def test_a_finding_shows_its_place_its_line_and_what_to_write(run: Run, shop: Path) -> None:
    file = shop / "shop.yaml"
    file.write_text(SHOP.replace("allowedOrigins: [https://shop", "allowdOrigins: [https://shop"))
    result = run("validate", shop)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:4] == [
        f"{file}:6:3: error: policy storefront: there is no key 'allowdOrigins' here [key-unknown]",
        "    6 |   allowdOrigins: [https://shop.example.com]",
        "      |   ^",
        "    fix: write allowedOrigins",
    ]


def test_json_is_the_document_of_the_design(run: Run, shop: Path) -> None:
    file = shop / "shop.yaml"
    file.write_text(SHOP.replace("[GET, PUT]", "[GET, PUT, TRACE]"))
    result = run("validate", shop, "--format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["valid"] is False
    assert len(document["revision"]) == 12
    assert document["findings"] == [
        {
            "id": "method-invalid",
            "level": "error",
            "file": str(file),
            "line": 5,
            "column": 30,
            "policy": "storefront",
            "group": None,
            "message": document["findings"][0]["message"],
            "fix": document["findings"][0]["fix"],
        }
    ]


@pytest.mark.parametrize(
    ("options", "exit_code", "valid"), [((), 0, True), (("--strict",), 1, False)]
)
def test_strict_takes_warnings_for_errors(
    run: Run,
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    exit_code: int,
    *,
    valid: bool,
) -> None:
    warning = Finding("policy-unused", Level.WARNING, "shop.yaml", 2, 3, "no group names it", "x")
    loading = import_module("cors_authz.config.load")
    monkeypatch.setattr(loading, "CHECKS", (lambda _: iter([warning]),))
    as_json = run("validate", shop, "--format", "json", *options)
    document = json.loads(as_json.stdout)
    assert {finding["level"] for finding in document["findings"]} == {"warning"}
    assert (as_json.exit_code, document["valid"]) == (exit_code, valid)
    as_text = run("validate", shop, *options)
    assert as_text.exit_code == exit_code
    assert ("not valid, since warnings count as errors" in as_text.stdout) is not valid


def test_options_are_environment_variables_too(run: Run, shop: Path) -> None:
    result = run("validate", shop, CORS_AUTHZ_VALIDATE_FORMAT="json")
    assert json.loads(result.stdout)["valid"] is True


def test_several_paths_make_one_set(run: Run, shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "more.yaml"
    other.write_text("apiGroups:\n- {name: more, hosts: [b.test], policies: [storefront]}\n")
    assert run("validate", other).exit_code == 1
    assert run("validate", shop, other).exit_code == 0


def test_a_manifest_is_checked_as_the_files_that_it_becomes(run: Run, tmp_path: Path) -> None:
    indented = "".join(f"    {line}\n" for line in SHOP.splitlines())
    manifest = tmp_path / "configmap.yaml"
    manifest.write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cors}\ndata:\n  shop.yaml: |\n"
        + indented.replace("HTTP/2]", "HTTP/4]", 1)
    )
    result = run("validate", manifest)
    assert result.exit_code == 1
    assert f"{manifest}:9:40: error: policy storefront: " in result.stdout
    assert "    9 |       allowedHttpProtocols: [HTTP/1.1, HTTP/4]\n" in result.stdout


@pytest.mark.parametrize("arguments", [(), ("--format", "xml", "x"), ("--unknown", "x")])
def test_wrong_usage_exits_with_two(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("validate", *arguments).exit_code == 2


def test_a_path_that_is_not_there_is_a_finding(run: Run, tmp_path: Path) -> None:
    result = run("validate", tmp_path / "missing.yaml")
    assert result.exit_code == 1
    assert "[file-unreadable]" in result.stdout


def test_what_a_terminal_could_take_for_a_command_is_not_printed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "evil.yaml"
    file.write_bytes(b"policies: [\x1b[31m\x07\x9b]\n")
    result = run("validate", file)
    assert result.exit_code == 1
    assert not {"\x1b", "\x07", "\x9b"} & set(result.stdout)


def test_a_long_line_is_quoted_around_the_fault(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text("{version: 1, policies: [], " + " " * 300 + "apiGrups: []}\n")
    lines = run("validate", file).stdout.splitlines()
    quoted = next(index for index, line in enumerate(lines) if "apiGrups: []" in line)
    assert len(lines[quoted]) < 120
    assert lines[quoted][lines[quoted + 1].index("^") :].startswith("apiGrups")


def test_the_caret_stands_below_what_follows_ideographs(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wide.yaml"
    file.write_text('{version: 1, policies: ["広東"], apiGrups: []}\n')
    lines = run("validate", file).stdout.splitlines()
    quoted = next(
        index for index, line in enumerate(lines) if lines[index - 1].endswith("[key-unknown]")
    )
    assert lines[quoted + 1].index("^") == lines[quoted].index("apiGrups") + 2
