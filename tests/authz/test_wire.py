"""Our trimmed messages against an encoder that knows Envoy's full ones (envoy-data-plane)."""

from typing import Any

import pytest
from envoy_data_plane.envoy.config.core.v3 import (
    Address,
    HeaderMap,
    HeaderValue,
    Metadata,
    SocketAddress,
)
from envoy_data_plane.envoy.service.auth.v3 import (
    AttributeContext,
    AttributeContextHttpRequest,
    AttributeContextPeer,
    AttributeContextRequest,
    CheckRequest,
    CheckResponse,
)

from cors_authz.authz.incoming import (
    CheckRequestMalformedError,
    Incoming,
    read_check_request,
)
from cors_authz.authz.outgoing import (
    AnswerInvalidError,
    ResponseWriter,
    write_internal_error,
)
from cors_authz.policy import answer
from cors_authz.policy.decision import Answer, Decision, Header, HeaderAction, Shadow
from cors_authz.policy.header_names import NO_HEADERS
from cors_authz.policy.origin import Origin
from cors_authz.policy.policy import Grants, Methods
from cors_authz.policy.terms import Kind, Mode, Reason, Verdict

APPEND, ADD_IF_ABSENT, OVERWRITE_OR_ADD, OVERWRITE_IF_EXISTS = range(4)
SHOP = Origin("https://shop.example.com", "https", "shop.example.com", None)


def envoy_request(headers: dict[str, str], **http: Any) -> bytes:
    attributes = AttributeContext(
        source=AttributeContextPeer(
            address=Address(socket_address=SocketAddress(address="10.1.2.3", port_value=4711)),
            principal="spiffe://cluster.local/ns/default/sa/web",
            labels={"app": "web"},
        ),
        request=AttributeContextRequest(
            http=AttributeContextHttpRequest(
                id="8437", headers=headers, size=-1, query="", body="", **http
            )
        ),
        context_extensions={"cors_authz.group": "orders", "other": "x"},
        metadata_context=Metadata(),
    )
    return bytes(CheckRequest(attributes=attributes))


def decision(verdict: Verdict, given: Answer, **overrides: Any) -> Decision:
    fields: dict[str, Any] = {
        "verdict": verdict,
        "kind": Kind.ACTUAL,
        "reason": Reason.ALLOWED if verdict is Verdict.ALLOW else Reason.METHOD_NOT_ALLOWED,
        "group": "orders",
        "policy": "storefront",
        "tags": {},
        "mode": Mode.ENFORCE,
        "evaluated": (),
        "shadow": None,
        "requested_headers": (),
        "answer": given,
    }
    return Decision(**{**fields, **overrides})


def sent(verdict: Verdict, given: Answer, **overrides: Any) -> CheckResponse:
    return CheckResponse.parse(
        ResponseWriter("3f9a").prepare(decision(verdict, given, **overrides)).complete("id-1")
    )


def options(headers: Any) -> dict[str, tuple[str, int]]:
    assert all(option.append is None for option in headers), "append is deprecated and wins"
    return {option.header.key: (option.header.value, option.append_action) for option in headers}


GRANTS = Grants(
    any_origin=False,
    credentials=True,
    methods=Methods(("GET", "PUT")),
    headers=NO_HEADERS,
    exposed=NO_HEADERS,
    max_age_s=900,
)


def test_every_field_that_the_decision_needs_is_read() -> None:
    incoming = read_check_request(
        envoy_request(
            {
                ":path": "/orders?secret=1",
                "origin": "https://shop.example.com",
                "access-control-request-method": "PUT",
                "access-control-request-headers": "authorization",
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "cors",
                "upgrade": "websocket",
            },
            method="OPTIONS",
            scheme="https",
            host="api.example.com:443",
            path="/orders?secret=1",
            protocol="HTTP/2",
        )
    )
    request = incoming.request
    assert request.method == "OPTIONS"
    assert request.scheme == "https"
    assert request.host == "api.example.com:443"
    assert request.path == "/orders?secret=1"
    assert request.protocol == "HTTP/2"
    assert request.origin == "https://shop.example.com"
    assert request.requested_method == "PUT"
    assert request.requested_headers == "authorization"
    assert request.sec_fetch_site == "cross-site"
    assert request.sec_fetch_mode == "cors"
    assert request.upgrade == "websocket"
    assert request.group == "orders"
    assert incoming.source == "10.1.2.3"
    assert incoming.stream_id == "8437"


def test_absent_and_empty_headers_are_told_apart() -> None:
    assert read_check_request(envoy_request({})).request.origin is None
    assert read_check_request(envoy_request({"origin": ""})).request.origin == ""


def test_raw_headers_stand_in_for_the_map() -> None:
    """With ``encode_raw_headers`` the map is empty, and every request would look open."""
    raw = HeaderMap(
        headers=[
            HeaderValue(key="Origin", raw_value=b"https://\xffa.example"),
            HeaderValue(key="access-control-request-headers", raw_value=b"x-a"),
            HeaderValue(key="access-control-request-headers", raw_value=b"x-b"),
        ]
    )
    request = read_check_request(envoy_request({}, header_map=raw)).request
    assert request.origin == "https://\ufffda.example"
    assert request.requested_headers == "x-a,x-b"


def test_an_empty_message_is_read_as_an_empty_request() -> None:
    assert isinstance(read_check_request(b""), Incoming)
    assert read_check_request(b"").request.group is None


@pytest.mark.parametrize("payload", [b"\xff", b"\x0a\x05ab", b"GET / HTTP/1.1\r\n\r\n"])
def test_other_bytes_are_refused(payload: bytes) -> None:
    with pytest.raises(CheckRequestMalformedError):
        read_check_request(payload)


def test_an_allowed_request_is_ok_with_headers_for_its_response() -> None:
    response = sent(Verdict.ALLOW, answer.granted(SHOP, GRANTS))
    assert response.status is not None
    assert response.status.code == 0
    assert response.denied_response is None
    assert response.error_response is None
    assert response.ok_response is not None
    assert response.ok_response.headers == []
    assert options(response.ok_response.response_headers_to_add) == {
        "access-control-allow-origin": ("https://shop.example.com", OVERWRITE_OR_ADD),
        "access-control-allow-credentials": ("true", OVERWRITE_OR_ADD),
        "access-control-expose-headers": ("", OVERWRITE_IF_EXISTS),
        "vary": ("Origin", APPEND),
    }


def test_an_untouched_request_is_ok_without_headers() -> None:
    response = sent(Verdict.ALLOW, answer.UNTOUCHED)
    assert response.ok_response is not None
    assert response.ok_response.response_headers_to_add == []


def test_a_granted_preflight_is_a_denial_with_204_and_no_body() -> None:
    given = answer.preflight_granted(SHOP, GRANTS, "PUT", ())
    response = sent(Verdict.ALLOW, given, kind=Kind.PREFLIGHT)
    assert response.status is not None
    assert response.status.code == 7
    assert response.ok_response is None
    denied = response.denied_response
    assert denied is not None
    assert denied.status is not None
    assert denied.status.code == 204
    assert denied.body == ""
    assert {action for _, action in options(denied.headers).values()} == {OVERWRITE_OR_ADD}
    assert options(denied.headers)["access-control-allow-methods"][0] == "GET, HEAD, PUT"


def test_a_denial_carries_a_problem_document() -> None:
    response = sent(Verdict.DENY, answer.denied_readably(SHOP, GRANTS))
    assert response.status is not None
    assert response.status.code == 7
    denied = response.denied_response
    assert denied is not None
    assert denied.status is not None
    assert denied.status.code == 403
    assert denied.body == (
        '{"title": "The method is not allowed", "status": 403,'
        ' "reason": "method_not_allowed", "requestId": "id-1"}'
    )
    assert options(denied.headers)["content-type"] == (
        "application/problem+json",
        OVERWRITE_OR_ADD,
    )


def test_an_internal_error_is_an_error_response_with_503() -> None:
    response = CheckResponse.parse(write_internal_error(None))
    assert response.status is not None
    assert response.status.code == 13
    failed = response.error_response
    assert failed is not None
    assert failed.status is not None
    assert failed.status.code == 503
    assert failed.body == (
        '{"title": "The request could not be checked", "status": 503, "reason": "internal_error"}'
    )
    assert options(failed.headers)["cache-control"] == ("no-store", OVERWRITE_OR_ADD)


def test_the_decision_is_told_to_envoys_access_log() -> None:
    shadow = Shadow(Verdict.DENY, Reason.ORIGIN_NOT_ALLOWED, None)
    response = sent(Verdict.ALLOW, answer.UNGRANTED, shadow=shadow)
    assert response.dynamic_metadata is not None
    assert response.dynamic_metadata.to_dict() == {
        "cors": {
            "verdict": "allow",
            "kind": "actual",
            "reason": "allowed",
            "group": "orders",
            "policy": "storefront",
            "revision": "3f9a",
            "shadow": {"verdict": "deny", "reason": "origin_not_allowed", "policy": None},
        }
    }


@pytest.mark.parametrize(
    ("verdict", "status", "header"),
    [
        (Verdict.DENY, 403, Header("x-a", "a\r\nset-cookie: b", HeaderAction.SET)),
        (Verdict.DENY, 403, Header("x-a", "a\x00", HeaderAction.SET)),
        (Verdict.DENY, 403, Header("x-a", "é", HeaderAction.SET)),
        (Verdict.DENY, 403, Header("", "a", HeaderAction.SET)),
        (Verdict.DENY, 403, Header(":path", "a", HeaderAction.SET)),
        (Verdict.DENY, 403, Header("x a", "a", HeaderAction.SET)),
        (Verdict.DENY, 403, Header("vary", "Origin", HeaderAction.SET)),
        (Verdict.DENY, 101, Header("x-a", "a", HeaderAction.SET)),
        (Verdict.DENY, 0, Header("x-a", "a", HeaderAction.SET)),
        (Verdict.DENY, 204, Header("x-a", "a", HeaderAction.SET)),
        (Verdict.ALLOW, 403, Header("x-a", "a", HeaderAction.SET)),
    ],
    ids=[
        "line break in a value",
        "nul in a value",
        "value beyond ASCII",
        "empty name",
        "pseudo name",
        "blank in a name",
        "name given twice",
        "informational status",
        "status absent",
        "denial without content",
        "allowance that is a denial",
    ],
)
def test_nothing_unfit_goes_over_the_wire(verdict: Verdict, status: int, header: Header) -> None:
    given = Answer(status, (Header("vary", "Origin", HeaderAction.SET), header))
    with pytest.raises(AnswerInvalidError):
        ResponseWriter("3f9a").prepare(decision(verdict, given))


def test_every_reason_has_a_title() -> None:
    for reason in set(Reason) - {Reason.ALLOWED}:
        response = sent(Verdict.DENY, answer.DENIED, reason=reason)
        assert response.denied_response is not None
        assert f'"reason": "{reason.value}"' in response.denied_response.body
