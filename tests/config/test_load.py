"""Loading as a whole: it never raises, and what it lets through can decide."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cors_authz.config.excerpt import Excerpt
from cors_authz.config.finding import Level
from cors_authz.config.load import load_sources
from cors_authz.config.node import plain
from cors_authz.config.parse import parse
from cors_authz.config.result import LoadResult
from cors_authz.config.scalar import resolve_plain
from cors_authz.config.source import Source
from cors_authz.policy.group import Group
from cors_authz.policy.router import RouteConflictError, Router
from tests.config.marked import errors, load_text

EXAMPLE = (Path(__file__).parent / "examples" / "shop.yaml").read_bytes()

_TOKENS = st.lists(
    st.sampled_from(
        [
            *("- ", "a", "policies:", "apiGroups:", "settings:", "version:", "tests:", "name:"),
            *("allowedOrigins:", "hosts:", "paths:", "tags:", "kind: ConfigMap\n", "kind: List\n"),
            *("data:", "binaryData:", "items:", "x.yaml: ", " ", "\n", "\n  ", "[", "]", "{", "}"),
            *(",", ":", ": ", "'", '"', "|", "|2", "|-", ">", "&a ", "*a", "!!str ", "!x ", "? "),
            *("~", "null", "yes", "1e3", "\t", "#", "---\n", "...\n", "%YAML 1.1\n", "é", "\ufeff"),
            *("\u2028", "\x85", "\\", '"\\x00"', "\r\n", "<<", "=", "*"),
        ]
    ),
    max_size=50,
).map("".join)

_TEXTS = st.text(max_size=8).filter(lambda text: isinstance(resolve_plain(text), str))
"""PyYAML writes texts that YAML 1.2 takes for numbers, such as 0E0, without quotes."""

_SCALARS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | _TEXTS
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _load(content: bytes, name: str = "set.yaml") -> LoadResult:
    result = load_sources([Source(name, content)], place="folder")
    refused = any(finding.level is Level.ERROR for finding in result.findings)
    assert (result.loaded is None) == refused
    assert all(f.line >= 1 and f.column >= 1 and f.message and f.fix for f in result.findings)
    return result


@given(st.binary(max_size=200), st.sampled_from(["set.yaml", "set.json"]))
def test_loading_arbitrary_bytes_never_raises(content: bytes, name: str) -> None:
    _load(content, name)


@settings(max_examples=300)
@given(_TOKENS, st.sampled_from(["set.yaml", "set.json"]))
def test_loading_scraps_of_yaml_never_raises(text: str, name: str) -> None:
    _load(text.encode(), name)


@given(st.lists(st.tuples(st.integers(0, len(EXAMPLE)), st.integers(0, 20), _TOKENS), max_size=3))
def test_loading_a_damaged_set_never_raises(damages: Sequence[tuple[int, int, str]]) -> None:
    content = EXAMPLE
    for at, length, scrap in damages:
        content = content[:at] + scrap.encode() + content[at + length :]
    _load(content)


def _as_plain(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _as_plain(value) for key, value in data.items()}
    return tuple(map(_as_plain, data)) if isinstance(data, list) else data


def _read(text: str, name: str) -> Any:
    parsed = parse(Excerpt(name, text))
    assert parsed.faults == []
    [root] = parsed.roots
    return _without_unread(plain(root))


def _without_unread(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_unread(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_without_unread, value))
    return value if isinstance(value, str | int | float) else None


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, _data: object) -> bool:
        return True


@given(_DATA, st.booleans())
def test_yaml_is_read_as_another_reader_reads_it(data: Any, flow: bool) -> None:  # noqa: FBT001
    text = yaml.dump(data, Dumper=_WithoutAliases, allow_unicode=True, default_flow_style=flow)
    assert _read(text, "set.yaml") == _as_plain(yaml.safe_load(text))


@given(_DATA, st.sampled_from([None, "\t", 2]))
def test_what_json_was_written_is_what_is_read(data: Any, indent: str | int | None) -> None:
    text = json.dumps(data, indent=indent).replace("\x7f", "")
    assert _read(text, "set.json") == _as_plain(json.loads(text))


_CLAIMS = st.lists(
    st.tuples(
        st.none() | st.lists(st.sampled_from(["a.b", "*.a.b", "c.d"]), max_size=2),
        st.none() | st.lists(st.sampled_from(["/", "/a", "=/a", "/a/b", "~/a"]), max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@given(_CLAIMS)
def test_a_conflict_is_told_exactly_where_the_router_would_refuse(claims: Any) -> None:
    groups = [
        {"name": f"g{number}", "policies": []}
        | ({} if hosts is None else {"hosts": hosts})
        | ({} if paths is None else {"paths": paths})
        for number, (hosts, paths) in enumerate(claims)
    ]
    result = load_text(json.dumps({"apiGroups": groups}), "set.json")
    told = [finding.group for finding in errors(result)]
    assert told[:1] == _refused_by_router(claims)
    assert {finding.id for finding in errors(result)} <= {"group-conflict"}


def _refused_by_router(claims: Any) -> list[str]:
    """The group at which the router finds a conflict, if there is one."""
    groups = [
        Group(
            name=f"g{number}",
            policies=(),
            hosts=None if hosts is None else tuple(hosts),
            paths=None if paths is None else tuple(paths),
        )
        for number, (hosts, paths) in enumerate(claims)
    ]
    try:
        Router(groups)
    except RouteConflictError as error:
        return [error.second.name]
    return []


def test_findings_come_by_file_line_and_column() -> None:
    sources = [Source(name, b"b: 1\na: 1\n") for name in ("z.yaml", "a.yaml")]
    findings = load_sources(sources, place="folder").findings
    places = [(f.file, f.line) for f in findings if f.id == "key-unknown"]
    assert places == [("a.yaml", 1), ("a.yaml", 2), ("z.yaml", 1), ("z.yaml", 2)]


def _policies(first: int, last: int) -> bytes:
    return b"policies:\n" + b"".join(
        b"- name: policy-%d\n"
        b"  tags: {env: prod, team: web}\n"
        b"  allowedHttpProtocols: [HTTP/1.1, HTTP/2]\n"
        b"  allowedMethods: [GET, POST, PUT]\n"
        b"  allowedOrigins: ['https://shop%d.example.com', 'https://*.shop%d.example.com']\n"
        b"  allowedHeaders: [authorization, content-type]\n" % (number, number, number)
        for number in range(first, last)
    )


def _groups(count: int) -> bytes:
    return b"apiGroups:\n" + b"".join(
        b"- {name: g%d, hosts: [api%d.example.com], policies: [policy-%d]}\n" % (n, n, n)
        for n in range(count)
    )


def test_ten_thousand_policies_load_in_seconds() -> None:
    sources = [Source(f"{n}.yaml", _policies(n, n + 1000)) for n in range(0, 10_000, 1000)]
    started_s = time.process_time()
    result = load_sources([*sources, Source("groups.yaml", _groups(10_000))], place="folder")
    assert time.process_time() - started_s < 20  # 4 s where it was written
    assert result.loaded is not None
    assert len(result.loaded.policy_set.policies) == 10_000


def test_thousands_of_unknown_names_are_told_in_seconds() -> None:
    sources = [Source("p.yaml", _policies(0, 1000)), Source("g.yaml", _groups(6000))]
    started_s = time.process_time()
    findings = load_sources(sources, place="folder").findings
    assert time.process_time() - started_s < 20  # 4 s where it was written
    assert [finding.id for finding in findings] == ["name-unknown"] * 5000
