"""One mistake in a group, or in what stands around policies and groups."""

import pytest

from tests.config.marked import Told, errors, group_with, load_text, told, unmark

FIELD_MISTAKES = [
    ("▶host: [a.example]", "key-unknown", "write hosts"),
    ("hosts:▶", "type-wrong", "without the key all are taken"),
    ("hosts: ▶api.example.com", "type-wrong", 'write ["api.example.com"]'),
    ("hosts: [▶'*']", "host-syntax", "leave hosts out"),
    ("hosts: [a.example, ▶API.example.com]", "host-syntax", "write api.example.com"),
    ("hosts: [▶'api.example.com:80']", "host-syntax", "write api.example.com"),
    ("hosts: [▶api.*.com]", "host-syntax", "*.example.com"),
    ("hosts: [▶münchen.example]", "host-syntax", "xn-- form"),
    ("paths: [▶orders]", "path-syntax", "write /orders"),
    ("paths: [▶/a/]", "path-syntax", "write /a"),
    ("paths: [/a, ▶=/a/../b]", "path-syntax", "write =/b"),
    ("paths: [▶'/a?b']", "path-syntax", "write /a"),
    ("paths: [▶'~/(']", "path-syntax", "balanced brackets"),
    ("evaluation: ▶firstmatch", "value-unknown", "write firstMatch"),
    ("sameOrigin: ▶deny", "value-unknown", "write one of allow, check"),
    ("tags: {team: orders, ▶team: x}", "key-duplicate", "merge"),
]

_POLICY = "policies:\n- {name: storefront, allowedHttpProtocols: [HTTP/2]}\n"

WHOLE_MISTAKES = {
    "a group without a name": (
        _POLICY + "apiGroups:\n- ▶policies: []\n",
        "key-missing",
        "add name",
    ),
    "a group without policies": (
        _POLICY + "apiGroups:\n- ▶name: g\n",
        "key-missing",
        "add policies: [storefront]",
    ),
    "an unknown policy": (
        _POLICY + "apiGroups:\n- name: g\n  policies: [storefront, ▶storefrnt]\n",
        "name-unknown",
        "write storefront",
    ),
    "an unknown policy that is like none": (
        _POLICY + "apiGroups:\n- name: g\n  policies: [▶quux]\n",
        "name-unknown",
        "define it under policies",
    ),
    "the name of another group": (
        "apiGroups:\n- {name: g, hosts: [a.b], policies: []}\n- {name: ▶g, policies: []}\n",
        "name-duplicate",
        "a name of its own",
    ),
    "two groups of every host and path": (
        "apiGroups:\n- {name: g, policies: []}\n- {name: ▶h, policies: []}\n",
        "group-conflict",
        "another host or path",
    ),
    "two groups of a host": (
        (
            "apiGroups:\n"
            "- {name: g, hosts: [a.b, c.d], policies: []}\n"
            "- {name: h, hosts: [e.f, ▶c.d], policies: []}\n"
        ),
        "group-conflict",
        "another host or path",
    ),
    "two groups of a path": (
        (
            "apiGroups:\n"
            "- {name: g, paths: [/a, =/a], policies: []}\n"
            "- {name: h, paths: [/b, ▶/a], policies: []}\n"
        ),
        "group-conflict",
        "another host or path",
    ),
    "two groups of a path on two hosts": (
        (
            "apiGroups:\n"
            "- {name: g, hosts: [a.b, c.d], paths: [/a], policies: []}\n"
            "- {name: h, hosts: [c.d, a.b], paths: [▶/a], policies: []}\n"
        ),
        "group-conflict",
        "another host or path",
    ),
    "an unknown version": ("version: ▶2\n" + group_with(""), "version-unknown", "write 1"),
    "a version that is text": ("version: ▶'1'\n" + group_with(""), "version-unknown", "write 1"),
    "a version that is a word": ("version: ▶on\n" + group_with(""), "version-unknown", "write 1"),
    "a version with a dot": ("version: ▶1.0\n" + group_with(""), "version-unknown", "write 1"),
    "a version that is true": ("version: ▶true\n" + group_with(""), "version-unknown", "write 1"),
    "an unknown section": ("▶apigroup: []\n" + group_with(""), "key-unknown", "write apiGroups"),
    "an unknown setting": (
        "settings: {▶unmatchd: deny}\n" + group_with(""),
        "key-unknown",
        "write unmatched",
    ),
    "an unknown share": (
        "settings: {decisionLog: {▶alowed: 1}}\n" + group_with(""),
        "key-unknown",
        "write allowed",
    ),
    "a share in percent": (
        "settings: {decisionLog: {allowed: ▶10}}\n" + group_with(""),
        "value-range",
        "write 1 or less",
    ),
    "a share without a value": (
        "settings:\n  decisionLog:\n    allowed:▶\n" + group_with(""),
        "type-wrong",
        "write a value",
    ),
    "settings without a value": (
        "settings:▶\n" + group_with(""),
        "type-wrong",
        "a colon, its value",
    ),
    "settings in two documents": (
        "settings: {unmatched: deny}\n---\nsettings: ▶{unmatched: allow}\n---\n" + group_with(""),
        "settings-twice",
        "move them there",
    ),
    "a section twice": ("version: 1\n▶version: 1\n" + group_with(""), "key-duplicate", "merge"),
    "a document that is a list": (
        "▶- a\n---\n" + group_with(""),
        "type-wrong",
        "a colon, its value",
    ),
    "a document that is a word": (
        "▶hello\n---\n" + group_with(""),
        "type-wrong",
        "a colon, its value",
    ),
    "an object that is no ConfigMap": (
        "kind: ▶Deployment\n---\n" + group_with(""),
        "kind-unknown",
        "leave it out",
    ),
    "a misspelled ConfigMap": (
        "kind: ▶Configmap\n---\n" + group_with(""),
        "kind-unknown",
        "write ConfigMap",
    ),
}


def _assert_one_mistake(marked: str, rule: str, fix: str) -> None:
    text, [position] = unmark(marked)
    result = load_text(text)
    assert told(result) == [Told(rule, *position)]
    assert fix in errors(result)[0].fix
    assert result.loaded is None


@pytest.mark.parametrize(
    ("field", "rule", "fix"), FIELD_MISTAKES, ids=[m[0] for m in FIELD_MISTAKES]
)
def test_a_mistake_in_a_field_is_told_where_it_stands(field: str, rule: str, fix: str) -> None:
    _assert_one_mistake(group_with(field), rule, fix)
    [finding] = errors(load_text(unmark(group_with(field))[0]))
    assert (finding.policy, finding.group) == (None, "orders")


@pytest.mark.parametrize("case", WHOLE_MISTAKES)
def test_a_mistake_is_told_where_it_stands(case: str) -> None:
    _assert_one_mistake(*WHOLE_MISTAKES[case])


def test_a_set_without_groups_is_refused() -> None:
    result = load_text("policies: []\n")
    assert told(result) == [Told("set-empty", 1, 1)]
    assert errors(result)[0].file == "folder"


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n---\n", "~\n"])
def test_an_empty_file_leaves_the_set_empty(text: str) -> None:
    assert told(load_text(text)) == [Told("set-empty", 1, 1)]


def test_all_conflicts_are_told() -> None:
    text, positions = unmark(
        "apiGroups:\n"
        "- {name: a, paths: [/a, /b, /c], policies: []}\n"
        "- {name: b, paths: [▶/a, /d, ▶/b], policies: []}\n"
        "- {name: c, paths: [▶/a, ▶/d], policies: []}\n"
    )
    result = load_text(text)
    assert told(result) == [Told("group-conflict", *position) for position in positions]
    assert "group b already, in set.yaml:3" in errors(result)[-1].message


def test_a_group_of_broken_entries_conflicts_with_nobody() -> None:
    text, positions = unmark(
        "apiGroups:\n- {name: a, hosts: ▶5, policies: []}\n- {name: b, policies: []}\n"
    )
    assert told(load_text(text)) == [Told("type-wrong", *positions[0])]


def test_a_group_may_claim_one_thing_twice() -> None:
    assert load_text(group_with("paths: [/a, /a]")).loaded is not None


def test_the_name_of_a_broken_policy_is_known() -> None:
    text, [position] = unmark(
        "policies:\n- name: ▶yes\n  allowedHttpProtocols: [HTTP/2]\n"
        "apiGroups:\n- name: g\n  policies: ['yes']\n"
    )
    assert told(load_text(text)) == [Told("type-wrong", *position)]
