"""The admin server as a whole: the application on its address, for as long as a block runs."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

from cors_authz.admin.access import AccessRules
from cors_authz.admin.app import build_app
from cors_authz.admin.http_server import serving
from cors_authz.admin.view import ServerView


def serving_admin(
    view: ServerView, address: str, hosts: Iterable[str], *, is_api_open: bool
) -> AbstractAsyncContextManager[str]:
    """Serve the admin application of a server on ``host:port`` or ``unix:/path``.

    Gives the address, whose port is new where 0 was asked for.

    Raises:
        AdminAddressError: The address is none, taken, or not ours.
    """
    rules = AccessRules(frozenset(name.lower() for name in hosts), is_api_open)
    return serving(build_app(view, rules), address)
