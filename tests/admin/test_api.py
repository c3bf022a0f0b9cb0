"""The JSON API: what is in force, and why a request gets what it gets."""

import json
from typing import Any

import pytest
from starlette.routing import Route

from cors_authz.admin.access import AccessRules
from cors_authz.admin.api import MAX_BODY_BYTES, api_routes
from cors_authz.admin.app import build_app
from tests.admin.asking import Answer, call
from tests.admin.view import CountedNothing, StandIn, policies_in_force

RULES = AccessRules(frozenset(), api_open=False)
APP = build_app(StandIn(policies_in_force()), RULES)
EMPTY = build_app(StandIn(None), RULES)

PUT_ORDER = {
    "url": "https://api.example.com/orders/1",
    "method": "PUT",
    "origin": "https://shop.example.com",
}


def names(path: str, selector: str) -> list[str]:
    items = call(APP, path, query=f"selector={selector}").json["items"]
    return [item["name"] for item in items]


def explain(body: bytes, content_type: str = "application/json") -> Answer:
    headers = {"content-type": content_type}
    return call(APP, "/api/v1/explain", method="POST", headers=headers, body=body)


def test_the_status_tells_what_is_in_force_and_of_the_last_reload() -> None:
    app = build_app(StandIn(policies_in_force(last_succeeded=False)), RULES)
    status = call(app, "/api/v1/status").json
    assert status["groups"] == 2
    assert status["policies"] == 2
    assert status["lastReload"]["succeeded"] is False
    assert {f["file"] for f in status["lastReload"]["findings"]} >= {"set.yaml"}
    assert status["workers"][0]["state"] == "serving"


def test_the_status_before_anything_is_in_force() -> None:
    status = call(EMPTY, "/api/v1/status").json
    assert status["revision"] is None
    assert status["lastReload"] is None


@pytest.mark.parametrize(
    ("path", "selector", "expected"),
    [
        ("/api/v1/policies", "", ["storefront", "partner"]),
        ("/api/v1/policies", "env=prod", ["storefront"]),
        ("/api/v1/policies", "env!=prod", ["partner"]),
        ("/api/v1/groups", "team%20in%20(web)", ["carts"]),
        ("/api/v1/groups", "team=nobody", []),
    ],
)
def test_policies_and_groups_are_selected_by_tags(
    path: str, selector: str, expected: list[str]
) -> None:
    assert names(path, selector) == expected


def test_a_bad_selector_is_told_with_what_to_write() -> None:
    answer = call(APP, "/api/v1/groups", query="selector=(((")
    assert answer.status == 400
    assert "selector" in answer.json["title"]
    assert "env=prod" in answer.json["fix"]


@pytest.mark.parametrize("path", ["/api/v1/policies", "/api/v1/groups"])
def test_listings_before_anything_is_in_force(path: str) -> None:
    assert call(EMPTY, path).status == 503


def test_a_request_is_explained_with_the_preflight_before_it() -> None:
    explained = explain(json.dumps(PUT_ORDER).encode()).json
    assert explained["preflight"]["verdict"] == "allow"
    assert explained["request"]["group"] == "orders"
    assert explained["request"]["policy"] == "storefront"
    assert explained["browser"]["verdict"] == "readable"


def test_a_pasted_command_is_explained() -> None:
    command = "curl 'https://api.example.com/orders' -H 'origin: https://evil.example.net'"
    explained = explain(json.dumps({"curl": command}).encode()).json
    assert explained["request"]["reason"] == "origin_not_allowed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"{}",
        b'{"url": 1}',
        b'{"url": "https://a.example/", "curl": "curl https://a.example/"}',
        b'{"url": "https://a.example/", "unknown": 1}',
        b'{"url": "no url"}',
        b'{"url": "https://a.example/", "protocol": "HTTP/9"}',
        b'{"curl": "rm -rf"}',
    ],
)
def test_what_describes_no_request_is_refused_with_a_fix(body: bytes) -> None:
    answer = explain(body)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["fix"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken_as_no_form_can_send_it(content_type: str) -> None:
    assert explain(json.dumps(PUT_ORDER).encode(), content_type).status == 415


def test_a_body_is_bounded() -> None:
    assert explain(b" " * (MAX_BODY_BYTES + 1)).status == 413


def test_explaining_needs_a_post() -> None:
    assert call(APP, "/api/v1/explain").status == 405


def test_explaining_before_anything_is_in_force() -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps(PUT_ORDER).encode()
    answer = call(EMPTY, "/api/v1/explain", method="POST", headers=headers, body=body)
    assert answer.status == 503


def test_the_latest_denials_are_told_as_they_were_logged() -> None:
    line = {"verdict": "deny", "origin": "https://<img src=x onerror=alert(1)>"}
    view = StandIn(None, gathered=CountedNothing([line]))
    assert call(build_app(view, RULES), "/api/v1/decisions").json == {"items": [line]}


def test_the_set_is_compiled_anew_when_it_changes() -> None:
    view = StandIn(policies_in_force())
    app = build_app(view, RULES)
    before = call(app, "/api/v1/groups").json
    view.policies = policies_in_force("policies: []\napiGroups: [{name: other, policies: []}]\n")
    after = call(app, "/api/v1/groups").json
    assert before["revision"] != after["revision"]
    assert [group["name"] for group in after["items"]] == ["other"]


def operations(document: Any) -> set[tuple[str, str]]:
    return {(path, method.upper()) for path, item in document["paths"].items() for method in item}


def test_the_description_has_every_route_and_no_other() -> None:
    document = call(APP, "/api/v1/openapi.json").json
    routes = {
        (route.path, method)
        for route in api_routes(StandIn(None))
        if isinstance(route, Route) and route.path != "/api/v1/openapi.json"
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert operations(document) == routes
    assert document["openapi"].startswith("3.1")


def test_every_reference_of_the_description_leads_somewhere() -> None:
    text = call(APP, "/api/v1/openapi.json").body.decode()
    document = json.loads(text)
    schemas = document["components"]["schemas"]
    references = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= schemas.keys()
    assert set(schemas["ExplainForm"]["properties"]) >= {"url", "curl", "method", "origin"}
