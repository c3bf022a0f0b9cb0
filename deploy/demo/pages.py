"""The two pages: the same files for both, told apart by the origin that serves them.

Each page's server also tells the page what was decided about its calls, for the browser
itself cannot know.
"""

import html
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlsplit

from deploy.demo.api import CarelessApi
from deploy.demo.decisions import Decision, DecisionLog
from deploy.demo.http11 import Headers, Request, Response
from deploy.demo.origins import Origins

_FILES = Path(__file__).parent / "page"
_ASSETS = {
    "/page.css": "text/css; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
}
_DECISIONS_S = 2.0
_NO_STORE = ("cache-control", "no-store")


class Page:
    """Serves one of the pages."""

    def __init__(
        self, name: str, origins: Origins, api: CarelessApi, decisions: DecisionLog
    ) -> None:
        self._name = name
        self._origins = origins
        self._origin = {"shop": origins.shop, "evil": origins.evil}[name]
        self._api = api
        self._decisions = decisions

    async def answer(self, request: Request) -> Response:
        """Answer with the page, its files, or the decisions about its calls."""
        if request.method not in ("GET", "HEAD"):
            return Response(HTTPStatus.METHOD_NOT_ALLOWED, (("allow", "GET, HEAD"),))
        if request.path == "/":
            return self._document()
        if request.path == "/decisions":
            return await self._decided(request)
        media_type = _ASSETS.get(request.path)
        if media_type is None:
            return Response(HTTPStatus.NOT_FOUND)
        content = (_FILES / request.path[1:]).read_bytes()
        return Response(HTTPStatus.OK, (("content-type", media_type), _NO_STORE), content)

    def _document(self) -> Response:
        other = {"shop": self._origins.evil, "evil": self._origins.shop}[self._name]
        values = {
            "name": self._name,
            "origin": self._origin,
            "other": other,
            "api": self._origins.api,
            "past_envoy": self._origins.api_past_envoy,
        }
        template = Template((_FILES / "page.html").read_text(encoding="utf-8"))
        document = template.substitute({k: html.escape(v) for k, v in values.items()})
        headers: Headers = (
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", self._content_security_policy()),
            _NO_STORE,
        )
        return Response(HTTPStatus.OK, headers, document.encode())

    def _content_security_policy(self) -> str:
        api, past_envoy = self._origins.api, self._origins.api_past_envoy
        live = api.replace("http:", "ws:")
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
            f"connect-src 'self' {api} {live} {past_envoy}; base-uri 'none'; form-action 'none'"
        )

    async def _decided(self, request: Request) -> Response:
        """What was decided about a call since ``after``; without one, only where we are."""
        query = {
            name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()
        }
        decisions: tuple[Decision, ...] = ()
        if query.get("after", "").isdecimal():
            decisions = await self._decisions.of_call(
                self._origin,
                query.get("method", ""),
                query.get("path", ""),
                int(query["after"]),
                _DECISIONS_S,
            )
        content = {
            "latest": self._decisions.last_number,
            "decisions": [self._told(decision) for decision in decisions],
        }
        headers: Headers = (("content-type", "application/json"), _NO_STORE)
        return Response(HTTPStatus.OK, headers, json.dumps(content).encode())

    def _told(self, decision: Decision) -> Mapping[str, object]:
        shadow = decision.shadow
        return {
            "kind": decision.kind,
            "verdict": decision.verdict,
            "reason": decision.reason,
            "group": decision.group,
            "policy": decision.policy,
            "reachedApi": self._api.has_seen(decision.request_id or ""),
            "shadow": None
            if shadow is None
            else {"verdict": shadow.verdict, "reason": shadow.reason, "policy": shadow.policy},
        }
