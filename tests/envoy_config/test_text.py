"""Configuration as text: always the data that it was made of, with comments in their places."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cors_authz.envoy.text import as_json, as_yaml

TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "*",
        "@type",
        "%REQ(x)%\n",
        r"\C*",
        r"a\b" + "\n",
        "null",
        "1",
        "0.5",
        "a: b",
        "# c",
        "'",
        '"',
        "",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
DOCUMENTS = st.dictionaries(TEXTS, JSON, min_size=1, max_size=4)


@settings(max_examples=60)
@given(st.lists(DOCUMENTS, min_size=1, max_size=3), st.lists(TEXTS, max_size=3), st.data())
def test_yaml_is_the_data_whatever_is_told_beside_it(
    documents: list[dict[str, Any]], head: list[str], data: st.DataObject
) -> None:
    keys = sorted({key for document in documents for key in document})
    comments = data.draw(st.dictionaries(st.sampled_from(keys), TEXTS))
    text = as_yaml(documents, head=head, comments=comments)
    assert list(yaml.safe_load_all(text)) == documents


@pytest.mark.parametrize("text", ["y", "N", "1e3", "1.5e3", "0o17", "08", "+.5e1", "0123e4"])
def test_no_reader_of_yaml_takes_a_text_for_anything_else(text: str) -> None:
    assert as_yaml([{"key": text, text: "value"}]) == f'{{key: "{text}", "{text}": value}}'


@given(DOCUMENTS)
def test_json_is_the_data(document: dict[str, Any]) -> None:
    assert json.loads(as_json(document)) == document


def test_a_comment_stands_before_the_first_appearance_of_its_key() -> None:
    document = {"a": [{"name": "x", "key": 1}, {"key": 2}]}
    assert as_yaml([document], head=["Head"], comments={"key": "Why\nso"}).splitlines() == [
        "# Head",
        "a:",
        "# Why",
        "# so",
        "- {name: x, key: 1}",
        "- {key: 2}",
    ]


def test_what_is_short_stands_in_one_line_and_the_name_first() -> None:
    document = {"long": {"b": "x" * 80, "name": "one"}, "short": {"a": {"b": 1}}}
    assert as_yaml([document]).splitlines() == [
        "long:",
        "  name: one",
        f"  b: {'x' * 80}",
        "short: {a: {b: 1}}",
    ]
