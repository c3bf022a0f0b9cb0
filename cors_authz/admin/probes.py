"""What Kubernetes and Prometheus ask: liveness, readiness, metrics."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cors_authz.admin.readiness import assess
from cors_authz.admin.view import ServerView
from cors_authz.config.status import Reload
from cors_authz.observability.gathered import METRICS_CONTENT_TYPE

_UNAVAILABLE = 503


def probe_routes(view: ServerView) -> list[Route]:
    """The routes that are always answered, whoever asks."""

    async def livez(_: Request) -> Response:
        """Alive is who answers, whatever the configuration."""
        return JSONResponse({"alive": True})

    async def readyz(_: Request) -> Response:
        readiness = assess(view)
        members: dict[str, Any] = {
            "ready": readiness.ready,
            "components": asdict(readiness),
            "lastReload": None
            if view.policies is None
            else reload_members(view.policies.last_reload),
        }
        return JSONResponse(members, 200 if readiness.ready else _UNAVAILABLE)

    async def metrics(_: Request) -> Response:
        return Response(view.gathered.metrics_text(), media_type=METRICS_CONTENT_TYPE)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


def reload_members(reload: Reload) -> dict[str, Any]:
    """The last attempt to put a set in force, without its findings."""
    return {
        "succeeded": reload.succeeded,
        "at": reload.at_s,
        "revision": reload.revision,
        "findings": len(reload.findings),
        "problem": reload.problem or None,
    }
