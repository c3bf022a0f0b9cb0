"""What is no configuration of Envoy is told as such; what is one is read as Envoy does."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cors_authz.config.excerpt import Position
from cors_authz.envoy.doctor.examine import examine
from cors_authz.envoy.doctor.reading import read_root
from cors_authz.envoy.doctor.scene import Expectations
from cors_authz.envoy.doctor.unreadable import UnreadableError

RECOMMENDED = (Path(__file__).parents[2] / "deploy/envoy/envoy.yaml").read_bytes()

_LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"", "it is empty", id="nothing"),
        pytest.param(b"\n \n", "it is empty", id="blanks"),
        pytest.param(b"# nothing", "0 documents", id="a comment"),
        pytest.param(b"\xff\xfe", "not UTF-8", id="bytes"),
        pytest.param(b"a: \x00", "must not stand in YAML", id="control character"),
        pytest.param(b"a: [", "no YAML", id="broken"),
        pytest.param(b'{"a": ', "no YAML", id="broken JSON"),
        pytest.param(b"a: 1\n---\nb: 2", "2 documents", id="two documents"),
        pytest.param(b"a: 1\na: 2", "twice", id="a key twice"),
        pytest.param(b"? [a]\n: b", "a key is a list", id="a list as a key"),
        pytest.param(b"a: *b", "names no anchor", id="an alias of nothing"),
        pytest.param(b"a: &a [*a]", "names no anchor", id="an alias of itself"),
        pytest.param(b"x: &x y\n*x : b", "a key is an alias", id="an alias as a key"),
        pytest.param(_LAUGHS.encode(), "more than 2000000 values", id="a billion laughs"),
        pytest.param(b"[" * 200_000, "nested more than 100 deep", id="deep YAML"),
        pytest.param(b'{"a":' * 200_000, "nested", id="deep JSON"),
        pytest.param(b'{"a":' * 150 + b"1" + b"}" * 150, "nested more than 100", id="nested JSON"),
        pytest.param(b"{" + b"," * 2_000_001, "more than 2000000 values", id="wide JSON"),
        pytest.param(b"7", "neither a bootstrap", id="a number"),
        pytest.param(b"null", "neither a bootstrap", id="null"),
        pytest.param(b"[]", "neither a bootstrap", id="a list"),
        pytest.param(b"{}", "neither a bootstrap", id="an empty mapping"),
        pytest.param(b"policies: []", "neither a bootstrap", id="a policy file"),
        pytest.param(b"static_resources: {listeners: 7}", "no listener", id="no list"),
        pytest.param(b"dynamic_resources: {lds_config: {}}", "/config_dump", id="discovered"),
        pytest.param(b'{"configs": [7, null, {"@type": 7}]}', "no listener", id="an empty dump"),
        pytest.param(
            b"static_resources: {listeners: [7, {name: tcp, filter_chains: [{filters: [{}]}]}]}",
            "no listener has an HTTP connection manager",
            id="no HTTP",
        ),
    ],
)
def test_what_is_no_configuration_is_told_as_such(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableError, match=problem):
        examine(content)


def test_a_file_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(UnreadableError, match="more than 16 MiB"):
        examine(b"# " + b"x" * (17 << 20))


def test_a_fault_of_syntax_has_its_place() -> None:
    with pytest.raises(UnreadableError) as caught:
        examine(b"a: 1\nb: [1\nc: 2\n")
    assert caught.value.at == Position(3, 2)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("Yes", True),
        ("on", True),
        ("off", False),
        ("'true'", "true"),
        ("3", 3),
        ("0.5", 0.5),
        ("0.25s", "0.25s"),
        ("~", None),
        ("0x10", "0x10"),
    ],
)
def test_a_scalar_is_what_envoy_takes_it_for(written: str, value: object) -> None:
    assert read_root(f"a: {written}".encode()).get("a").value == value


def test_names_are_read_in_both_spellings() -> None:
    root = read_root(b"httpFilters: [{name: first}]\nupgrade_configs: [{}]")
    assert [node.text("name") for node in root.items("http_filters")] == ["first"]
    assert len(list(root.items("upgrade_configs"))) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0.25s", 0.25),
        ("0s", 0),
        ("600s", 600),
        ("1m", None),
        (7, None),
        ({}, 0),
        ({"seconds": 1, "nanos": 5e8}, 1.5),
        ({"seconds": "x"}, 0),
    ],
)
def test_a_duration_is_read_in_seconds(value: object, seconds: float | None) -> None:
    assert read_root(json.dumps({"timeout": value}).encode()).duration_s("timeout") == seconds


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        ("1024", 1024),
        (True, None),
        ("x", None),
        ({}, None),
        ({"value": 3}, 3),
        ({"value": {"value": 3}}, None),
        (10**400, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_a_number_may_stand_in_quotes(value: object, number: float | None) -> None:
    assert read_root(json.dumps({"max": value}).encode()).number("max") == number


@pytest.mark.parametrize(
    ("written", "read"),
    [("EDS", "EDS"), ("eds", "EDS"), (1, "EDS"), (0, "STATIC"), (2, ""), (True, ""), ([], "")],
)
def test_an_enum_is_read_in_any_case_and_by_number(written: object, read: str) -> None:
    root = read_root(json.dumps({"type": written}).encode())
    assert root.enum("type", ("STATIC", "EDS")) == read


@pytest.mark.parametrize(
    ("written", "is_true"),
    [
        (True, True),
        ("true", True),
        ({"value": True}, True),
        (False, False),
        ({"value": False}, False),
        ({}, False),
        (1, False),
        ([True], False),
    ],
)
def test_a_boolean_may_be_wrapped(written: object, is_true: bool) -> None:  # noqa: FBT001 - a table
    assert read_root(json.dumps({"on": written}).encode()).is_true("on") is is_true


def test_a_lone_value_is_a_list_of_one() -> None:
    root = read_root(b"routes: {name: only}\nremove: vary")
    assert [node.text("name") for node in root.items("routes")] == ["only"]
    assert root.texts("remove") == ["vary"]


def test_an_alias_stands_for_what_its_anchor_names() -> None:
    text = RECOMMENDED.decode()
    cluster = text.index("envoy_grpc: {cluster_name: cors_authz}")
    anchored = text.replace("stat_prefix: edge", "stat_prefix: &own cors_authz", 1)
    assert cluster > 0
    aliased = anchored.replace("{cluster_name: cors_authz}", "{cluster_name: *own}", 1)
    assert examine(aliased.encode()).findings == ()


def test_a_finding_points_at_its_line() -> None:
    wrong = RECOMMENDED.replace(b"failure_mode_allow: false", b"failure_mode_allow: true")
    (found,) = examine(wrong).findings
    line = RECOMMENDED.decode()[: RECOMMENDED.decode().index("failure_mode_allow: false")].count(
        "\n"
    )
    assert found.at == Position(line + 1, 15)
    assert found.where == "listeners[edge].filter_chains[0].http_filters[0].failure_mode_allow"


def _broken(value: Any, path: list[Any], by: Any) -> Any:
    """The same document with something else at a path."""
    if not path or not isinstance(value, dict | list) or not value:
        return by
    if isinstance(value, list):
        at = path[0] % len(value)
        return [_broken(v, path[1:], by) if i == at else v for i, v in enumerate(value)]
    chosen = sorted(value)[path[0] % len(value)]
    return {k: _broken(v, path[1:], by) if k == chosen else v for k, v in value.items()}


_GROUP = '"check_settings": {"context_extensions": {"cors_authz.group": %s}}'
_TOLD = Expectations(
    workers=2, groups=frozenset({"default"}), has_websockets=True, requires_origin=True
)
_HOSTILE = st.sampled_from((10**400, float("nan"), "\ud800", {"": []}, {"@type": "x.FilterConfig"}))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None)
@given(path=st.lists(st.integers(0, 30), max_size=18), by=_JSON | _HOSTILE)
def test_no_value_anywhere_makes_it_stumble(path: list[int], by: object) -> None:
    document = _broken(yaml.safe_load(RECOMMENDED), path, by)
    for content in (json.dumps(document), yaml.safe_dump(document, allow_unicode=True)):
        with suppress(UnreadableError):
            examine(content.encode(errors="replace"), expectations=_TOLD)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        pytest.param('"max_retries": 1024', f'"max_retries": {10**400}', id="a huge number"),
        pytest.param('"disabled": true', _GROUP % '{"a": 1}', id="a group that is a mapping"),
        pytest.param('"disabled": true', _GROUP % "[]", id="a group that is a list"),
        pytest.param('"exact": "origin"', r'"safe_regex": {"regex": "\ud800"}', id="half a pair"),
    ],
)
def test_such_a_value_makes_it_stumble_as_little(written: str, instead: str) -> None:
    text = json.dumps(yaml.safe_load(RECOMMENDED))
    assert written in text
    examine(text.replace(written, instead).encode(), expectations=_TOLD)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="{}[]:,&*!|>?-# \n\"'a1", max_size=80))
def test_no_text_makes_it_stumble(content: bytes | str) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(UnreadableError):
        examine(data)
