"""Who may see what: names against DNS rebinding, peers against neighbours."""

from collections.abc import Mapping

import pytest
from starlette.types import ASGIApp

from cors_authz.admin.access import AccessRules
from cors_authz.admin.app import build_app
from tests.admin.asking import call
from tests.admin.view import StandIn, policies_in_force

CLOSED = AccessRules(frozenset(), api_open=False)
NEIGHBOUR = ("10.1.2.3", 40000)
GUARDED = ("/", "/static/admin.js", "/api/v1/status", "/api/v1/groups", "/api/v1/decisions")
OPEN = ("/livez", "/readyz", "/metrics")


def app(rules: AccessRules = CLOSED) -> ASGIApp:
    return build_app(StandIn(policies_in_force()), rules)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:9190", 200),
        ("127.0.0.1:9190", 200),
        ("[::1]:9190", 200),
        ("10.1.2.3:9190", 200),
        ("admin.example.com", 403),
        ("attacker.example", 403),
        ("localhost.attacker.example", 403),
        ("127.0.0.1.attacker.example", 403),
        ("0x7f.1", 403),
        ("localhost@attacker.example", 403),
        ("localhost,attacker.example", 403),
        ("", 403),
    ],
)
def test_only_known_hosts_are_answered(host: str, status: int) -> None:
    assert call(app(), "/api/v1/status", headers={"host": host}).status == status


def test_a_name_that_the_operator_gave_is_known() -> None:
    rules = AccessRules(frozenset({"admin.example.com"}), api_open=False)
    headers = {"host": "Admin.Example.com:80"}
    assert call(app(rules), "/api/v1/status", headers=headers).status == 200


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    ("peer", "status"),
    [
        (("127.0.0.1", 1), 200),
        (("127.8.9.10", 1), 200),
        (("::1", 1), 200),
        (("::ffff:127.0.0.1", 1), 200),
        (None, 200),
        (NEIGHBOUR, 403),
        (("::ffff:10.1.2.3", 1), 403),
        (("fe80::1", 1), 403),
        (("", 1), 403),
    ],
)
def test_page_and_api_answer_loopback_peers_only(
    path: str, peer: tuple[str, int] | None, status: int
) -> None:
    assert call(app(), path, peer=peer).status == status


@pytest.mark.parametrize("path", GUARDED)
def test_the_operator_may_open_them(path: str) -> None:
    rules = AccessRules(frozenset(), api_open=True)
    assert call(app(rules), path, peer=NEIGHBOUR).status == 200


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_metrics_are_always_answered(path: str) -> None:
    answer = call(app(), path, peer=NEIGHBOUR, headers={"host": "cors-authz.prod.svc"})
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
    ],
    ids=str,
)
def test_forwarding_headers_are_not_believed(headers: Mapping[str, str]) -> None:
    assert call(app(), "/api/v1/status", peer=NEIGHBOUR, headers=headers).status == 403


@pytest.mark.parametrize(
    ("site", "status"),
    [("none", 200), ("same-origin", 200), ("same-site", 403), ("cross-site", 403)],
)
def test_other_sites_may_not_ask_through_a_browser(site: str, status: int) -> None:
    assert call(app(), "/api/v1/status", headers={"sec-fetch-site": site}).status == status


@pytest.mark.parametrize("path", [*GUARDED, *OPEN, "/no-such-path"])
def test_every_answer_has_the_security_headers(path: str) -> None:
    headers = call(app(), path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [*GUARDED, *OPEN])
def test_nothing_can_be_changed(path: str, method: str) -> None:
    assert call(app(), path, method=method).status == 405
