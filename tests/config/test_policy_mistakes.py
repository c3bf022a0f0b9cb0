"""One mistake in a policy each: the rule that finds it, exactly where, and what to write."""

import pytest

from tests.config.marked import Told, errors, load_text, policy_with, told, unmark

MISTAKES = [
    # field, rule, what the fix says
    ("▶alowedMethods: [GET]", "key-unknown", "write allowedMethods"),
    ("▶origins: []", "key-unknown", "write allowedOrigins"),
    ("▶colour: red", "key-unknown", "the keys here are name, description, tags,"),
    ("maxAge: 1\n  ▶maxAge: 2", "key-duplicate", "merge the two"),
    ("description: ▶yes", "type-wrong", 'quote it: "yes"'),
    ("description: ▶1e3", "type-wrong", 'quote it: "1e3"'),
    ("description: ▶2026-01-02", "type-wrong", 'quote it: "2026-01-02"'),
    ("description: ▶[a]", "type-wrong", "write one text"),
    ("description:▶", "type-wrong", "write a value, or remove the key"),
    ("tags: ▶prod", "type-wrong", "write keys and values below it"),
    ("tags: {env: ▶1}", "type-wrong", 'quote it: "1"'),
    ("tags: {env: prod, ▶env: test}", "key-duplicate", "merge the two"),
    ("allowedMethods: ▶GET", "type-wrong", 'write ["GET"]'),
    ("allowedMethods: ▶{GET: true}", "type-wrong", "after a dash"),
    ("allowedMethods: [GET, ▶1]", "type-wrong", 'quote it: "1"'),
    ("allowedMethods: [GET, ▶[PUT]]", "type-wrong", "write one text"),
    ("allowedMethods: [▶GE T]", "method-invalid", "write a method such as GET"),
    ("allowedMethods: [GET, ▶'']", "method-invalid", "write a method such as GET"),
    ("allowedMethods: [▶'*']", "method-invalid", "leave allowedMethods out"),
    ("allowedMethods: [GET, ▶connect]", "method-invalid", "remove it"),
    ("allowedMethods: [▶TRACE]", "method-invalid", "remove it"),
    ("allowedMethods: [▶Track]", "method-invalid", "remove it"),
    (f"allowedMethods: [{'P' * 64}, ▶{'P' * 65}]", "method-invalid", "a shorter name"),
    ("allowedOrigins:▶", "type-wrong", "[] is none, and without the key all are taken"),
    ("allowedOrigins: [▶https://a.example/]", "origin-syntax", "write https://a.example"),
    ("allowedOrigins: [▶https://A.example]", "origin-syntax", "write https://a.example"),
    ("allowedOrigins: [▶https://a.example:443]", "origin-syntax", "write https://a.example"),
    ("allowedOrigins:\n  - https://a.example\n  - ▶shop", "origin-syntax", "https://shop"),
    ("allowedOrigins: [▶'~https://(a']", "regex-invalid", "balanced brackets"),
    ("allowedOrigins: [▶'~" + "a" * 513 + "']", "regex-invalid", "shorter expressions"),
    ("requireOriginHeader: ▶on", "type-wrong", "write true"),
    ("requireOriginHeader: ▶No", "type-wrong", "write false"),
    ("requireOriginHeader: ▶0", "type-wrong", "write false"),
    ("requireOriginHeader: ▶'true'", "type-wrong", "write true"),
    ("requireOriginHeader: ▶perhaps", "type-wrong", "write true or false"),
    ("allowedHeaders: [▶'x-a: b']", "header-invalid", "without colon or value"),
    ("allowedHeaders: [x-a, ▶Cookie]", "header-invalid", "allowCredentials: true"),
    ("allowedHeaders: [▶sec-fetch-site]", "header-invalid", "remove it"),
    ("allowedHeaders: [▶Proxy-Authorization]", "header-invalid", "remove it"),
    ("allowedHeaders: [▶Origin]", "header-invalid", "remove it"),
    ("allowedHeaders: [▶access-control-request-method]", "header-invalid", "remove it"),
    ("exposedHeaders: [▶Set-Cookie]", "header-invalid", "remove it"),
    ("exposedHeaders: [▶Access-Control-Allow-Origin]", "header-invalid", "remove it"),
    ("exposedHeaders: [▶x a]", "header-invalid", "one to an entry"),
    ("maxAge: ▶-1", "max-age-range", "write 0 or more"),
    ("maxAge: ▶86401", "max-age-range", "write 86400 or less"),
    ("maxAge: ▶1e3", "type-wrong", "write a whole number"),
    ("maxAge: ▶'900'", "type-wrong", "write a whole number, without quotes"),
    ("maxAge: ▶true", "type-wrong", "write a whole number"),
    ("maxAge: ▶0900", "type-wrong", "write a whole number"),
    ("maxAge: ▶10m", "type-wrong", "write a whole number"),
    ("maxAge: ▶" + "9" * 5000, "type-wrong", "write a whole number"),
    ("mode: ▶enforced", "value-unknown", "write enforce"),
    ("mode: ▶reportonly", "value-unknown", "write reportOnly"),
    ("mode: ▶quux", "value-unknown", "write one of enforce, headersOnly, reportOnly"),
    ("mode: ▶1", "value-unknown", "write one of enforce"),
    ("acknowledge: [▶null-orign]", "acknowledge-invalid", "write null-origin"),
    ("acknowledge: [▶websocket-any-origins]", "acknowledge-invalid", "websocket-any-origin"),
    ("acknowledge: [▶origin-syntax]", "acknowledge-invalid", "remove it"),
    ("acknowledge: [▶quux]", "acknowledge-invalid", "remove it"),
    ("mode: ▶!mode enforce", "yaml-unsupported", "remove it"),
    ("? ▶[mode]\n  : enforce", "yaml-unsupported", "write a single word"),
    ("description: ▶*text", "yaml-unsupported", "or put *text in quotes"),
]

CREDENTIAL_MISTAKES = [
    ("allowCredentials: ▶true", "any-origin-with-credentials", "list the origins"),
    ("allowedOrigins: [▶'*']", "any-origin-with-credentials", "list the origins"),
    ("allowedOrigins: [▶'~https://.*']", "any-origin-with-credentials", "list the origins"),
    (
        "allowedOrigins: [https://a.example]\n  exposedHeaders: [x-a, ▶'*']",
        "expose-wildcard-with-credentials",
        "list the headers",
    ),
]

WHOLE_MISTAKES = {
    "a policy without a name": (
        "policies:\n- ▶allowedHttpProtocols: [HTTP/2]\n",
        "key-missing",
        "add name: storefront",
    ),
    "an empty name": (
        "policies:\n- name: ▶''\n  allowedHttpProtocols: [HTTP/2]\n",
        "name-invalid",
        "write a name",
    ),
    "an endless name": (
        f"policies:\n- name: ▶{'a' * 129}\n  allowedHttpProtocols: [HTTP/2]\n",
        "name-invalid",
        "shorten it to 128 characters",
    ),
    "a name that a terminal would obey": (
        'policies:\n- name: ▶"\\e[31m"\n  allowedHttpProtocols: [HTTP/2]\n',
        "name-invalid",
        "letters, digits",
    ),
    "a name with a blank behind it": (
        'policies:\n- name: ▶"a "\n  allowedHttpProtocols: [HTTP/2]\n',
        "name-invalid",
        "letters, digits",
    ),
    "a name that YAML may read as true": (
        "policies:\n- name: ▶yes\n  allowedHttpProtocols: [HTTP/2]\n",
        "type-wrong",
        'quote it: "yes"',
    ),
    "no protocols": (
        "policies:\n- ▶name: a\n",
        "key-missing",
        "add allowedHttpProtocols: [HTTP/1.1, HTTP/2, HTTP/3]",
    ),
    "an empty list of protocols": (
        "policies:\n- name: a\n  allowedHttpProtocols: ▶[]\n",
        "protocol-unknown",
        "write at least one entry",
    ),
    "a protocol by another name": (
        "policies:\n- name: a\n  allowedHttpProtocols: [HTTP/1.1, ▶h2]\n",
        "protocol-unknown",
        "write HTTP/2",
    ),
    "a protocol in lower case": (
        "policies:\n- name: a\n  allowedHttpProtocols: [▶http/1.1]\n",
        "protocol-unknown",
        "write HTTP/1.1",
    ),
    "a policy that is no mapping": (
        "policies:\n- ▶storefront\n",
        "type-wrong",
        "a colon, its value",
    ),
    "policies that are no list": ("policies: ▶{name: a}\n", "type-wrong", "after a dash"),
    "the name of another policy": (
        (
            "policies:\n"
            "- {name: a, allowedHttpProtocols: [HTTP/2]}\n"
            "- {name: ▶a, allowedHttpProtocols: [HTTP/2]}\n"
        ),
        "name-duplicate",
        "a name of its own",
    ),
}

_GROUP = "apiGroups:\n- name: g\n  policies: []\n"


def _assert_one_mistake(marked: str, rule: str, fix: str) -> None:
    text, [position] = unmark(marked)
    result = load_text(text)
    assert told(result) == [Told(rule, *position)]
    assert fix in errors(result)[0].fix
    assert errors(result)[0].file == "set.yaml"
    assert result.loaded is None


@pytest.mark.parametrize(("field", "rule", "fix"), MISTAKES, ids=[m[0][:50] for m in MISTAKES])
def test_a_mistake_in_a_field_is_told_where_it_stands(field: str, rule: str, fix: str) -> None:
    _assert_one_mistake(policy_with(field), rule, fix)
    [finding] = errors(load_text(unmark(policy_with(field))[0]))
    assert (finding.policy, finding.group) == ("storefront", None)


@pytest.mark.parametrize(
    ("field", "rule", "fix"), CREDENTIAL_MISTAKES, ids=[m[0] for m in CREDENTIAL_MISTAKES]
)
def test_some_mistakes_are_mistakes_with_credentials_only(field: str, rule: str, fix: str) -> None:
    if "allowCredentials" in field:
        assert errors(load_text(policy_with("allowCredentials: false"))) == []
        _assert_one_mistake(policy_with(field), rule, fix)
    else:
        assert errors(load_text(unmark(policy_with(field))[0])) == []
        _assert_one_mistake(policy_with(f"allowCredentials: true\n  {field}"), rule, fix)


@pytest.mark.parametrize("case", WHOLE_MISTAKES)
def test_a_mistake_in_a_policy_is_told_where_it_stands(case: str) -> None:
    marked, rule, fix = WHOLE_MISTAKES[case]
    _assert_one_mistake(marked + _GROUP, rule, fix)


def test_every_mistake_of_one_policy_is_told_at_once() -> None:
    text, positions = unmark(
        policy_with(
            "allowedOrigins: [https://ok.example, ▶5, ▶https://x/, ▶'~(']\n"
            "  ▶alowedMethods: [GET]\n"
            "  allowedMethods: [▶'*']\n"
            "  maxAge: ▶-1\n"
            "  exposedHeaders: [▶'*']\n"
            "  allowCredentials: true"
        )
    )
    rules = [
        "type-wrong",
        "origin-syntax",
        "regex-invalid",
        "key-unknown",
        "method-invalid",
        "max-age-range",
        "expose-wildcard-with-credentials",
    ]
    expected = [Told(rule, *position) for rule, position in zip(rules, positions, strict=True)]
    assert told(load_text(text)) == expected


def test_credentials_of_a_policy_whose_origins_are_broken_are_no_second_mistake() -> None:
    text, [position] = unmark(policy_with("allowedOrigins: ▶5\n  allowCredentials: true"))
    assert told(load_text(text)) == [Told("type-wrong", *position)]
