"""The JSON API: what is in force, and why a request gets what it gets."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cors_authz.admin.explain_form import parse_inquiry
from cors_authz.admin.in_force import InForce
from cors_authz.admin.openapi import OPENAPI
from cors_authz.admin.probes import reload_members
from cors_authz.admin.view import ServerView
from cors_authz.config.finding import Finding
from cors_authz.config.report import finding_members
from cors_authz.observability.worker_status import WorkerStatus
from cors_authz.policy.decide import PolicySet
from cors_authz.policy.explain import InquiryError, explain, explained_members
from cors_authz.policy.listing import (
    group_members,
    groups_using,
    policy_members,
    selected_groups,
    selected_policies,
)
from cors_authz.policy.selector import Selector, SelectorError, parse_selector

MAX_BODY_BYTES = 64 << 10
"""More than any request that Envoy would let through can be described in."""

_MAX_FINDINGS = 200
"""A page shows so many; the log has them all."""

_BAD_REQUEST, _TOO_LARGE, _UNSUPPORTED, _NOT_READY = 400, 413, 415, 503

_Members: TypeAlias = dict[str, Any]
_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def api_routes(view: ServerView) -> list[Route]:
    """All routes below ``/api/v1``."""
    in_force = InForce(view)
    return [
        Route("/api/v1/status", _status(view)),
        Route("/api/v1/policies", _listing(in_force, _policies)),
        Route("/api/v1/groups", _listing(in_force, _groups)),
        Route("/api/v1/decisions", _decisions(view)),
        Route("/api/v1/explain", _explain(in_force), methods=["POST"]),
        Route("/api/v1/openapi.json", _openapi),
    ]


def _status(view: ServerView) -> _Handler:
    async def status(_: Request) -> Response:
        policies = view.policies
        members: _Members = {
            "revision": None,
            "since": None,
            "policies": 0,
            "groups": 0,
            "warnings": [],
            "lastReload": None,
        }
        if policies is not None:
            reload = policies.last_reload
            members = {
                "revision": policies.in_force.revision,
                "since": policies.in_force_since_s,
                "policies": len(policies.in_force.policies),
                "groups": len(policies.in_force.groups),
                "warnings": _findings(policies.warnings),
                "lastReload": {**reload_members(reload), "findings": _findings(reload.findings)},
            }
        members["draining"] = view.draining
        members["watcherHeartbeatAt"] = view.watcher_heartbeat_at_s
        members["workers"] = [_worker(worker) for worker in view.workers]
        return JSONResponse(members)

    return status


def _worker(worker: WorkerStatus) -> _Members:
    return {
        "index": worker.index,
        "address": worker.address,
        "state": worker.state,
        "pid": worker.pid,
        "revision": worker.revision,
        "restarts": worker.restarts,
        "heartbeatAt": worker.heartbeat_at_s,
        "checks": worker.checks,
        "internalErrors": worker.internal_errors,
        "droppedLines": worker.dropped_lines,
        "problem": worker.problem or None,
    }


def _findings(findings: Sequence[Finding]) -> list[_Members]:
    return [dict(finding_members(finding)) for finding in findings[:_MAX_FINDINGS]]


def _listing(in_force: InForce, list_members: Callable[[PolicySet, Selector], Any]) -> _Handler:
    async def listing(request: Request) -> Response:
        try:
            selector = parse_selector(request.query_params.get("selector", ""))
        except SelectorError as error:
            return _problem(_BAD_REQUEST, f"selector: {error}", error.fix)
        policy_set = await in_force.policy_set()
        if policy_set is None:
            return _not_ready()
        return JSONResponse(
            {"revision": policy_set.revision, "items": list_members(policy_set, selector)}
        )

    return listing


def _policies(policy_set: PolicySet, selector: Selector) -> list[_Members]:
    return [
        {**policy_members(policy), "groups": list(groups_using(policy_set, policy))}
        for policy in selected_policies(policy_set, selector)
    ]


def _groups(policy_set: PolicySet, selector: Selector) -> list[_Members]:
    return [dict(group_members(group)) for group in selected_groups(policy_set, selector)]


def _decisions(view: ServerView) -> _Handler:
    async def decisions(_: Request) -> Response:
        return JSONResponse({"items": [dict(line) for line in view.gathered.recent_decisions()]})

    return decisions


def _explain(in_force: InForce) -> _Handler:
    async def explain_request(request: Request) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return _problem(_UNSUPPORTED, "the body is not JSON", "send application/json")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                fix = f"describe the request in {MAX_BODY_BYTES} bytes"
                return _problem(_TOO_LARGE, "the body is too large", fix)
        try:
            inquiry = parse_inquiry(body)
        except InquiryError as error:
            return _problem(_BAD_REQUEST, str(error), error.fix)
        policy_set = await in_force.policy_set()
        if policy_set is None:
            return _not_ready()
        explained = explained_members(explain(policy_set, inquiry))
        return JSONResponse({"revision": policy_set.revision, **explained})

    return explain_request


async def _openapi(_: Request) -> Response:
    return Response(json.dumps(OPENAPI), media_type="application/json")


def _not_ready() -> Response:
    return _problem(_NOT_READY, "no policy set is in force yet", "ask again in a second")


def _problem(status: int, title: str, fix: str) -> Response:
    """A problem document (RFC 9457)."""
    members = {"title": title, "status": status, "fix": fix}
    return JSONResponse(members, status, media_type="application/problem+json")
