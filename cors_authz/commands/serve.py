"""``cors-authz serve``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.config import load
from cors_authz.config.report import as_text
from cors_authz.server.serve import TRANSPORTS, ServeOptions, serve
from cors_authz.server.transport import AddressUnavailableError


@click.command("serve")
@click.option(
    "--config",
    "config",
    envvar="CORS_AUTHZ_CONFIG",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder or file with the policy set, for example a mounted ConfigMap.",
)
@click.option(
    "--listen",
    envvar="CORS_AUTHZ_LISTEN",
    default="127.0.0.1:9191",
    show_default=True,
    metavar="ADDR",
    help="host:port or unix:/path to answer Envoy on.",
)
@click.option(
    "--drain-delay",
    envvar="CORS_AUTHZ_DRAIN_DELAY",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Go on serving so long after SIGTERM while health says NOT_SERVING.",
)
@click.option(
    "--grace",
    envvar="CORS_AUTHZ_GRACE",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Give running checks so long to end.",
)
@click.option(
    "--transport",
    envvar="CORS_AUTHZ_TRANSPORT",
    default="grpcio",
    show_default=True,
    type=click.Choice(list(TRANSPORTS)),
    help="What carries the checks: grpcio's server, or our own, which costs a fraction of it.",
)
def serve_command(
    config: Path, listen: str, drain_delay: float, grace: float, transport: str
) -> None:
    """Answer Envoy's authorization checks until SIGTERM.

    \b
    Examples:
      cors-authz serve --config /etc/cors-authz
      cors-authz serve --config policies.yaml --listen unix:/run/cors-authz/authz.sock
    """  # noqa: D301 - click reads \b as "keep these lines"
    result = load([config])
    if result.findings:
        click.echo(as_text(result), err=True)
    if result.loaded is None:
        sys.exit(EXIT_FINDINGS)
    try:
        serve(result.loaded, ServeOptions(listen, drain_delay, grace, transport))
    except AddressUnavailableError as error:
        raise click.ClickException(f"{error}: is another server running there?") from error
