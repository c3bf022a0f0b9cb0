"""Each rule about a policy: what triggers it and exactly where, and what just does not."""

from typing import NamedTuple

import pytest

from cors_authz.config.finding import Finding, Level
from cors_authz.config.rule import RULES, RuleId, Severity
from tests.config.marked import load_text, policy_with, unmark

E, W = Level.ERROR, Level.WARNING


class Case(NamedTuple):
    """A field that earns one finding, and one like it that earns none."""

    rule: RuleId
    level: Level
    trigger: str
    near_miss: str
    fix: str


_COOKIES = "\n  allowCredentials: true"


def _origins(trigger: str, near_miss: str) -> tuple[str, str]:
    return f"allowedOrigins: [{trigger}]", f"allowedOrigins: [{near_miss}]"


def _cookies(trigger: str, near_miss: str) -> tuple[str, str]:
    trigger, near_miss = _origins(trigger, near_miss)
    return trigger + _COOKIES, near_miss + _COOKIES


CASES = [
    Case(
        RuleId.ANY_ORIGIN_WITH_CREDENTIALS,
        E,
        "allowCredentials: ▶true",
        "allowCredentials: false",
        "list the origins",
    ),
    Case(
        RuleId.ANY_ORIGIN_WITH_CREDENTIALS,
        E,
        *_cookies("▶'~https://[a-z.]+'", "'~https://shop[.]example[.]com'"),
        "list the origins",
    ),
    Case(
        RuleId.ANY_ORIGIN_WITH_CREDENTIALS,
        E,
        *_cookies(r"▶'~https?://.*(:\d+)?'", r"'~https://shop\.example\.com(:\d+)?'"),
        "list the origins",
    ),
    Case(
        RuleId.ANY_ORIGIN_WITH_CREDENTIALS,
        E,
        *_cookies(r"https://a.example, ▶'~https://\pL+[.]\pL+'", "https://a.example"),
        "list the origins",
    ),
    Case(
        RuleId.NULL_ORIGIN,
        W,
        *_origins("https://a.example, ▶'null'", "https://null, https://a.example"),
        "not null",
    ),
    Case(RuleId.NULL_ORIGIN, E, *_cookies("▶'null'", "https://null"), "not null"),
    Case(
        RuleId.NULL_ORIGIN,
        W,
        *_origins(r"▶'~null|https://a\.example'", r"'~https://null|https://a\.example'"),
        "not null",
    ),
    Case(
        RuleId.INSECURE_ORIGIN,
        W,
        *_origins("▶http://a.example", "https://a.example, http://localhost, http://a.localhost:*"),
        "write https://a.example",
    ),
    Case(
        RuleId.INSECURE_ORIGIN,
        E,
        *_cookies(
            "https://b.example, ▶http://192.0.2.1:8080", "http://127.0.0.1, 'http://[::1]:1'"
        ),
        "write https://192.0.2.1:8080",
    ),
    Case(
        RuleId.INSECURE_ORIGIN,
        W,
        *_origins("▶'http://*.a.example:*'", "'http://*.localhost:*'"),
        "write https://*.a.example:*",
    ),
    Case(
        RuleId.INSECURE_ORIGIN,
        W,
        *_origins(r"▶'~https?://a\.example'", r"'~https?://localhost|https://a\.example'"),
        "write https://",
    ),
    Case(
        RuleId.INSECURE_ORIGIN,
        E,
        *_cookies(r"▶'~(https://a|http://b)\.example'", r"'~(https://a|https://b)\.example'"),
        "write https://",
    ),
    Case(
        RuleId.PUBLIC_SUFFIX,
        W,
        *_origins("▶https://*.com", "https://*.example.com"),
        "your-name.com",
    ),
    Case(
        RuleId.PUBLIC_SUFFIX,
        E,
        *_cookies("▶https://*.github.io", "https://github.io"),
        "your-name.github.io",
    ),
    Case(
        RuleId.PUBLIC_SUFFIX,
        W,
        *_origins("▶https://*.amazonaws.com", "https://*.team.s3.amazonaws.com"),
        "your own name below it",
    ),
    Case(
        RuleId.PUBLIC_SUFFIX,
        W,
        *_origins(r"▶'~https://[a-z-]+\.co\.uk'", r"'~https://[a-z-]+\.example\.co\.uk'"),
        "your-name.co.uk",
    ),
    Case(
        RuleId.PUBLIC_SUFFIX,
        E,
        *_cookies(r"▶'~https://pr-[0-9]+\.vercel\.app'", r"'~https://pr-[0-9]+\.me\.vercel\.app'"),
        "your-name.vercel.app",
    ),
    Case(
        RuleId.REGEX_INVALID,
        E,
        *_origins("▶'~https://(?!evil)[a-z]'", "'~https://[a-z]'"),
        "without look-around",
    ),
    Case(
        RuleId.REGEX_INVALID,
        E,
        *_origins(f"▶'~https://{'a' * 505}'", f"'~https://{'a' * 63}'"),
        "several shorter",
    ),
    Case(
        RuleId.REGEX_HOSTILE_MATCH,
        E,
        *_origins(r"▶'~https://[a-z]*shop\.example'", r"'~https://[a-z]*\.shop\.example'"),
        r"with \. for each dot",
    ),
    Case(
        RuleId.REGEX_HOSTILE_MATCH,
        E,
        *_origins(r"▶'~https://a\.example[.a-z]*'", r"'~https://a\.example\.?'"),
        "nothing behind it",
    ),
    Case(
        RuleId.REGEX_HOSTILE_MATCH,
        E,
        *_origins(r"▶'~https://shop.example\.com'", r"'~https://shop\.example\.com'"),
        r"with \. for each dot",
    ),
    Case(
        RuleId.REGEX_HOSTILE_MATCH,
        E,
        *_origins(r"▶'~https://example\.[a-z]{2,3}'", r"'~https://example\.(de|com)'"),
        "spell the whole domain",
    ),
    Case(
        RuleId.REGEX_HOSTILE_MATCH,
        E,
        *_cookies(r"▶'~https://a\.example(_.+)?'", r"'~https://a_b\.example'"),
        "nothing behind it",
    ),
    Case(
        RuleId.REGEX_NEVER_MATCHES,
        W,
        *_origins(r"▶'~https://a\.example/'", r"'~https://a\.example/?'"),
        "write the whole origin",
    ),
    Case(
        RuleId.REGEX_NEVER_MATCHES,
        W,
        *_origins(r"▶'~a\.example'", r"'~(https://)?a\.example'"),
        "write the whole origin",
    ),
    Case(
        RuleId.REGEX_NEVER_MATCHES,
        W,
        *_origins(r"▶'~https://A\.example'", r"'~(?i)https://A\.example'"),
        "write the whole origin",
    ),
    Case(
        RuleId.REGEX_NEVER_MATCHES,
        W,
        *_origins(r"▶'~https://a\.example:443'", r"'~https://a\.example(:443)?'"),
        "write the whole origin",
    ),
    Case(
        RuleId.REGEX_NEVER_MATCHES,
        W,
        *_origins(r"▶'~https://a$\.example'", r"'~^https://a\.example$'"),
        "write the whole origin",
    ),
    Case(
        RuleId.REGEX_LOOSE,
        W,
        *_origins(r"▶'~https://a.b\.example\.com'", r"'~https://a\.b\.example\.com'"),
        r"write \. where",
    ),
    Case(
        RuleId.REGEX_LOOSE,
        W,
        *_origins(r"▶'~https://.+\.example\.com'", r"'~https://[a-z0-9.-]+\.example\.com'"),
        "write [a-z0-9-]+",
    ),
    Case(
        RuleId.REGEX_LOOSE,
        W,
        *_origins(r"▶'~[a-z]+://localhost'", r"'~https?://localhost'"),
        "write https://",
    ),
    Case(
        RuleId.REGEX_LOOSE,
        W,
        *_origins(r"▶'~http://localhost:.*'", r"'~http://localhost:\d*'"),
        "write [0-9]+ for a port",
    ),
    Case(
        RuleId.REGEX_LOOSE,
        W,
        *_origins(r"▶'~https://\pL+\.example\.com'", r"'~https://[a-z]+\.example\.com'"),
        "several shorter expressions",
    ),
    Case(
        RuleId.REGEX_LOOSE,
        W,
        *_origins("▶'~https://.*'", "'*'"),
        'write "*"',
    ),
    Case(
        RuleId.ALL_SUBDOMAINS_WITH_CREDENTIALS,
        W,
        *_cookies("▶https://*.example.com", "https://a.example.com, http://*.localhost"),
        "list the subdomains",
    ),
    Case(
        RuleId.ALL_SUBDOMAINS_WITH_CREDENTIALS,
        W,
        *_cookies(
            r"▶'~https://([a-z0-9-]+\.)+example\.com'", r"'~https://pr-[0-9]+\.example\.com'"
        ),
        "list the subdomains",
    ),
    Case(
        RuleId.METHOD_INVALID,
        E,
        "allowedMethods: [GET, ▶'GET,PUT']",
        "allowedMethods: [GET, PUT]",
        "one to an entry",
    ),
    Case(
        RuleId.METHOD_CASE,
        W,
        "allowedMethods: [GET, ▶patch]",
        "allowedMethods: [GET, PATCH, purge]",
        "write PATCH",
    ),
    Case(
        RuleId.HEADER_INVALID,
        E,
        "allowedHeaders: [▶Host]",
        "allowedHeaders: [x-host]",
        "remove it",
    ),
    Case(
        RuleId.WILDCARD_MIXED,
        W,
        "allowedOrigins: [https://a.example, ▶'*']",
        "allowedOrigins: ['*']",
        "remove the *",
    ),
    Case(
        RuleId.WILDCARD_MIXED,
        W,
        "allowedHeaders: [▶'*', x-a, Authorization]",
        "allowedHeaders: ['*', Authorization]",
        "remove the *",
    ),
    Case(
        RuleId.WILDCARD_MIXED,
        W,
        "exposedHeaders: [x-a, ▶'*']",
        "exposedHeaders: ['*']",
        "remove the *",
    ),
    Case(
        RuleId.HEADERS_WILDCARD_AUTHORIZATION,
        W,
        "allowedHeaders: [▶'*']",
        "allowedHeaders: ['*', authorization]",
        "write [",
    ),
    Case(
        RuleId.EXPOSE_WILDCARD_WITH_CREDENTIALS,
        E,
        f"exposedHeaders: [▶'*']\n  allowedOrigins: [https://a.example]{_COOKIES}",
        f"exposedHeaders: [x-a]\n  allowedOrigins: [https://a.example]{_COOKIES}",
        "list the headers",
    ),
    Case(RuleId.MAX_AGE_RANGE, E, "maxAge: ▶86401", "maxAge: 86400", "write 86400 or less"),
    Case(
        RuleId.REQUIRE_ORIGIN_BROWSER,
        W,
        "requireOriginHeader: ▶true",
        "requireOriginHeader: false",
        "acknowledge this",
    ),
    Case(
        RuleId.ACKNOWLEDGE_INVALID,
        E,
        "acknowledge: [▶set-empty]",
        "acknowledge: [null-origin]",
        "remove it",
    ),
]


def _ids(case: Case) -> str:
    return f"{case.rule}-{case.level}-{case.trigger}"


def _findings(marked: str) -> tuple[list[Finding], list[tuple[int, int]]]:
    text, positions = unmark(policy_with(marked))
    return list(load_text(text).findings), positions


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_a_mistake_is_found_where_it_stands(case: Case) -> None:
    findings, [position] = _findings(case.trigger)

    [finding] = [finding for finding in findings if finding.id == case.rule]
    assert (finding.line, finding.column) == position
    assert (finding.level, finding.policy, finding.group) == (case.level, "storefront", None)
    assert case.fix in finding.fix
    assert finding.message


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_a_mistake_is_told_by_one_rule(case: Case) -> None:
    findings, _ = _findings(case.trigger)

    beside = {finding.id for finding in findings} - {case.rule}
    assert beside <= {RuleId.ALL_SUBDOMAINS_WITH_CREDENTIALS, RuleId.INSECURE_ORIGIN}


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_a_near_miss_is_left_in_peace(case: Case) -> None:
    findings, _ = _findings(case.near_miss)

    assert case.rule not in {finding.id for finding in findings}


ACCEPTABLE = [case for case in CASES if RULES[case.rule].severity is not Severity.ERROR]


@pytest.mark.parametrize("case", ACCEPTABLE, ids=_ids)
def test_an_acknowledged_danger_is_accepted(case: Case) -> None:
    findings, _ = _findings(f"{case.trigger}\n  acknowledge: [{case.rule}]")

    assert case.rule not in {finding.id for finding in findings}


@pytest.mark.parametrize("case", ACCEPTABLE, ids=_ids)
def test_acknowledging_another_rule_accepts_nothing(case: Case) -> None:
    findings, _ = _findings(f"{case.trigger}\n  acknowledge: [policy-unreachable]")

    assert case.rule in {finding.id for finding in findings}


def test_a_danger_of_one_policy_is_not_accepted_by_another() -> None:
    text = """\
policies:
- {name: a, allowedHttpProtocols: [HTTP/2], allowedOrigins: ['null'], acknowledge: [null-origin]}
- {name: b, allowedHttpProtocols: [HTTP/2], allowedOrigins: ['null']}
apiGroups:
- {name: g, paths: [/a], policies: [a]}
- {name: h, paths: [/b], policies: [b]}
"""
    assert [(f.id, f.policy) for f in load_text(text).findings] == [("null-origin", "b")]


@pytest.mark.parametrize("mode", ["enforce", "headersOnly", "reportOnly"])
def test_a_policy_is_checked_in_every_mode(mode: str) -> None:
    findings, _ = _findings(f"allowedOrigins: ['null']\n  mode: {mode}")

    assert [finding.id for finding in findings] == ["null-origin"]
