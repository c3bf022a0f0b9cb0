"""``cors-authz envoy gateway``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.envoy_options import (
    SKIP_WITHOUT_ORIGIN,
    TIMEOUT,
    format_option,
    read_service,
)
from cors_authz.commands.loading import require_spec
from cors_authz.envoy.comments import GATEWAY, head
from cors_authz.envoy.gateway import GatewayNames, gateway_objects
from cors_authz.envoy.kubernetes import HostError, listed
from cors_authz.envoy.text import as_json, as_yaml

_CANNOT_SKIP = (
    "--skip-without-origin: a SecurityPolicy checks every request of its routes, whatever its "
    "headers; Envoy Gateway has no way to say it"
)


@click.command("gateway")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--upstream",
    required=True,
    metavar="NAME:PORT",
    help="Service behind the Gateway, in its namespace.",
)
@click.option(
    "--service",
    default="cors-authz/cors-authz:9191",
    show_default=True,
    metavar="NAMESPACE/NAME:PORT",
    help="Service of cors-authz.",
)
@click.option(
    "--namespace",
    default="gateways",
    show_default=True,
    metavar="NAME",
    help="Namespace of the Gateway, and of the objects.",
)
@click.option(
    "--gateway", default="edge", show_default=True, metavar="NAME", help="Name of the Gateway."
)
@click.option(
    "--listener",
    "listeners",
    envvar="CORS_AUTHZ_ENVOY_GATEWAY_LISTENER",
    multiple=True,
    default=("http",),
    show_default=True,
    metavar="NAME",
    help="Listener of the Gateway; may be given again.",
)
@TIMEOUT
@SKIP_WITHOUT_ORIGIN
@format_option("gateway")
def envoy_gateway_command(  # noqa: PLR0913 - one parameter an option
    *,
    paths: tuple[Path, ...],
    upstream: str,
    service: str,
    namespace: str,
    gateway: str,
    listeners: tuple[str, ...],
    timeout: float,
    skip_without_origin: bool,
    output_format: str,
) -> None:
    """Write the objects by which a Gateway of Envoy Gateway asks cors-authz.

    --skip-without-origin is refused here: Envoy Gateway cannot say it.

    \b
    Examples:
      cors-authz envoy gateway policies/ --upstream orders:8080 > gateway.yaml
    """  # noqa: D301 - click reads \b as "keep these lines"
    spec = require_spec(paths)
    if skip_without_origin:
        raise click.UsageError(_CANNOT_SKIP)
    names = GatewayNames(
        namespace=namespace,
        gateway=gateway,
        listeners=listeners,
        sidecar=read_service(service, "--service", in_namespace=True),
        upstream=read_service(upstream, "--upstream"),
        timeout_s=timeout,
    )
    try:
        objects = gateway_objects(spec, names)
    except HostError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_FINDINGS)
    if output_format == "json":
        click.echo(as_json(listed(objects)))
    else:
        click.echo(as_yaml(objects, head=head("gateway", spec), comments=GATEWAY))
