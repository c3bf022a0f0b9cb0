"""Limits on the number of patterns, and the time that checking takes."""

import json
import time
from typing import Any

import pytest

from cors_authz.config.lint import limits
from cors_authz.config.load import load_sources
from cors_authz.config.result import LoadResult
from cors_authz.config.source import Source


def load(policies: list[dict[str, Any]], groups: list[dict[str, Any]]) -> LoadResult:
    filled = [{"name": "p", "allowedHttpProtocols": ["HTTP/2"], **policy} for policy in policies]
    data = {"policies": filled, "apiGroups": groups}
    return load_sources([Source("set.json", json.dumps(data).encode())], place="folder")


GROUP = {"name": "g", "policies": ["p"]}


@pytest.mark.parametrize(
    ("pattern", "limit"),
    [
        (r"~https://a{}\.example\.com", limits.MAX_POLICY_REGEXES),
        ("https://*.a{}.example.com", limits.MAX_POLICY_WILDCARDS),
    ],
)
def test_a_policy_has_so_many_patterns_and_no_more(pattern: str, limit: int) -> None:
    origins = [pattern.format(number) for number in range(limit)]
    assert load([{"allowedOrigins": origins}], [GROUP]).findings == ()

    [finding] = load([{"allowedOrigins": [*origins, pattern.format("z")]}], [GROUP]).findings
    assert (finding.id, finding.policy) == ("value-range", "p")
    assert f"{limit + 1}" in finding.message


def test_exact_origins_are_not_limited() -> None:
    origins = [f"https://a{number}.example.com" for number in range(5000)]

    assert load([{"allowedOrigins": origins}], [GROUP]).findings == ()


def test_a_group_has_so_many_expressions_and_no_more() -> None:
    paths = [f"~/v{number}/[0-9]+" for number in range(limits.MAX_GROUP_PATH_REGEXES)]
    assert load([{}], [GROUP | {"paths": paths}]).findings == ()

    [finding] = load([{}], [GROUP | {"paths": [*paths, "~/z"]}]).findings
    assert (finding.id, finding.group) == ("value-range", "g")


def test_a_set_has_so_many_expressions_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_REGEXES", 3)
    origins = [r"~https://a\.example", r"~https://b\.example"]

    assert load([{"allowedOrigins": origins}], [GROUP | {"paths": ["~/a"]}]).findings == ()
    [finding] = load([{"allowedOrigins": origins}], [GROUP | {"paths": ["~/a", "~/b"]}]).findings
    assert (finding.id, finding.file) == ("value-range", "folder")


def test_ten_thousand_policies_with_an_expression_each_are_checked_in_seconds() -> None:
    policies = [
        {
            "name": f"p{number}",
            "allowedOrigins": [
                f"https://shop{number}.example.com",
                rf"~https://pr-[0-9]+\.shop{number}\.example\.(com|org)(:[0-9]+)?",
            ],
        }
        for number in range(10_000)
    ]
    groups = [
        {"name": f"g{n}", "hosts": [f"api{n}.example.com"], "policies": [f"p{n}", f"p{n - 1}"]}
        for n in range(1, 10_000)
    ]
    started_s = time.process_time()
    result = load(policies, groups)

    assert time.process_time() - started_s < 40  # 9 s where it was written, half of it in lint
    assert result.findings == ()


@pytest.mark.parametrize(
    "expression",
    [
        "(a|b)" * 9 + ".*",
        ".*" * 120,
        "([a-z]+\\.)*" * 4 + "example.com.*",
        "https://" + "[a-z0-9-]*\\.?" * 30 + "com",
        "https://(.*|.+|.?|[^a])(.*|.+|.?|[^a])(.*|.+|.?|[^a])example.com.{1000}",
        "https://" + "a?" * 9 + "." * 100,
        "[a-z]{1000}",
    ],
)
def test_no_expression_takes_long(expression: str) -> None:
    started_s = time.process_time()
    load([{"allowedOrigins": ["~" + expression], "allowCredentials": True}], [GROUP])

    assert time.process_time() - started_s < 5  # a tenth of that where it was written
