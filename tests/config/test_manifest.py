"""ConfigMap manifests, checked before they are applied."""

import base64

import pytest

from tests.config.marked import Told, errors, load_text, told, unmark

TEN_MISTAKES = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: cors-policies
  creationTimestamp: null
data:
  notes.txt: not read
  policies.yaml: |  # the policies

    # über
    policies:
    - name: storefront
      ▶alowedMethods: [GET]
      allowedHttpProtocols: [HTTP/1.1, ▶HTTP/4]
      allowedOrigins: [▶https://shop.example.com/]
      allowedHeaders:
      - ▶cookie
      maxAge: ▶100000
      allowCredentials: ▶yes
    - name: partner
      allowedHttpProtocols: [HTTP/2]
      allowedOrigins: [▶"~https://(a"]
  groups.yaml: |2
      apiGroups:
      - name: orders
        policies: [storefront, ▶partnr]
        hosts: [▶API.example.com]
      - name: invoices
        policies: [partner]
        paths: [▶invoices]
"""

_RULES = [
    "key-unknown",
    "protocol-unknown",
    "origin-syntax",
    "header-invalid",
    "max-age-range",
    "type-wrong",
    "regex-invalid",
    "name-unknown",
    "host-syntax",
    "path-syntax",
]

_GROUPS = "apiGroups:\n- name: g\n  policies: []\n"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_ten_mistakes_are_told_in_one_run_at_their_lines_in_the_manifest() -> None:
    text, positions = unmark(TEN_MISTAKES)
    result = load_text(text, "configmap.yaml")
    expected = [Told(rule, *at) for rule, at in zip(_RULES, positions, strict=True)]
    assert told(result) == expected
    assert {finding.file for finding in result.findings} == {"configmap.yaml"}
    assert result.loaded is None


def test_a_good_manifest_loads_as_the_folder_that_it_becomes() -> None:
    groups = _encoded('{"apiGroups": [{"name": "g", "policies": ["p"]}]}')
    result = load_text(
        "kind: ConfigMap\ndata:\n"
        "  p.yaml: |\n"
        "    policies:\n"
        "    - {name: p, allowedHttpProtocols: [HTTP/2]}\n"
        "  .hidden.yaml: '['\n"
        "  README.md: '['\n"
        f"binaryData:\n  g.json: {groups}\n"
    )
    assert result.findings == ()
    assert result.loaded is not None
    assert list(result.loaded.policy_set.policies) == ["p"]
    assert list(result.loaded.policy_set.groups) == ["g"]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ('"# one\\nversion: 2\\n"', 2),
        (">\n    # one\n\n    version: 2\n", 2),
        ("'version: 2'", 1),
        ("|-\n    # one\n    version: 2\n", None),
    ],
    ids=["double quotes", "folded", "single quotes", "literal"],
)
def test_a_value_whose_lines_do_not_show_is_told_at_its_key(value: str, line: int | None) -> None:
    result = load_text(f"kind: ConfigMap\ndata:\n  a.yaml: {value}\n---\n{_GROUPS}")
    [finding] = errors(result)
    if line is None:
        assert told(result) == [Told("version-unknown", 5, 14)]
        assert finding.message == "version must be 1"
    else:
        assert told(result) == [Told("version-unknown", 3, 3)]
        assert finding.message == f"in a.yaml, line {line}: version must be 1"


def test_binary_data_is_told_at_its_key() -> None:
    text = f"kind: ConfigMap\nbinaryData:\n  a.yaml: {_encoded('# one' + chr(10) + 'version: 2')}\n"
    result = load_text(f"{text}---\n{_GROUPS}")
    assert told(result) == [Told("version-unknown", 3, 3)]
    assert errors(result)[0].message == "in a.yaml, line 2: version must be 1"


def test_binary_data_may_be_broken_into_lines() -> None:
    encoded = _encoded(_GROUPS)
    lines = f"{encoded[:20]}\n    {encoded[20:]}"
    result = load_text(f"kind: ConfigMap\nbinaryData:\n  a.yaml: |\n    {lines}\n")
    assert errors(result) == []


MANIFEST_MISTAKES = {
    "no base64": ("kind: ConfigMap\nbinaryData:\n  a.yaml: ▶cG9s!\n", "base64-invalid"),
    "binary that is no text": (
        "kind: ConfigMap\nbinaryData:\n  ▶a.yaml: /w==\n",
        "encoding-invalid",
    ),
    "an escaped NUL": ('kind: ConfigMap\ndata:\n  ▶a.yaml: "\\0"\n', "character-invalid"),
    "a file that is a mapping": ("kind: ConfigMap\ndata:\n  a.yaml: ▶{}\n", "type-wrong"),
    "a file that is a number": ("kind: ConfigMap\ndata:\n  a.yaml: ▶1\n", "type-wrong"),
    "data that is a list": ("kind: ConfigMap\ndata: ▶[]\n", "type-wrong"),
    "a syntax error": ("kind: ConfigMap\ndata:\n  a.yaml: |\n    a: ▶]\n", "yaml-syntax"),
    "a List of something else": ("kind: List\nitems:\n- ▶kind: Pod\n", "kind-unknown"),
    "a List of nothing": ("kind: ▶List\n", "kind-unknown"),
    "a kind that is no word": ("kind: ▶[]\n", "kind-unknown"),
    "a ConfigMap in itself": (
        (
            "kind: ConfigMap\ndata:\n  a.yaml: |\n"
            "    kind: ConfigMap\n    data:\n      b.yaml: |\n"
            "        ▶kind: ConfigMap\n"
        ),
        "nesting-too-deep",
    ),
}


@pytest.mark.parametrize("case", MANIFEST_MISTAKES)
def test_a_mistake_in_a_manifest_is_told_where_it_stands(case: str) -> None:
    marked, rule = MANIFEST_MISTAKES[case]
    text, [position] = unmark(marked)
    assert told(load_text(f"{text}---\n{_GROUPS}")) == [Told(rule, *position)]


def test_positions_hold_through_a_manifest_in_a_manifest() -> None:
    text, [position] = unmark(
        "kind: List\nitems:\n- kind: ConfigMap\n  data:\n    a.yaml: |\n"
        "      kind: ConfigMap\n      data:\n        b.yaml: |\n          version: ▶2\n"
        f"---\n{_GROUPS}"
    )
    assert told(load_text(text)) == [Told("version-unknown", *position)]


def test_an_emptied_config_map_is_refused() -> None:
    assert told(load_text("kind: ConfigMap\ndata:\n")) == [Told("set-empty", 1, 1)]
