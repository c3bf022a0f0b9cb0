"""Each rule about groups and the whole set: what triggers it, and what just does not."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from cors_authz.config.finding import Finding, Level
from cors_authz.config.rule import RuleId
from tests.config.marked import load_text, unmark

E, W = Level.ERROR, Level.WARNING

_PROTOCOLS = "allowedHttpProtocols: [HTTP/2]"


def policy(name: str, fields: str = "") -> str:
    return f"- {{name: {name}, {fields + ', ' if fields else ''}{_PROTOCOLS}}}\n"


def a_set(policies: str, groups: str) -> str:
    return f"policies:\n{policies}apiGroups:\n{groups}"


class Case(NamedTuple):
    """A set that earns one finding, and one like it that earns none."""

    rule: RuleId
    level: Level
    trigger: str
    near_miss: str
    fix: str


SHOP = policy("shop", "allowedOrigins: [https://shop.example]")
BLOG = policy("blog", "allowedOrigins: [https://blog.example]")
WHOLE = policy("whole", "allowedOrigins: ['https://*.example']")
ANYBODY = policy("anybody")


def _hidden(first: str, second: str) -> str:
    return a_set(policy("a", first) + policy("b", second), "- {name: g, policies: [a, ▶b]}\n")


def _apart(first: str, second: str) -> str:
    return a_set(
        policy("a", first) + policy("b", second),
        "- {name: g, evaluation: all, policies: [a, ▶b]}\n",
    )


def _origins(*origins: str) -> str:
    return "allowedOrigins: [{}]".format(", ".join(f"'{origin}'" for origin in origins))


CASES = {
    "a group without policies": Case(
        RuleId.GROUP_EMPTY,
        W,
        a_set("", "- {name: g, policies: ▶[]}\n"),
        a_set(SHOP, "- {name: g, policies: [shop]}\n"),
        "name the policies",
    ),
    "a policy named twice": Case(
        RuleId.POLICY_REPEATED,
        W,
        a_set(SHOP + BLOG, "- {name: g, policies: [shop, blog, ▶shop]}\n"),
        a_set(SHOP + BLOG, "- {name: g, policies: [shop, blog]}\n"),
        "remove it",
    ),
    "a policy that no group names": Case(
        RuleId.POLICY_UNUSED,
        W,
        a_set(SHOP + BLOG.replace("blog", "▶blog", 1), "- {name: g, policies: [shop]}\n"),
        a_set(
            SHOP + BLOG,
            "- {name: g, policies: [shop]}\n- {name: h, paths: [/h], policies: [blog]}\n",
        ),
        "name it under",
    ),
    "an origin that is taken already": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden(_origins("https://a.example", "https://b.example"), _origins("https://b.example")),
        _hidden(_origins("https://b.example"), _origins("https://b.example", "https://a.example")),
        "name b first",
    ),
    "an origin below a wildcard": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden(_origins("https://*.a.example"), _origins("https://b.a.example")),
        _hidden(_origins("https://*.a.example"), _origins("https://a.example")),
        "name b first",
    ),
    "a wildcard below a wildcard": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden(_origins("https://*.a.example:*"), _origins("https://*.b.a.example")),
        _hidden(_origins("https://*.a.example"), _origins("https://*.b.a.example:*")),
        "name b first",
    ),
    "everybody before somebody": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden("maxAge: 1", _origins("https://a.example")),
        _hidden(_origins("https://a.example"), "maxAge: 1"),
        "name b first",
    ),
    "everybody before everybody": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden(_origins("*"), "maxAge: 1"),
        _hidden(_origins("https://*.com", "http://*.com"), "maxAge: 1"),
        "name b first",
    ),
    "a regex below a wildcard": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden(_origins("https://*.a.example"), _origins(r"~https://pr-[0-9]+\.a\.example")),
        _hidden(_origins("https://*.a.example"), _origins(r"~https://(pr-[0-9]+\.)?a\.example")),
        "name b first",
    ),
    "the same regex": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        _hidden(_origins(r"~https://[a-z]\.a\.example"), _origins(r"~https://[a-z]\.a\.example")),
        _hidden(_origins(r"~https://[a-z]\.a\.example"), _origins(r"~https://[0-9]\.a\.example")),
        "name b first",
    ),
    "two policies that hide a third": Case(
        RuleId.POLICY_UNREACHABLE,
        W,
        a_set(
            SHOP + BLOG + policy("both", _origins("https://shop.example", "https://blog.example")),
            "- {name: g, policies: [shop, blog, ▶both]}\n",
        ),
        a_set(
            SHOP + BLOG + policy("both", _origins("https://shop.example", "https://a.example")),
            "- {name: g, policies: [shop, blog, both]}\n",
        ),
        "name both first",
    ),
    "origins that never meet": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        _apart(_origins("https://a.example"), _origins("https://b.example")),
        _apart(_origins("https://a.example"), _origins("https://b.example", "https://a.example")),
        "evaluation: firstMatch",
    ),
    "an origin outside a wildcard": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        _apart(
            _origins("https://*.a.example"), _origins("https://a.example", "http://b.a.example")
        ),
        _apart(
            _origins("https://*.a.example"), _origins("https://a.example", "https://b.a.example")
        ),
        "evaluation: firstMatch",
    ),
    "wildcards that never meet": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        _apart(
            _origins("https://*.a.example"), _origins("https://*.b.example", "http://*.a.example")
        ),
        _apart(
            _origins("https://*.a.example"),
            _origins("https://*.b.example", "https://*.c.a.example"),
        ),
        "evaluation: firstMatch",
    ),
    "a regex outside a wildcard": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        _apart(_origins("https://*.a.example"), _origins(r"~https://pr-[0-9]+\.b\.example")),
        _apart(_origins("https://*.a.example"), _origins(r"~https://pr-[0-9]+\.b\.a\.example")),
        "evaluation: firstMatch",
    ),
    "ports that never meet": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        _apart(_origins("https://*.a.example:1"), _origins("https://*.a.example:2")),
        _apart(_origins("https://*.a.example:*"), _origins("https://*.a.example:2")),
        "evaluation: firstMatch",
    ),
    "methods that never meet": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        _apart("allowedMethods: [GET]", "allowedMethods: [POST]"),
        _apart("allowedMethods: [GET]", "allowedMethods: [POST, HEAD]"),
        "a common method",
    ),
    "protocols that never meet": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        a_set(
            "- {name: a, allowedHttpProtocols: [HTTP/1.1]}\n" + policy("b"),
            "- {name: g, evaluation: all, policies: [a, ▶b]}\n",
        ),
        a_set(
            "- {name: a, allowedHttpProtocols: [HTTP/1.1, HTTP/2]}\n" + policy("b"),
            "- {name: g, evaluation: all, policies: [a, b]}\n",
        ),
        "a common protocol",
    ),
    "evaluation that the settings say": Case(
        RuleId.POLICIES_DISJOINT,
        E,
        "settings: {evaluation: all}\n"
        + a_set(SHOP + BLOG, "- {name: g, policies: [shop, ▶blog]}\n"),
        "settings: {evaluation: all}\n"
        + a_set(SHOP + BLOG, "- {name: g, evaluation: firstMatch, policies: [shop, blog]}\n"),
        "evaluation: firstMatch",
    ),
}


def _findings(marked: str) -> tuple[list[Finding], list[tuple[int, int]]]:
    text, positions = unmark(marked)
    return list(load_text(text).findings), positions


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_found_where_it_stands(name: str) -> None:
    case = CASES[name]
    findings, [position] = _findings(case.trigger)

    [finding] = [finding for finding in findings if finding.id == case.rule]
    assert (finding.line, finding.column) == position
    assert finding.level is case.level
    assert case.fix in finding.fix
    assert finding.policy or finding.group


@pytest.mark.parametrize("name", CASES)
def test_a_near_miss_is_left_in_peace(name: str) -> None:
    case = CASES[name]
    findings, _ = _findings(case.near_miss)

    assert case.rule not in {finding.id for finding in findings}


def _ids(text: str) -> set[str]:
    return {finding.id for finding in load_text(text).findings}


def test_a_hidden_policy_names_group_and_policy_and_can_be_acknowledged() -> None:
    hidden = _hidden(_origins("https://a.example"), _origins("https://a.example"))
    [finding], _ = _findings(hidden)
    assert (finding.policy, finding.group) == ("b", "g")

    second = f"{_origins('https://a.example')}, acknowledge: [policy-unreachable]"
    acknowledged, _ = _findings(_hidden(_origins("https://a.example"), second))
    assert acknowledged == []


def test_what_accepts_everybody_leaves_handshakes_to_those_behind() -> None:
    [finding], _ = _findings(_hidden("maxAge: 1", _origins("https://a.example")))
    assert "nothing but WebSocket handshakes" in finding.message

    accepting = "acknowledge: [websocket-any-origin]"
    [finding], _ = _findings(_hidden(accepting, _origins("https://a.example")))
    assert "WebSocket" not in finding.message


@pytest.mark.parametrize("make", [_hidden, _apart])
@pytest.mark.parametrize(
    ("first", "second"), [("mode: reportOnly, ", ""), ("", "mode: reportOnly, ")]
)
def test_what_only_reports_hides_and_contradicts_nothing(
    make: Callable[[str, str], str], first: str, second: str
) -> None:
    origin = _origins("https://a.example")
    other = origin if make is _hidden else _origins("https://b.example")
    text, _ = unmark(make(first + origin, second + other))

    assert _ids(text) == set()


def test_a_policy_that_withholds_headers_contradicts_as_well() -> None:
    text, _ = unmark(
        _apart(_origins("https://a.example") + ", mode: headersOnly", _origins("https://b.example"))
    )
    assert _ids(text) == {"policies-disjoint"}


@pytest.mark.parametrize("field", ["allowedOrigins: []", "allowedMethods: []"])
def test_a_policy_that_accepts_nothing_on_its_own_is_meant_so(field: str) -> None:
    for make in (_hidden, _apart):
        text, _ = unmark(make(_origins("https://a.example"), field))
        assert "policies-disjoint" not in _ids(text)
    text, _ = unmark(_hidden(_origins("https://a.example"), "allowedOrigins: []"))
    assert _ids(text) == set()


def test_where_nothing_can_be_proven_nothing_is_told() -> None:
    first = _origins(r"~https://[a-c]\.example\.com", r"~https://\pL\.example\.org")
    second = _origins(r"~https://[d-f]\.example\.com", r"~https://\pN\.example\.org")
    text, _ = unmark(_apart(first, second))

    assert "policies-disjoint" not in _ids(text)


def test_policies_apart_are_told_at_the_first_that_leaves_nothing() -> None:
    text, [position] = unmark(
        a_set(
            WHOLE + SHOP + BLOG + ANYBODY,
            "- {name: g, evaluation: all, policies: [whole, shop, ▶blog, anybody]}\n",
        )
    )
    [finding] = [f for f in load_text(text).findings if f.id == "policies-disjoint"]
    assert (finding.line, finding.column) == position
    assert "whole, shop" in finding.message


def test_unknown_and_broken_policies_are_left_out() -> None:
    text = a_set(
        SHOP + policy("broken", "allowedOrigins: [https://shop.example, 'https://a/']"),
        "- {name: g, policies: [shop, broken, missing]}\n",
    )
    assert _ids(text) == {"origin-syntax", "name-unknown"}


def test_a_misspelled_name_makes_no_policy_unused() -> None:
    assert _ids(a_set(SHOP, "- {name: g, policies: [shpo]}\n")) == {"name-unknown"}


def test_no_policy_is_called_unused_while_files_are_broken() -> None:
    text = a_set(SHOP + BLOG, "- {name: g, policies: [shop]}\n") + "---\n- [\n"
    assert "policy-unused" not in _ids(text)
