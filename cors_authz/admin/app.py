"""The admin application: all routes behind the guard."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from cors_authz.admin.access import AccessGuard, AccessRules
from cors_authz.admin.api import api_routes
from cors_authz.admin.page import page_routes
from cors_authz.admin.probes import probe_routes
from cors_authz.admin.view import ServerView


def build_app(view: ServerView, rules: AccessRules) -> ASGIApp:
    """Put the application together for one server."""
    routes = [*probe_routes(view), *api_routes(view), *page_routes()]
    return AccessGuard(Starlette(routes=routes), rules)
