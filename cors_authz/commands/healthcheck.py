"""``cors-authz healthcheck``."""

import http.client
import json
import socket
import sys

import click

from cors_authz.commands import EXIT_FINDINGS

_UNIX = "unix:"
_TIMEOUT_S = 2.0
_OK = 200


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connect to the path."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_TIMEOUT_S)
        self.sock.connect(self._path)


@click.command("healthcheck")
@click.option(
    "--admin",
    envvar=["CORS_AUTHZ_HEALTHCHECK_ADMIN", "CORS_AUTHZ_ADMIN"],
    default="127.0.0.1:9190",
    show_default=True,
    metavar="ADDR",
    help="Where the server's admin port is.",
)
@click.option(
    "--ready/--live",
    default=True,
    show_default=True,
    help="Ask whether checks should be sent there, or only whether it is alive.",
)
def healthcheck_command(*, admin: str, ready: bool) -> None:
    """Ask a running server whether it is well, for containers without a shell.

    \b
    Examples:
      cors-authz healthcheck
      cors-authz healthcheck --live --admin unix:/run/cors-authz/admin.sock

    \b
    Exit status: 0 well, 1 not well or not there.
    """  # noqa: D301 - click reads \b as "keep these lines"
    path = "/readyz" if ready else "/livez"
    try:
        status, body = _ask(admin, path)
    except (OSError, http.client.HTTPException, ValueError) as error:
        click.echo(f"{admin} does not answer: {error}", err=True)
        sys.exit(EXIT_FINDINGS)
    click.echo(body)
    if status != _OK:
        sys.exit(EXIT_FINDINGS)


def _ask(admin: str, path: str) -> tuple[int, str]:
    connection = _connection(admin)
    try:
        connection.request("GET", path, headers={"host": "localhost"})
        response = connection.getresponse()
        return response.status, json.dumps(json.loads(response.read()))
    finally:
        connection.close()


def _connection(admin: str) -> http.client.HTTPConnection:
    if admin.startswith(_UNIX):
        return _SocketConnection(admin.removeprefix(_UNIX))
    host, _, port = admin.rpartition(":")
    loopback = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104
    return http.client.HTTPConnection(loopback, int(port), timeout=_TIMEOUT_S)
