"""A whole check, bytes to bytes: whatever comes in, what goes out is an answer that Envoy obeys."""

from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cors_authz._generated.ext_authz_pb2 import CheckRequest, CheckResponse
from cors_authz.authz.check import Checker
from cors_authz.authz.incoming import (
    GROUP_EXTENSION,
    CheckRequestMalformedError,
    read_check_request,
)
from cors_authz.config.load import load
from cors_authz.policy.decide import decide
from tests.fuzz.budget import PROMPT
from tests.fuzz.mutation import mutated

ROOT = Path(__file__).parents[2]
LOADED = load([ROOT / "docs/examples/policies", ROOT / "tests/fuzz/policies.yaml"]).loaded
if LOADED is None:
    raise LookupError("the policies to try checks on do not load")
POLICY_SET = LOADED.policy_set
CHECKER = Checker(POLICY_SET)
"""One for all, so that it remembers what others asked."""

LONG = 60_000

WORDS = {
    "host": ("api.example.com", "fuzz.test", "a.fuzz.test", "[::1]:80", "", "a,b", ":"),
    "path": ("/orders", "/invoices", "/%2e%2e/", "%2f", "/v1/x", "\\", "?a", ""),
    "method": ("GET", "OPTIONS", "PUT", "get", "", "G T"),
    "scheme": ("https", "http", ""),
    "protocol": ("HTTP/1.1", "HTTP/2", ""),
    "origin": ("https://shop.example.com", "https://partner.example.net", "null", "https://", ","),
    "access-control-request-method": ("PUT", "DELETE", "GET,PUT", ""),
    "access-control-request-headers": ("authorization", "x-a", ",", "x a", "*"),
    "sec-fetch-site": ("same-origin", "cross-site"),
    "sec-fetch-mode": ("cors", "websocket"),
    "upgrade": ("websocket", "h2c, WebSocket"),
    "x-request-id": ("a",),
}


def value_of(name: str) -> st.SearchStrategy[str]:
    words = st.sampled_from(WORDS[name])
    hostile = st.text(st.characters(codec="utf-8"), max_size=30)
    return words | words | st.lists(words, max_size=4).map("".join) | hostile


ATTRIBUTES = ("host", "path", "method", "scheme", "protocol")
HEADERS = tuple(name for name in WORDS if name not in ATTRIBUTES)


@st.composite
def check_requests(draw: st.DrawFn) -> bytes:
    """A message as Envoy may send it, with whatever a client put into it."""
    message = CheckRequest()
    http: Any = message.attributes.request.http
    for name in ATTRIBUTES:
        setattr(http, name, draw(value_of(name)))
    names = draw(st.lists(st.sampled_from(HEADERS), max_size=6))
    for name in names:
        if draw(st.integers(0, 4)):
            http.headers[name] = draw(value_of(name))
        else:
            header = http.header_map.headers.add(key=draw(st.sampled_from([name, name.upper()])))
            header.raw_value = draw(st.binary(max_size=20) | value_of(name).map(str.encode))
    if draw(st.integers(0, 3)) == 0:
        group = draw(st.sampled_from(["orders", "nowhere", "everybody", ""]))
        message.attributes.context_extensions[GROUP_EXTENSION] = group
    return message.SerializeToString()


def long_request(name: str, value: str) -> bytes:
    message = CheckRequest()
    http: Any = message.attributes.request.http
    http.host, http.path, http.method = "api.example.com", "/orders", "OPTIONS"
    http.headers["origin"] = "https://shop.example.com"
    http.headers["access-control-request-method"] = "PUT"
    if name in ATTRIBUTES:
        setattr(http, name, value)
    else:
        http.headers[name] = value
    return message.SerializeToString()


def answer_to(payload: bytes) -> CheckResponse:
    incoming = read_check_request(payload)
    checked = CHECKER.check(incoming, "id-1")
    assert checked.decision == decide(POLICY_SET, incoming.request)
    return CheckResponse.FromString(checked.response)


def assert_envoy_obeys(response: CheckResponse) -> None:
    """The rules of what a real Envoy does with an answer: nothing blank, nothing mismatched."""
    variant = response.WhichOneof("http_response")
    if response.status.code == 0:
        assert variant == "ok_response"
        headers = response.ok_response.response_headers_to_add
    else:
        assert response.status.code == 7
        assert variant == "denied_response"
        denied = response.denied_response
        headers = denied.headers
        assert denied.status.code in (204, 403)
        assert bool(denied.body) is (denied.status.code == 403)
    names = [option.header.key for option in headers]
    assert len(set(names)) == len(names)
    for option in headers:
        assert option.header.value.isascii()
        assert option.header.value.isprintable()
    assert response.dynamic_metadata.fields["cors"].struct_value.fields["verdict"].string_value


@given(check_requests())
@PROMPT
@example(long_request("origin", "https://" + "a" * LONG))
@example(long_request("host", "a." * (LONG // 2)))
@example(long_request("path", "/.." * (LONG // 3)))
@example(long_request("path", "/%2f" * (LONG // 4)))
@example(long_request("path", "/v1/" + "x" * LONG))
@example(long_request("method", "A" * LONG))
@example(long_request("upgrade", "," * LONG))
@example(long_request("access-control-request-headers", "x," * (LONG // 2)))
@example(long_request("access-control-request-method", "x" * LONG))
def test_every_message_gets_an_answer_that_envoy_obeys(payload: bytes) -> None:
    assert_envoy_obeys(answer_to(payload))


SEEDS = [long_request("origin", origin) for origin in WORDS["origin"]]


@given(st.binary(max_size=200) | mutated(SEEDS))
@PROMPT
def test_bytes_that_are_no_message_are_refused_as_such(payload: bytes) -> None:
    try:
        response = answer_to(payload)
    except CheckRequestMalformedError:
        return
    assert_envoy_obeys(response)
