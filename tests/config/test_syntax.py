"""Files that are no YAML, no UTF-8, or more than a policy file needs."""

from typing import Any

import pytest
import yaml

from cors_authz.config.excerpt import Excerpt
from cors_authz.config.load import load_sources
from cors_authz.config.node import plain
from cors_authz.config.parse import MAX_DEPTH, MAX_KEYS, MAX_NODES, parse
from cors_authz.config.source import Source
from tests.config.marked import Told, group_with, load_text, policy_with, told, unmark

LOADERS = [pytest.param(yaml.CSafeLoader, id="libyaml"), pytest.param(yaml.SafeLoader, id="Python")]

SYNTAX_MISTAKES = {
    "a tab": ("policies:\n▶\t- name: a\n", "replace it with blanks"),
    "an unquoted wildcard": ("hosts:\n- *▶.example.com\n", 'in quotes: "*.example.com"'),
    "a backslash in double quotes": ('a: "~https://a▶\\.b"\n', "single quotes"),
    "an open bracket": ("a: [b, c\nd▶: e\n", "close the bracket ]"),
    "an open brace": ("a: {b: c\n▶", "close the brace }"),
    "an open quote": ("a: 'b\n▶", "close the quote"),
    "a colon in a value": ("a: b▶: c\n", "in quotes"),
    "a line that is indented less": ("a:\n  b: 1\n ▶c: 2\n", "align"),
    "half a surrogate pair": ('a: "\\u▶d800"\n', "write the character itself"),
    "a foreign directive": ("%FOO▶ bar\n---\na: b\n", "check indentation"),
}


@pytest.mark.parametrize("case", SYNTAX_MISTAKES)
def test_a_syntax_error_is_told_where_yaml_gives_up(case: str) -> None:
    marked, fix = SYNTAX_MISTAKES[case]
    text, [position] = unmark(marked)
    [fault] = parse(Excerpt("set.yaml", text)).faults
    assert (fault.rule, *fault.at) == ("yaml-syntax", *position)
    assert fix in fault.fix


BYTES_MISTAKES = {
    "Latin-1": (b"a: b\nc: \xfcber\n", Told("encoding-invalid", 2, 4)),
    "UTF-16": ("a: b".encode("utf-16"), Told("encoding-invalid", 1, 1)),
    "a broken sequence after others": (
        b"\xc3\xa9\xc3\xa9: \xe2\x82\n",
        Told("encoding-invalid", 1, 5),
    ),
    "NUL": (b"a: b\r\n  \0", Told("character-invalid", 2, 3)),
    "an escape character": (b"# \x1b[31m", Told("character-invalid", 1, 3)),
    "DEL": (b"\x7f", Told("character-invalid", 1, 1)),
    "a noncharacter": ("é\uffff".encode(), Told("character-invalid", 1, 2)),
}


@pytest.mark.parametrize("case", BYTES_MISTAKES)
def test_bytes_that_are_no_text_are_told_where_they_stand(case: str) -> None:
    content, expected = BYTES_MISTAKES[case]
    result = load_sources([Source("set.yaml", content)], place="folder")
    assert told(result) == [expected]


def test_columns_are_counted_in_characters() -> None:
    text, [position] = unmark(policy_with("tags: {ü: '\U0001f600', b: ▶1}"))
    assert told(load_text(text)) == [Told("type-wrong", *position)]


def test_lines_of_windows_count_once() -> None:
    text, [position] = unmark(policy_with("maxAge: ▶-1"))
    assert told(load_text(text.replace("\n", "\r\n"))) == [Told("max-age-range", *position)]


def test_a_byte_order_mark_is_no_character() -> None:
    text, [position] = unmark("▶colour: red\n" + group_with(""))
    assert told(load_text("\ufeff" + text)) == [Told("key-unknown", *position)]


@pytest.mark.parametrize(
    "text", ["[" * 40, "a: " + "{b: " * 40, "- " * 40, "? " * 40], ids=["[", "{", "-", "?"]
)
def test_deep_nesting_is_refused(text: str) -> None:
    [fault] = parse(Excerpt("set.yaml", text)).faults
    assert fault.rule == "nesting-too-deep"
    assert f"{MAX_DEPTH}" in fault.message


def test_a_million_brackets_are_refused_at_once() -> None:
    [fault] = parse(Excerpt("set.yaml", "[" * 1_000_000)).faults
    assert fault.rule == "nesting-too-deep"


def test_too_many_values_are_refused() -> None:
    [fault] = parse(Excerpt("set.yaml", "[" + "1," * MAX_NODES + "1]")).faults
    assert fault.rule == "file-too-large"


def test_too_many_keys_are_refused() -> None:
    text = "".join(f"k{number}: 1\n" for number in range(MAX_KEYS + 1))
    [fault] = parse(Excerpt("set.yaml", text)).faults
    assert fault.rule == "file-too-large"


def test_entities_that_multiply_are_refused() -> None:
    text = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    parsed = parse(Excerpt("set.yaml", text))
    assert {fault.rule for fault in parsed.faults} == {"yaml-unsupported"}
    assert len(parsed.faults) == 16


@pytest.mark.parametrize("loader", LOADERS)
def test_both_scanners_of_yaml_give_the_same_nodes(loader: Any) -> None:
    text = policy_with("tags: {a: '1', b: \"x\\n\"}\n  description: |\n    two\n    lines")
    assert parse(Excerpt("a.yaml", text), loader) == parse(Excerpt("a.yaml", text))


@pytest.mark.parametrize("loader", LOADERS)
def test_json_may_hold_tabs_and_surrogate_pairs(loader: Any) -> None:
    text = '{\n\t"a\\\\ud83d":\t"\\ud83d\\ude00\\/",\t"b":[1,\ttrue,\tnull]}'
    parsed = parse(Excerpt("set.json", text), loader)
    assert parsed.faults == []
    [root] = parsed.roots
    value = plain(root)
    assert isinstance(value, dict)
    assert value["a\\ud83d"] == "\U0001f600/"


def test_mistakes_in_json_are_told_where_they_stand() -> None:
    text, [position] = unmark('{\n\t"policies": [],\n\t"apiGroups":\t[▶5]}')
    assert told(load_text(text, "set.json")) == [Told("type-wrong", *position)]


def test_whole_entries_before_a_syntax_error_are_checked() -> None:
    text, positions = unmark(
        "policies:\n"
        "- name: a\n"
        "  allowedHttpProtocols: [▶HTTP/9]\n"
        "- name: b\n"
        "  allowedHttpProtocols: [HTTP/9\n"
        "▶- name: c\n"
    )
    rules = [finding.rule for finding in told(load_text(text))]
    assert rules == ["protocol-unknown", "yaml-syntax"]
    assert told(load_text(text))[0] == Told("protocol-unknown", *positions[0])


def test_names_that_a_syntax_error_may_hide_are_not_called_unknown() -> None:
    groups = "apiGroups:\n- name: g\n  policies: [hidden, nowhere]\n"
    broken = "policies:\n- name: hidden\n  allowedMethods: [GET\n"
    sources = [Source("a.yaml", groups.encode()), Source("b.yaml", broken.encode())]
    findings = load_sources(sources, place="folder").findings
    assert [(f.id, f.file) for f in findings] == [
        ("name-unknown", "a.yaml"),
        ("yaml-syntax", "b.yaml"),
    ]
    assert "nowhere" in findings[0].message


def test_half_a_manifest_is_not_taken_for_a_document() -> None:
    text = "apiVersion: v1\nitems:\n- kind: ConfigMap\n- kind: [\n"
    assert [finding.rule for finding in told(load_text(text))] == ["yaml-syntax"]


def test_an_alias_costs_no_second_finding() -> None:
    text, positions = unmark(policy_with("allowedMethods: &m [GET]\n  exposedHeaders: ▶*m"))
    assert told(load_text(text)) == [Told("yaml-unsupported", *positions[0])]


def test_messages_hold_nothing_that_a_terminal_obeys() -> None:
    result = load_text('"\\e[2J": 1\n---\n' + group_with('hosts: ["\\u202e.x"]'))
    for finding in result.findings:
        assert finding.message.isprintable()
        assert finding.fix.isprintable()
    assert len(result.findings) == 2
