"""Expressions that keep backtracking engines busy for ever cost no more than others."""

import time

import pytest
import re2

from cors_authz._generated.ext_authz_pb2 import CheckResponse
from cors_authz.config.compile import LoadedSet
from cors_authz.config.spec import DecisionLogShares
from cors_authz.policy.origin import MAX_ORIGIN_BYTES, parse_origin
from cors_authz.policy.pattern import OriginMatcher, parse_pattern
from cors_authz.policy.regex import MAX_REGEX_LENGTH, RegexError, compile_regex
from cors_authz.server.service import CheckService
from tests.reference.building import build_policy_set
from tests.support.checks import preflight, read_answer

MAX_CHECK_MS = 5.0

LONGEST_HOST = 253
"""RFC 1035 2.3.4, without the root."""


def longest(label: str, ending: str) -> str:
    """An origin with the longest host there is, of labels that repeat, and a bad ending."""
    room = LONGEST_HOST - len(ending)
    return "https://" + (label * room)[:room].rstrip(".") + ending


A_S = longest("a" * 60 + ".", "-b")
ONES = longest("1" * 60 + ".", "-b")
DOTS = longest("a.", "b")

WORST = [
    pytest.param("https://(a+)+", A_S, id="nested repetition"),
    pytest.param("https://(a*)*", A_S, id="nested star"),
    pytest.param("https://((a+)+)+", A_S, id="thrice nested"),
    pytest.param("https://([a.]+)*c", A_S, id="a class in a repeated group"),
    pytest.param("https://(a|a)*", A_S, id="equal alternatives"),
    pytest.param("https://(a|aa)+", A_S, id="overlapping alternatives"),
    pytest.param("https://(a|a?)+", A_S, id="an optional alternative"),
    pytest.param("https://(.*)*c", A_S, id="everything, repeated"),
    pytest.param("https://(.*a){20}", A_S, id="polynomial"),
    pytest.param("https://.*.*.*.*.*.*=.*", A_S, id="many stars"),
    pytest.param("https://([0-9]+.?)+x", ONES, id="numbers and dots"),
    pytest.param("https://(([a-z])+.)+[A-Z]([a-z])+", DOTS, id="a host name of old validators"),
    pytest.param("https://([a-z0-9]+(-[a-z0-9]+)*[.])+com", DOTS, id="a careful host name"),
    pytest.param("https://(a?){30}a{30}", A_S, id="optional, then required"),
    pytest.param("https://(.*)(a|b)[ab]{12}", A_S, id="very many states"),
    pytest.param("(?i)https://(a|A|\\w)+$", A_S, id="without regard to case"),
]


@pytest.mark.parametrize(("expression", "origin"), WORST)
def test_an_expression_that_is_bad_elsewhere_runs_on_re2(expression: str, origin: str) -> None:
    # RE2 has no backtracking to fall back to: what it compiles, it matches in linear time.
    assert isinstance(compile_regex(expression), re2._Regexp)
    parsed = parse_origin(origin)
    assert parsed is not None
    assert not OriginMatcher([parse_pattern(f"~{expression}")]).accepts(parsed)


@pytest.mark.parametrize(
    "expression", ["(a)\\1", "(?=a)a", "(?!a)b", "(?<=a)b", "(?>a+)", "a" * (MAX_REGEX_LENGTH + 1)]
)
def test_what_needs_backtracking_or_is_too_long_is_refused(expression: str) -> None:
    with pytest.raises(RegexError):
        compile_regex(expression)


def test_no_expression_ever_sees_a_longer_origin() -> None:
    assert parse_origin("https://" + "a." * MAX_ORIGIN_BYTES + "b") is None


def service_of(expression: str) -> CheckService:
    document = {
        "policies": [{"name": "shop", "allowedOrigins": [f"~{expression}"]}],
        "apiGroups": [{"name": "orders", "policies": ["shop"]}],
    }
    shares = DecisionLogShares(allowed=1.0, denied=1.0)
    return CheckService(LoadedSet(build_policy_set(document), shares), ())


@pytest.mark.soak
@pytest.mark.parametrize(("expression", "origin"), WORST)
def test_no_check_takes_longer_than_five_milliseconds(expression: str, origin: str) -> None:
    """The processor's time, which is ours alone on a busy machine; the first match included."""
    service = service_of(expression)
    payload = preflight("api.example.com", origin).SerializeToString()
    slowest_ns = 0
    for _ in range(1000):
        began_ns = time.thread_time_ns()
        response = service.check(payload, ())
        slowest_ns = max(slowest_ns, time.thread_time_ns() - began_ns)
        assert read_answer(CheckResponse.FromString(response)).reason == "origin_not_allowed"
    assert slowest_ns / 1e6 < MAX_CHECK_MS
