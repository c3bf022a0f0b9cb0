"""The sidecar is gone: Envoy answers for it, and nothing that we did not grant gets out."""

from collections.abc import Iterator

import pytest

from tests.envoy.expectation import EVIL, SHOP, from_origin, preflight
from tests.support.bootstrap import Listener, route
from tests.support.child import stop
from tests.support.exchange import Request, Response
from tests.support.http1 import send_http1
from tests.support.json_lines import JsonLines
from tests.support.stack import Stack, run_stack
from tests.support.upstream import CARELESS

_POLICIES = """
policies:
- name: storefront
  allowedHttpProtocols: [HTTP/1.1]
  allowedOrigins: [https://shop.example.com]
apiGroups:
- {name: orders, policies: [storefront]}
"""

_OPEN = {"failure_mode_allow": True, "failure_mode_allow_header_add": True}


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("outage")
    config = directory / "policies.yaml"
    config.write_text(_POLICIES)
    routes = [route("/")]
    listeners = [
        Listener("closed", routes),
        Listener("open", routes, authz=_OPEN),
        Listener("open careless", routes, recommended=False, authz=_OPEN),
    ]
    with run_stack(config, listeners, directory) as stack:
        asked = from_origin("orders.test", SHOP)
        assert stack.send(asked, listener="closed").response.status == 200
        assert stop(stack.sidecar.process) == 0
        yield stack


def _send(outage: Stack, listener: str, request: Request) -> tuple[Response, int]:
    before = len(outage.upstream.requests)
    response = send_http1(outage.envoy.ports[listener], request)
    return response, len(outage.upstream.requests) - before


def test_a_stopped_sidecar_has_written_its_log(outage: Stack) -> None:
    lines = JsonLines(outage.sidecar.decisions.path).since(0)
    assert [line["event"] for line in lines] == ["started", "decision", "draining", "stopped"]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(from_origin("orders.test", SHOP), id="actual"),
        pytest.param(preflight("orders.test", SHOP, "PUT"), id="preflight"),
        pytest.param(Request("orders.test"), id="without Origin"),
    ],
)
def test_without_the_sidecar_nothing_passes(outage: Stack, request_: Request) -> None:
    mark = outage.access_log.mark()
    response, reached = _send(outage, "closed", request_)
    assert (response.status, response.body, reached) == (503, b"", 0)
    assert response.cors_headers() == ()
    assert outage.access_log.wait_since(mark)[0]["details"] == "ext_authz_error"


def test_failing_open_grants_nothing_where_the_upstream_is_stripped(outage: Stack) -> None:
    response, reached = _send(outage, "open", from_origin("orders.test", EVIL))
    assert (response.status, reached) == (200, 1)
    assert response.cors_headers() == ()
    assert outage.upstream.requests[-1].value("x-envoy-auth-failure-mode-allowed") == "true"


def test_failing_open_without_stripping_lets_the_upstream_speak(outage: Stack) -> None:
    """Why the recommended route configuration strips CORS headers although we neutralise them."""
    response, _ = _send(outage, "open careless", from_origin("orders.test", EVIL))
    assert response.cors_headers() == tuple(sorted(CARELESS))
