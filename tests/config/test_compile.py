"""What documents mean: defaults, and every field in the policy set."""

from pathlib import Path

from cors_authz.config.compile import LoadedSet
from cors_authz.config.load import load
from cors_authz.policy.decide import decide
from cors_authz.policy.header_names import HeaderNames
from cors_authz.policy.policy import Policy
from cors_authz.policy.request import Request
from cors_authz.policy.terms import (
    Evaluation,
    HttpProtocol,
    Mode,
    Reason,
    SameOrigin,
    Unmatched,
    Verdict,
)
from tests.config.marked import errors, group_with, load_text, policy_with

EXAMPLES = Path(__file__).parent / "examples"


def _loaded(text: str) -> LoadedSet:
    result = load_text(text)
    assert errors(result) == []
    assert result.loaded is not None
    return result.loaded


def _policy(field: str) -> Policy:
    return _loaded(policy_with(field)).policy_set.policies["storefront"]


def test_the_example_of_the_design_loads_whole() -> None:
    result = load([EXAMPLES])
    assert result.findings == ()
    assert result.loaded is not None
    policy_set = result.loaded.policy_set
    assert policy_set.revision == result.revision
    assert list(policy_set.policies) == ["storefront", "partner"]
    policy = policy_set.policies["storefront"]
    assert policy.description == "The shop's own front end"
    assert policy.tags == {"env": "prod", "team": "web"}
    assert policy.protocols == {HttpProtocol.HTTP_1_1, HttpProtocol.HTTP_2}
    assert policy.methods.listed == ("GET", "HEAD", "POST", "PUT")
    assert [pattern.text for pattern in policy.origins.patterns] == [
        "https://shop.example.com",
        "shop.example.org",
        "https://*.shop.example.com",
        "http://localhost:*",
        r"~https://pr-[0-9]+\.preview\.example\.com",
    ]
    assert policy.headers == HeaderNames(("authorization", "content-type"))
    assert policy.exposed == HeaderNames((), wildcard=True)
    assert (policy.max_age_s, policy.credentials, policy.mode) == (900, False, Mode.ENFORCE)
    group = policy_set.groups["orders"]
    assert [policy.name for policy in group.policies] == ["partner", "storefront"]
    assert group.hosts == ("api.example.com", "*.api.example.com")
    assert group.paths == ("/orders", "=/v1/orders", "~/v[0-9]+/orders(/.*)?")
    assert (group.description, group.tags) == ("Orders API", {"team": "orders"})


def test_the_example_decides() -> None:
    loaded = load([EXAMPLES]).loaded
    assert loaded is not None
    request = Request("POST", "https", "api.example.com", "/orders/1", "HTTP/2")
    decisions = [
        decide(loaded.policy_set, request._replace(origin=origin))
        for origin in ("https://pr-7.preview.example.com", "https://evil.example")
    ]
    assert [(d.verdict, d.reason) for d in decisions] == [
        (Verdict.ALLOW, Reason.ALLOWED),
        (Verdict.DENY, Reason.ORIGIN_NOT_ALLOWED),
    ]


def test_what_a_policy_leaves_out_has_the_defaults_of_the_design() -> None:
    policy = _policy("")
    assert policy.origins.accepts_every_origin
    assert policy.methods.listed is None
    assert policy.headers == policy.exposed == HeaderNames()
    assert policy.max_age_s == 900
    assert not policy.credentials
    assert not policy.require_origin
    assert policy.mode is Mode.ENFORCE
    assert (policy.description, policy.tags, policy.acknowledged) == ("", {}, frozenset())


def test_an_empty_list_is_none_and_not_all() -> None:
    policy = _policy("allowedOrigins: []\n  allowedMethods: []")
    assert policy.origins.patterns == ()
    assert policy.methods.listed == ()
    group = _loaded(group_with("hosts: []")).policy_set.groups["orders"]
    assert group.hosts == ()


def test_header_names_are_lower_case_and_distinct() -> None:
    names = _policy("allowedHeaders: [X-A, '*', x-b, x-a, Authorization]").headers
    assert names == HeaderNames(("x-a", "x-b", "authorization"), wildcard=True)


def test_other_fields_of_a_policy_are_kept() -> None:
    policy = _policy(
        "mode: reportOnly\n  requireOriginHeader: true\n  maxAge: 0\n"
        "  acknowledge: [websocket-any-origin, null-origin]"
    )
    assert policy.mode is Mode.REPORT_ONLY
    assert policy.require_origin
    assert policy.max_age_s == 0
    assert policy.acknowledged == {"websocket-any-origin", "null-origin"}
    assert policy.accepts_handshakes


def test_settings_have_the_defaults_of_the_design() -> None:
    loaded = _loaded(group_with(""))
    assert loaded.policy_set.unmatched is Unmatched.ALLOW
    assert (loaded.decision_log.allowed, loaded.decision_log.denied) == (1.0, 1.0)
    group = loaded.policy_set.groups["orders"]
    assert (group.evaluation, group.same_origin) == (Evaluation.FIRST_MATCH, SameOrigin.ALLOW)
    assert (group.hosts, group.paths) == (None, None)


def test_settings_may_follow_the_groups_in_another_document() -> None:
    settings = "settings: {unmatched: deny, evaluation: all, decisionLog: {allowed: 0.25}}"
    loaded = _loaded(group_with("") + f"---\n{settings}\n")
    assert loaded.policy_set.unmatched is Unmatched.DENY
    assert loaded.policy_set.groups["orders"].evaluation is Evaluation.ALL
    assert (loaded.decision_log.allowed, loaded.decision_log.denied) == (0.25, 1.0)


def test_a_group_may_say_otherwise_than_the_settings() -> None:
    text = "settings: {evaluation: all}\n" + group_with(
        "evaluation: firstMatch\n  sameOrigin: check"
    )
    group = _loaded(text).policy_set.groups["orders"]
    assert group.evaluation is Evaluation.FIRST_MATCH
    assert group.same_origin is SameOrigin.CHECK


def test_documents_of_one_file_make_one_set() -> None:
    policies, groups = policy_with("").split("apiGroups:\n")
    loaded = _loaded(f"{policies}---\n---\napiGroups:\n{groups}---\nversion: 1\n")
    assert list(loaded.policy_set.groups) == ["orders"]


def test_a_string_tag_makes_text() -> None:
    assert _policy("description: !!str 1").description == "1"
