"""``--skip-without-origin``: who is skipped, what that changes, and when it is refused."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cors_authz.envoy.without_origin import (
    MODES_WITH_ORIGIN,
    OTHER_SITES,
    READABLE_HOST,
    refusals,
)
from cors_authz.policy import answer
from cors_authz.policy.decide import decide
from cors_authz.policy.request import Request as CheckedRequest
from cors_authz.policy.terms import Verdict
from tests.envoy_config.documents import as_spec
from tests.envoy_config.written import API, FOREIGN, POLICIES, WANTS_POST, Edge, call, run_edge
from tests.reference.building import build_policy_set
from tests.reference.strategies import crossings, policy_sets, requests
from tests.support.exchange import Request
from tests.support.http2 import send_http2

Document = dict[str, Any]


def is_skipped(request: Document) -> bool:
    """What the written matcher says of a request."""
    was_removed = _fits(MODES_WITH_ORIGIN, request["sec_fetch_mode"]) and _fits(
        OTHER_SITES, request["sec_fetch_site"]
    )
    return (
        request["origin"] is None
        and request["requested_method"] is None
        and not was_removed
        and _fits(READABLE_HOST, request["host"])
    )


def _fits(regex: str, value: str | None) -> bool:
    return value is not None and re.fullmatch(regex, value, re.ASCII) is not None


@settings(max_examples=100)
@given(
    policy_sets(may_conflict=False),
    st.lists(requests(), min_size=2, max_size=6),
    st.integers(0, 1 << 16),
)
def test_what_is_skipped_would_have_passed(
    document: Document, asked: list[Document], seed: int
) -> None:
    document["settings"]["unmatched"] = "allow"
    for policy in document["policies"]:
        policy.pop("requireOriginHeader", None)
    assert refusals(as_spec(document)) == ()
    policy_set = build_policy_set(document)
    for drawn in crossings(asked, seed, 40):
        request = {**drawn, "origin": None, "group": None}
        if not is_skipped(request):
            continue
        decision = decide(policy_set, CheckedRequest(**request))
        assert decision.verdict is Verdict.ALLOW, request
        assert decision.answer in (answer.UNTOUCHED, answer.UNGRANTED)
        assert decision.shadow is None or decision.shadow.verdict is Verdict.ALLOW


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("skipping")
    with run_edge(folder, writing=("--skip-without-origin",)) as running:
        yield running


FETCH = (("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site"))
ROWS = [
    pytest.param(API, (), 0, 200, id="nothing"),
    pytest.param(f"{API}:8443", (), 0, 200, id="a port"),
    pytest.param(API, (("cookie", "a=b"), ("accept", "*/*")), 0, 200, id="other headers"),
    pytest.param(
        API, (FETCH[0], ("sec-fetch-site", "same-origin")), 0, 200, id="a fetch of its own"
    ),
    pytest.param(
        API, (("sec-fetch-mode", "no-cors"), FETCH[1]), 0, 200, id="an image of another site"
    ),
    pytest.param(API, (("origin", ""),), 1, 200, id="an empty Origin"),
    pytest.param(API, (("origin", "https://\xff"),), 1, 403, id="an Origin that is no UTF-8"),
    pytest.param(API, (("origin", "\xff"),), 1, 403, id="an Origin of one byte"),
    pytest.param(API, (("origin", "null"),) * 2, 1, 403, id="two Origins"),
    pytest.param(API, FETCH, 1, 403, id="an Origin that was removed"),
    pytest.param(API, (WANTS_POST,), 1, 200, id="a requested method"),
    pytest.param("a." * 10 + "example.org", (), 1, 200, id="a host with many labels"),
    pytest.param("api.example.com,api.example.com", (), 1, 403, id="two hosts"),
]


@pytest.mark.parametrize(("host", "headers", "asked", "status"), ROWS)
def test_the_sidecar_is_asked_about_nothing_else(
    edge: Edge, host: str, headers: tuple[tuple[str, str], ...], asked: int, status: int
) -> None:
    before = edge.asked()
    response = edge.send("GET", "/orders/1", *headers, host=host)
    assert (response.status, edge.asked() - before) == (status, asked)
    if status == 200:
        assert "Origin" in ",".join(response.values("vary")).split(",")
        assert response.cors_headers() == ()


def test_http_2_is_no_different(edge: Edge) -> None:
    (port,) = edge.envoy.ports.values()
    before = edge.asked()
    assert send_http2(port, Request(API, "/orders/1")).status == 200
    assert edge.asked() == before
    foreign = Request(API, "/orders/1", headers=(FOREIGN,))
    assert send_http2(port, foreign).status == 403
    assert edge.asked() == before + 1


def test_a_preflight_whose_origin_was_removed_is_refused(edge: Edge) -> None:
    assert edge.send("OPTIONS", "/orders/1", WANTS_POST).status == 403


def test_vary_is_added_to_that_of_the_service(edge: Edge) -> None:
    wished = ("x-answer", '{"headers": [["vary", "accept-encoding"]]}')
    assert edge.send("GET", "/orders/1", wished).values("vary") == ("accept-encoding,Origin",)


def test_vary_stands_on_what_envoy_answers_for_a_service_that_is_down(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        down = f"127.0.0.1:{taken.getsockname()[1]}"
    options = ("--skip-without-origin", "--upstream", down)
    with run_edge(tmp_path, writing=options) as edge:
        response = edge.send("GET", "/orders/1")
        assert (response.status, edge.asked()) == (503, 0)
        assert response.values("vary") == ("Origin",)


SET = """
settings: {{unmatched: {unmatched}}}
policies:
- name: strict
  allowedHttpProtocols: [HTTP/2]
  allowedOrigins: [https://shop.example.com]
  requireOriginHeader: {required}
  acknowledge: [require-origin-browser]
apiGroups:
- name: orders
  paths: ['{path}']
  policies: [strict]
"""

REFUSED = [
    pytest.param({"required": "true"}, "policy strict has requireOriginHeader", id="required"),
    pytest.param({"unmatched": "deny"}, "settings.unmatched is deny", id="unmatched denied"),
    pytest.param({"path": "~/a%2Fb.*"}, "group orders has the path ~/a%2Fb.*", id="escapes"),
]


def set_file(folder: Path, **parts: str) -> Path:
    path = folder / "set.yaml"
    path.write_text(SET.format(**{"required": "false", "unmatched": "allow", "path": "/", **parts}))
    return path


@pytest.mark.parametrize("command", ["bootstrap", "filter"])
@pytest.mark.parametrize(("parts", "reason"), REFUSED)
def test_it_is_refused_with_the_reason_where_decisions_would_change(
    command: str, parts: dict[str, str], reason: str, tmp_path: Path
) -> None:
    path = set_file(tmp_path, **parts)
    assert call(command, path).exit_code == 0

    result = call(command, path, "--skip-without-origin")

    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr


def test_without_such_policies_it_is_not(tmp_path: Path) -> None:
    assert call("filter", set_file(tmp_path), "--skip-without-origin").exit_code == 0
    assert call("filter", POLICIES, "--skip-without-origin").exit_code == 0
