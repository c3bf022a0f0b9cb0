"""The filter alone, put into a configuration that exists, and what it shows to the sidecar."""

import json
from pathlib import Path
from typing import Any

import pytest

from cors_authz._generated.ext_authz_pb2 import CheckRequest
from tests.envoy_config.written import API, PATIENT, POLICIES, SHOP, WANTS_POST, written
from tests.support.bootstrap import Listener, build_bootstrap, route
from tests.support.envoy import run_envoy
from tests.support.exchange import Request
from tests.support.http1 import send_http1
from tests.support.recorder import run_recorder
from tests.support.sidecar import run_sidecar
from tests.support.upstream import run_upstream

Json = dict[str, Any]

SECRETS = {
    "cookie": "session=secret",
    "authorization": "Bearer secret",
    "proxy-authorization": "Basic c2VjcmV0",
    "x-api-key": "secret",
    "x-csrf-token": "secret",
}
READ = {
    "origin": SHOP[1],
    "access-control-request-method": "PUT",
    "access-control-request-headers": "x-one",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "cors",
    "upgrade": "websocket",
    "x-request-id": "0123abcd-0123-4567-89ab-0123456789ab",
    "traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
    "b3": "0",
    "x-b3-traceid": "0123456789abcdef",
    "x-b3-spanid": "0123456789abcdef",
    "x-b3-sampled": "1",
}
"""All that is read of a request's headers: for the decision, and to find the request again."""


def existing(app_port: int, folder: Path) -> Json:
    """A configuration without cors-authz, whose routes lead to a service."""
    listener = Listener("existing", [route("/")], recommended=False)
    bootstrap = build_bootstrap([listener], {"app": app_port}, folder / "access.log")
    (only,) = bootstrap["static_resources"]["listeners"]
    manager: Json = only["filter_chains"][0]["filters"][0]["typed_config"]
    del manager["http_filters"][0]
    return bootstrap


def pasted(bootstrap: Json, parts: Json) -> Json:
    """Each part put where its comment says."""
    resources = bootstrap["static_resources"]
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [*parts["http_filters"], *manager["http_filters"]]
    resources["clusters"] += parts["clusters"]
    (host,) = manager["route_config"]["virtual_hosts"]
    for field in ("response_headers_to_remove", "response_headers_to_add"):
        host["routes"][0][field] = parts.get(field, [])
    return bootstrap


@pytest.mark.parametrize("options", [(), ("--skip-without-origin",)], ids=["asking", "skipping"])
def test_it_enforces_in_a_configuration_that_exists(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    with run_upstream() as upstream, run_sidecar(POLICIES, tmp_path) as sidecar:
        (parts,) = written("filter", POLICIES, "--sidecar", sidecar.targets[0], *PATIENT, *options)
        with run_envoy(pasted(existing(upstream.port, tmp_path), parts), tmp_path) as envoy:
            port = envoy.ports["existing"]
            asked = Request(API, "/orders/1")
            preflight = Request(API, "/orders/1", "OPTIONS", (SHOP, WANTS_POST))
            assert send_http1(port, preflight).status == 204
            allowed = send_http1(port, asked.adding(SHOP))
            assert allowed.values("access-control-allow-origin") == (SHOP[1],)
            plain = send_http1(port, asked)
            assert (plain.status, plain.cors_headers()) == (200, ())
            assert plain.values("vary") == ("Origin",)
            assert send_http1(port, asked.adding(("origin", "null"))).status == 403


def test_the_sidecar_is_shown_what_it_reads_and_no_secrets(tmp_path: Path) -> None:
    with run_upstream() as upstream, run_recorder(b"") as recorder:
        address = f"127.0.0.1:{recorder.port}"
        (parts,) = written("filter", POLICIES, "--sidecar", address, *PATIENT)
        with run_envoy(pasted(existing(upstream.port, tmp_path), parts), tmp_path) as envoy:
            headers = (("connection", "upgrade"), *READ.items(), *SECRETS.items())
            send_http1(envoy.ports["existing"], Request(API, "/orders", headers=headers))
    (payload,) = recorder.checks
    shown = CheckRequest.FromString(payload).attributes.request.http.headers
    assert set(READ) <= set(shown)
    assert set(shown) & set(SECRETS) == set()
    assert b"secret" not in payload
    (metadata,) = recorder.metadata
    assert metadata["x-request-id"] == shown["x-request-id"]
    assert set(metadata) & set(SECRETS) == set()


def test_routes_of_a_dry_run_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    policy = {"name": "trial", "allowedHttpProtocols": ["HTTP/2"], "mode": "reportOnly"}
    origins = {"allowedOrigins": ["https://next.example.com"]}
    group = {"name": "orders", "policies": ["trial"]}
    path.write_text(json.dumps({"policies": [policy | origins], "apiGroups": [group]}))
    (parts,) = written("filter", path, "--skip-without-origin")
    assert set(parts) == {"http_filters", "clusters"}
