"""The pages as their servers hand them out."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from deploy.demo import pages
from deploy.demo.api import CarelessApi
from deploy.demo.decisions import DecisionLog
from deploy.demo.http11 import Request, Response
from deploy.demo.origins import Origins
from deploy.demo.pages import Page

ORIGINS = Origins.on_ports(api=8080, past_envoy=9000, shop=8081, evil=8082)
FILES = Path(pages.__file__).parent / "page"


def _get(page: Page, target: str, method: str = "GET") -> Response:
    return asyncio.run(page.answer(Request(method, target, ())))


@pytest.fixture
def decisions() -> DecisionLog:
    return DecisionLog()


@pytest.fixture(params=["shop", "evil"])
def page(request: pytest.FixtureRequest, decisions: DecisionLog) -> Page:
    return Page(request.param, ORIGINS, CarelessApi(), decisions)


def test_each_page_names_itself_the_other_and_the_api(decisions: DecisionLog) -> None:
    for name, own, other in (
        ("shop", ORIGINS.shop, ORIGINS.evil),
        ("evil", ORIGINS.evil, ORIGINS.shop),
    ):
        text = _get(Page(name, ORIGINS, CarelessApi(), decisions), "/").body.decode()

        assert f"<h1>{own}</h1>" in text
        assert f'href="{other}/"' in text
        assert f'data-api="{ORIGINS.api}"' in text


def test_a_page_may_reach_its_own_server_and_the_api_and_nothing_else(page: Page) -> None:
    policy = _get(page, "/").header("content-security-policy") or ""

    assert "default-src 'none'" in policy
    assert (
        "connect-src 'self' http://api.localhost:8080 ws://api.localhost:8080 "
        "http://api.localhost:9000;" in policy
    )


@pytest.mark.parametrize("name", ["page.html", "page.css", "page.js"])
def test_a_page_uses_no_resource_from_outside(name: str) -> None:
    assert re.findall(r"(?:https?:)?//[a-z]", (FILES / name).read_text()) == []


@pytest.mark.parametrize("target", ["/page.css", "/page.js"])
def test_a_page_comes_with_its_files(page: Page, target: str) -> None:
    response = _get(page, target)

    assert response.status == 200
    assert response.body == (FILES / target[1:]).read_bytes()


@pytest.mark.parametrize("target", ["/page.html", "/../pages.py", "/%2e%2e/pages.py", "/x", "//"])
def test_nothing_else_is_served(page: Page, target: str) -> None:
    assert _get(page, target).status == 404


def test_pages_are_only_read(page: Page) -> None:
    assert _get(page, "/", "POST").status == 405


def test_a_page_asks_where_the_log_is_before_its_call(page: Page, decisions: DecisionLog) -> None:
    decisions.feed('{"event": "decision", "verdict": "allow", "reason": "allowed"}')

    assert json.loads(_get(page, "/decisions").body) == {"latest": 1, "decisions": []}


def test_a_page_learns_what_was_decided_about_its_call(decisions: DecisionLog) -> None:
    decisions.feed(
        json.dumps(
            {
                "event": "decision",
                "verdict": "deny",
                "reason": "origin_not_allowed",
                "kind": "actual",
                "group": "orders",
                "origin": ORIGINS.evil,
                "method": "GET",
                "path": "/orders",
            }
        )
    )
    page = Page("evil", ORIGINS, CarelessApi(), decisions)

    (told,) = json.loads(_get(page, "/decisions?after=0&method=GET&path=/orders").body)["decisions"]

    assert told == {
        "kind": "actual",
        "verdict": "deny",
        "reason": "origin_not_allowed",
        "group": "orders",
        "policy": None,
        "reachedApi": False,
        "shadow": None,
    }
