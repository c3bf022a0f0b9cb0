"""Which route takes the preflights that another one refuses."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.envoy.doctor.coverage import Coverage, refuses_options, takes_everything
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.reading import read_root
from cors_authz.envoy.doctor.route_table import Route


def _match(fields: Any) -> Node:
    return read_root(json.dumps({"match": fields}).encode()).get("match")


def _route(fields: Any) -> Route:
    return Route(read_root(json.dumps({"match": fields}).encode()), NOWHERE, NOWHERE)


def _method(**matcher: Any) -> Any:
    return {"headers": [{"name": ":method", **matcher}]}


@pytest.mark.parametrize(
    ("matcher", "refuses"),
    [
        ({"string_match": {"exact": "GET"}}, True),
        ({"string_match": {"exact": "OPTIONS"}}, False),
        ({"string_match": {"exact": "options", "ignore_case": True}}, False),
        ({"string_match": {"exact": "options"}}, True),
        ({"string_match": {"safe_regex": {"regex": "GET|OPTIONS"}}}, False),
        ({"string_match": {"safe_regex": {"regex": "GET|POST"}}}, True),
        ({"string_match": {"exact": "GET"}, "invert_match": True}, False),
        ({"string_match": {"exact": "OPTIONS"}, "invert_match": True}, True),
        ({"exact_match": "GET"}, True),
        ({"prefix_match": "OPT"}, False),
        ({"suffix_match": "ET"}, True),
        ({"contains_match": "TION"}, False),
        ({"safe_regex_match": {"regex": "P.*"}}, True),
        ({"safe_regex_match": {"regex": "("}}, False),
        ({"present_match": True}, False),
    ],
)
def test_a_match_by_method_takes_options_or_not(matcher: Any, refuses: bool) -> None:  # noqa: FBT001 - a table
    assert refuses_options(_match({"prefix": "/", **_method(**matcher)})) is refuses


@pytest.mark.parametrize(
    ("match", "everything"),
    [
        ({"prefix": "/"}, True),
        ({"prefix": ""}, True),
        ({"safe_regex": {"regex": "/.*"}}, True),
        ({"prefix": "/a"}, False),
        ({"path": "/"}, False),
        ({"path_separated_prefix": "/a"}, False),
        ({"prefix": "/", "headers": [{"name": "x", "present_match": True}]}, False),
        ({"prefix": "/", "grpc": {}}, False),
        ({"prefix": "/", "query_parameters": [{"name": "x"}]}, False),
        ({"prefix": "/", "headers": []}, True),
        ({}, False),
    ],
)
def test_only_an_unconditional_match_takes_everything(match: Any, everything: bool) -> None:  # noqa: FBT001 - a table
    assert takes_everything(_match(match)) is everything


@pytest.mark.parametrize(
    ("narrow", "wide", "covered"),
    [
        ({"prefix": "/a"}, {"prefix": "/"}, True),
        ({"prefix": "/a"}, {"prefix": "/a"}, True),
        ({"prefix": "/a/b"}, {"prefix": "/a"}, True),
        ({"path": "/a/b"}, {"path_separated_prefix": "/a"}, True),
        ({"path": "/ab"}, {"path_separated_prefix": "/a"}, False),
        ({"path": "/ab"}, {"prefix": "/a"}, True),
        ({"prefix": "/a"}, {"path": "/a"}, False),
        ({"prefix": "/a"}, {"prefix": "/a/b"}, False),
        ({"safe_regex": {"regex": "/a.*"}}, {"safe_regex": {"regex": "/a.*"}}, True),
        ({"safe_regex": {"regex": "/a.*"}}, {"prefix": "/a"}, False),
        ({"prefix": "/a"}, {"prefix": "/", "headers": [{"name": "x"}]}, False),
        ({"prefix": "/a"}, {"prefix": "/", **_method(string_match={"exact": "PUT"})}, False),
        ({"prefix": "/a"}, {"prefix": "/", **_method(string_match={"exact": "OPTIONS"})}, True),
    ],
)
def test_a_route_covers_paths_or_not(narrow: Any, wide: Any, covered: bool) -> None:  # noqa: FBT001 - a table
    getting = _route({**narrow, **_method(string_match={"exact": "GET"})})
    assert (Coverage([getting, _route(wide)]).first(getting) is not None) is covered


def test_the_first_of_several_takes_them() -> None:
    getting = _route({"prefix": "/a/b", **_method(string_match={"exact": "GET"})})
    first, second = _route({"prefix": "/a"}), _route({"prefix": "/"})
    assert Coverage([getting, first, second]).first(getting) is first
    assert Coverage([second, first, getting]).first(getting) is second


_PATHS = st.lists(st.sampled_from(["a", "b", "/"]), max_size=6).map(lambda p: "/" + "".join(p))


@given(wide=_PATHS, narrow=_PATHS, kind=st.sampled_from(["prefix", "path_separated_prefix"]))
def test_what_is_covered_is_what_envoys_rules_say(wide: str, narrow: str, kind: str) -> None:
    getting = _route({"path": narrow, **_method(string_match={"exact": "GET"})})
    found = Coverage([_route({kind: wide})]).first(getting)
    expected = narrow.startswith(wide)
    if kind == "path_separated_prefix":
        expected = narrow == wide or narrow.startswith(f"{wide}/")
    assert (found is not None) is expected
