"""``cors-authz test``: tests that stand beside the policies."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cors_authz.config.load import load
from tests.cli.conftest import Run

PASSING = """\
tests:
- name: the shop changes orders
  request:
    method: PUT
    url: https://api.example.com/orders/1
    origin: https://shop.example.com
    headers: {authorization: ""}
  expect:
    verdict: allow
    kind: actual
    reason: allowed
    group: orders
    policy: storefront
    headers: {access-control-allow-origin: https://shop.example.com, Vary: Origin}
    absentHeaders: [Access-Control-Allow-Credentials]
    browser: readable
- name: its preflight is answered here
  request:
    method: PUT
    url: https://api.example.com/orders/1
    origin: https://shop.example.com
    preflight: true
  expect: {verdict: allow, kind: preflight, status: 204, browser: sent}
"""

FAILING = """\
- name: partners change orders
  request: {method: PUT, url: https://api.example.com/orders/1, origin: https://a.example}
  expect:
    verdict: deny
    policy: storefront
    status: 204
    shadow: deny
    headers: {vary: "*", x-none: a}
    absentHeaders: [access-control-allow-origin]
"""


@pytest.fixture(name="tests")
def fixture_tests(shop: Path) -> Path:
    file = shop / "tests.yaml"
    file.write_text(PASSING)
    return file


def test_tests_that_pass(run: Run, shop: Path, tests: Path) -> None:
    assert tests.exists()
    result = run("test", shop)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2 passed, 0 failed",
        "policies exercised: 2 of 2",
    ]


def test_a_failure_shows_what_differs_and_why(run: Run, shop: Path, tests: Path) -> None:
    tests.write_text(PASSING + FAILING)
    result = run("test", shop)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{tests}:24: failed: partners change orders",
        "    PUT https://api.example.com/orders/1 from https://a.example over HTTP/2",
        "    - verdict: deny",
        "    + verdict: allow",
        "    - policy: storefront",
        "    + policy: partner",
        "    - shadow: deny",
        "    + shadow: none",
        "    - status: 204",
        "    + status: none",
        "    - headers.vary: *",
        "    + headers.vary: Origin",
        "    - headers.x-none: a",
        "    + headers.x-none: absent",
        "    - headers.access-control-allow-origin: absent",
        "    + headers.access-control-allow-origin: https://a.example",
        "    policy partner: accepts the origin by https://a.example",
        "",
        "2 passed, 1 failed",
        "policies exercised: 2 of 2",
    ]


@pytest.mark.parametrize(
    ("expectation", "because"),
    [
        ("group: other", "group orders: its host entry api.example.com fits"),
        ("browser: readable", "browser: No 'Access-Control-Allow-Origin' header is present"),
        ("verdict: allow", "policy storefront: no entry fits: https://shop.example.com"),
    ],
)
def test_a_failure_is_explained_by_what_it_is_about(
    run: Run, shop: Path, expectation: str, because: str
) -> None:
    (shop / "tests.yaml").write_text(
        "tests:\n- name: it\n  request: {url: https://api.example.com/orders, "
        f"origin: https://evil.test}}\n  expect: {{{expectation}}}\n"
    )
    assert because in run("test", shop).stdout


def test_junit_has_a_case_for_each_test(run: Run, shop: Path, tests: Path, tmp_path: Path) -> None:
    tests.write_text(PASSING + FAILING.replace("partners change", '"\\e partners & <change>"  #'))
    report = tmp_path / "results.xml"
    assert run("test", shop, "--junit", report).exit_code == 1
    suites = ET.parse(report).getroot()
    assert suites.attrib["failures"] == "1"
    (suite,) = suites
    assert (suite.attrib["name"], suite.attrib["tests"]) == (str(tests), "3")
    cases = list(suite)
    assert [case.attrib["line"] for case in cases] == ["2", "17", "24"]
    assert cases[2].attrib["name"] == "\ufffd partners & <change>"
    (failure,) = cases[2]
    assert failure.attrib["message"] == "verdict: expected deny, got allow"
    assert "policy: expected storefront, got partner" in (failure.text or "")


def test_policies_and_groups_that_no_test_exercises_are_named(run: Run, shop: Path) -> None:
    (shop / "more.yaml").write_text(
        "policies:\n- {name: lonely, allowedHttpProtocols: [HTTP/2]}\n"
        "apiGroups:\n- {name: quiet, hosts: [b.test], policies: [lonely]}\n" + PASSING
    )
    result = run("test", shop)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "policies exercised: 2 of 3",
        "policies never exercised: lonely",
        "groups never exercised: quiet",
    ]
    assert run("test", shop, "--require-coverage").exit_code == 1


def test_a_set_without_tests_fails(run: Run, shop: Path) -> None:
    result = run("test", shop)
    assert result.exit_code == 1
    assert result.stdout.startswith("no tests: ")


def test_a_report_that_cannot_be_written_is_told(run: Run, shop: Path, tests: Path) -> None:
    assert tests.exists()
    result = run("test", shop, "--junit", shop / "missing" / "results.xml")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(
    ("written", "place", "told"),
    [
        ("- {name: a, request: {url: /a}, expect: {verdict: deny}}", "2:28", "no absolute URL"),
        ("- {name: a, request: {url: https://a.test}, expect: {}}", "2:53", "expects nothing"),
        ("- {name: a, request: {url: https://a.test}}", "2:3", "expect is required"),
        ("- {name: a, expect: {verdict: deny}}", "2:3", "request is required"),
        ("- {request: {url: https://a.test}, expect: {verdict: deny}}", "2:3", "name is required"),
        (
            "- {name: a, request: {url: https://a.test}, expect: {verdict: denied}}",
            "2:63",
            "denied is none of allow, deny, withhold",
        ),
        (
            "- {name: a, request: {urll: https://a.test}, expect: {verdict: deny}}",
            "2:23",
            "there is no key 'urll' here",
        ),
        (
            "- {name: a, request: {url: https://a.test}, expect: {status: 99}}",
            "2:62",
            "99 is below 200",
        ),
        ("- a", "2:3", "a test must be a mapping"),
        ("  a: b", "2:3", "tests must be a list"),
    ],
)
def test_mistakes_in_tests_are_findings_with_positions(
    run: Run, shop: Path, written: str, place: str, told: str
) -> None:
    file = shop / "tests.yaml"
    file.write_text(f"tests:\n{written}\n")
    for command in ("validate", "test"):
        result = run(command, shop)
        assert result.exit_code == 1
        output = result.stdout + result.stderr
        assert f"{file}:{place}: error: " in output
        assert told in output


def test_serving_and_validating_leave_tests_alone(run: Run, shop: Path, tests: Path) -> None:
    tests.write_text(PASSING + FAILING)
    assert run("validate", shop, "--strict").exit_code == 0
    result = load([shop])
    assert result.loaded is not None
    assert [trial.document.name for trial in result.trials] == [
        "the shop changes orders",
        "its preflight is answered here",
        "partners change orders",
    ]
