"""The page at ``/``: a few fixed files, served as they are."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FILES = {
    "/": ("index.html", "text/html"),
    "/static/admin.css": ("admin.css", "text/css"),
    "/static/admin.js": ("admin.js", "text/javascript"),
    "/static/api.js": ("api.js", "text/javascript"),
    "/static/dom.js": ("dom.js", "text/javascript"),
    "/static/explanation.js": ("explanation.js", "text/javascript"),
}


def page_routes() -> list[Route]:
    """The routes of the page and what it loads."""
    folder = files("cors_authz.admin") / "static"
    return [
        _route(path, (folder / name).read_bytes(), media_type)
        for path, (name, media_type) in _FILES.items()
    ]


def _route(path: str, content: bytes, media_type: str) -> Route:
    async def serve_file(_: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(path, serve_file)
