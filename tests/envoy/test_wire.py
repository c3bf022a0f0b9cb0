"""The bytes that a real Envoy sends, read by us and by an independent decoder alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from envoy_data_plane.envoy.service.auth import v3 as independent

from cors_authz._generated import ext_authz_pb2 as trimmed
from cors_authz.authz.incoming import read_check_request
from cors_authz.authz.outgoing import write_internal_error
from cors_authz.policy.request import Request as PolicyRequest
from tests.envoy.expectation import SHOP, from_origin, preflight
from tests.support.bootstrap import AUTHZ_CLUSTER, Json, Listener, build_bootstrap, route
from tests.support.certificate import make_certificate
from tests.support.envoy import Envoy, run_envoy
from tests.support.exchange import HeaderPairs, Request, Response
from tests.support.recorder import Recorder, run_recorder
from tests.support.stack import CLIENTS
from tests.support.upstream import Upstream, run_upstream

_ALLOW = trimmed.CheckResponse(
    status=trimmed.Status(code=0), ok_response=trimmed.OkHttpResponse()
).SerializeToString()

_SCHEMES = {"HTTP/1.1": "http", "HTTP/2": "http", "HTTP/3": "https"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An Envoy in front of a server that keeps what it is asked."""

    envoy: Envoy
    recorder: Recorder
    upstream: Upstream

    def send(self, request: Request, listener: str, protocol: str = "HTTP/1.1") -> Response:
        """Send a request that Envoy asks the recorder about."""
        self.recorder.checks.clear()
        self.recorder.metadata.clear()
        return CLIENTS[protocol](self.envoy.ports[listener], request)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    directory = tmp_path_factory.mktemp("wire")
    certificate = make_certificate(directory)
    routes = [route("/named", group="orders"), route("/")]
    listeners = [
        Listener("all headers tcp", routes, recommended=False),
        Listener("all headers udp", routes, certificate, recommended=False),
        Listener("recommended tcp", routes),
        Listener("recommended udp", routes, certificate),
        Listener("raw tcp", routes, recommended=False, authz={"encode_raw_headers": True}),
        Listener("open tcp", routes, authz={"failure_mode_allow": True}),
    ]
    with run_upstream() as upstream, run_recorder(_ALLOW) as recorder:
        clusters = {AUTHZ_CLUSTER: recorder.port, "app": upstream.port}
        bootstrap = build_bootstrap(listeners, clusters, directory / "access.log")
        with run_envoy(bootstrap, directory) as envoy:
            yield Recorded(envoy, recorder, upstream)


def _independently(payload: bytes) -> dict[str, Any]:
    """The fields that we read, as a decoder of Envoy's full messages sees them."""
    attributes = independent.CheckRequest.parse(payload).attributes
    assert attributes is not None
    assert attributes.request is not None
    assert attributes.source is not None
    assert attributes.source.address is not None
    assert attributes.source.address.socket_address is not None
    http = attributes.request.http
    assert http is not None
    read = ("id", "method", "path", "host", "scheme", "protocol")
    return {
        **{name: getattr(http, name) for name in read},
        "headers": dict(http.headers),
        "raw headers": [(h.key, h.raw_value) for h in http.header_map.headers]
        if http.header_map
        else [],
        "extensions": dict(attributes.context_extensions),
        "source": attributes.source.address.socket_address.address,
    }


def _by_ours(payload: bytes) -> dict[str, Any]:
    attributes = trimmed.CheckRequest.FromString(payload).attributes
    http = attributes.request.http
    return {
        "id": http.id,
        "method": http.method,
        "path": http.path,
        "host": http.host,
        "scheme": http.scheme,
        "protocol": http.protocol,
        "headers": dict(http.headers),
        "raw headers": [(h.key, h.raw_value) for h in http.header_map.headers],
        "extensions": dict(attributes.context_extensions),
        "source": attributes.source.address.socket_address.address,
    }


_ASKED = (
    preflight("api.test:8443", SHOP, "PUT", "authorization", path="/named/1?token=t")
    .adding(("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"))
    .adding(("cookie", "s=1"), ("authorization", "Bearer t"), ("upgrade-insecure-requests", "1"))
)


@pytest.mark.parametrize("protocol", CLIENTS)
@pytest.mark.parametrize("operator", ["all headers", "recommended"])
def test_both_decoders_read_the_same_and_we_miss_nothing(
    recorded: Recorded, protocol: str, operator: str
) -> None:
    transport = "udp" if protocol == "HTTP/3" else "tcp"
    recorded.send(_ASKED, f"{operator} {transport}", protocol)
    (payload,) = recorded.recorder.checks
    assert _by_ours(payload) == _independently(payload)
    incoming = read_check_request(payload)
    assert incoming.source == "127.0.0.1"
    assert incoming.request == PolicyRequest(
        method="OPTIONS",
        scheme=_SCHEMES[protocol],
        host="api.test:8443",
        path="/named/1?token=t",
        protocol=protocol,
        origin=SHOP,
        requested_method="PUT",
        requested_headers="authorization",
        sec_fetch_site="cross-site",
        sec_fetch_mode="cors",
        upgrade=None,
        group="orders",
    )


@pytest.mark.parametrize("protocol", CLIENTS)
def test_the_recommended_filter_keeps_secrets_from_us(recorded: Recorded, protocol: str) -> None:
    transport = "udp" if protocol == "HTTP/3" else "tcp"
    recorded.send(_ASKED, f"recommended {transport}", protocol)
    (payload,) = recorded.recorder.checks
    assert set(read_check_request(payload).headers) == {
        "origin",
        "access-control-request-method",
        "access-control-request-headers",
        "sec-fetch-site",
        "sec-fetch-mode",
    }
    (metadata,) = recorded.recorder.metadata
    assert metadata["x-request-id"]


ORIGINS = [
    pytest.param((), None, id="absent"),
    pytest.param((("origin", ""),), "", id="empty"),
    pytest.param((("origin", SHOP), ("origin", SHOP)), f"{SHOP},{SHOP}", id="two lines"),
    pytest.param((("Origin", SHOP),), SHOP, id="upper case name"),
]


@pytest.mark.parametrize("listener", ["all headers tcp", "recommended tcp", "raw tcp"])
@pytest.mark.parametrize(("headers", "origin"), ORIGINS)
def test_an_origin_arrives_as_it_was_sent(
    recorded: Recorded, headers: HeaderPairs, origin: str | None, listener: str
) -> None:
    recorded.send(Request("api.test", headers=headers), listener)
    (payload,) = recorded.recorder.checks
    assert _by_ours(payload) == _independently(payload)
    assert read_check_request(payload).request.origin == origin


@pytest.mark.parametrize(
    ("listener", "origin"),
    [("all headers tcp", "https://!.com"), ("raw tcp", "https://\ufffd.com")],
)
def test_bytes_that_are_not_utf8_are_replaced(
    recorded: Recorded, listener: str, origin: str
) -> None:
    recorded.send(from_origin("api.test", "https://\xff.com"), listener)
    (payload,) = recorded.recorder.checks
    assert read_check_request(payload).request.origin == origin


def _answering(recorded: Recorded, answer: bytes, listener: str) -> tuple[Response, int]:
    """A request's response, and how often the upstream was asked."""
    before = len(recorded.upstream.requests)
    recorded.recorder.answer = answer
    try:
        response = recorded.send(from_origin("api.test", SHOP), listener)
    finally:
        recorded.recorder.answer = _ALLOW
    return response, len(recorded.upstream.requests) - before


def test_our_internal_error_is_a_503_of_our_own(recorded: Recorded) -> None:
    response, reached = _answering(recorded, write_internal_error("id-1"), "recommended tcp")
    assert response.status == 503
    assert response.values("content-type") == ("application/problem+json",)
    assert response.values("cache-control") == ("no-store",)
    assert response.values("vary") == ("Origin",)
    assert response.cors_headers() == ()
    assert b'"reason": "internal_error"' in response.body
    assert reached == 0


def test_our_internal_error_obeys_failure_mode_allow(recorded: Recorded) -> None:
    response, reached = _answering(recorded, write_internal_error("id-1"), "open tcp")
    assert response.status == 200
    assert response.cors_headers() == ()
    assert reached == 1


_NO_STATUS: Json = {"denied_response": trimmed.DeniedHttpResponse(body="no")}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(trimmed.CheckResponse(**_NO_STATUS).SerializeToString(), id="no status"),
    ],
)
def test_an_answer_without_status_would_allow(recorded: Recorded, answer: bytes) -> None:
    """Why every answer of ours sets status and variant, and sets them to fit."""
    response, reached = _answering(recorded, answer, "recommended tcp")
    assert response.status == 200
    assert reached == 1
