"""``cors-authz envoy bootstrap``."""

from pathlib import Path
from typing import Unpack

import click

from cors_authz.commands.envoy_options import (
    SKIP_WITHOUT_ORIGIN,
    TIMEOUT,
    GivenSidecar,
    format_option,
    read_sidecar,
    require_skippable,
    sidecar_options,
)
from cors_authz.commands.loading import require_spec
from cors_authz.envoy.address import AddressError
from cors_authz.envoy.authz_filter import Asking
from cors_authz.envoy.bootstrap import Edge, bootstrap
from cors_authz.envoy.comments import BOOTSTRAP, head
from cors_authz.envoy.sidecar_cluster import CLUSTER_NAME, sidecar_cluster
from cors_authz.envoy.text import as_json, as_yaml


@click.command("bootstrap")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--listen",
    default="0.0.0.0:10000",
    show_default=True,
    metavar="ADDR",
    help="host:port or unix:/path that Envoy takes requests on.",
)
@click.option(
    "--upstream",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="ADDR",
    help="host:port or unix:/path of the service behind Envoy.",
)
@sidecar_options
@TIMEOUT
@SKIP_WITHOUT_ORIGIN
@click.option(
    "--trusted-hops",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Proxies in front of Envoy whose X-Forwarded-For and X-Forwarded-Proto are believed.",
)
@click.option(
    "--admin", metavar="ADDR", help="host:port of Envoy's own admin server.  [default: none]"
)
@format_option("bootstrap")
def envoy_bootstrap_command(  # noqa: PLR0913 - one parameter an option
    *,
    paths: tuple[Path, ...],
    listen: str,
    upstream: str,
    timeout: float,
    skip_without_origin: bool,
    trusted_hops: int,
    admin: str | None,
    output_format: str,
    **sidecar: Unpack[GivenSidecar],
) -> None:
    """Write a whole Envoy configuration that asks cors-authz about every request.

    Hosts and paths are those of the policy set; other hosts are not found.

    \b
    Examples:
      cors-authz envoy bootstrap policies/ --upstream 127.0.0.1:8080 > envoy.yaml
      cors-authz envoy bootstrap policies/ --sidecar unix:/run/cors-authz/authz.sock --workers 2
    """  # noqa: D301 - click reads \b as "keep these lines"
    spec = require_spec(paths)
    if skip_without_origin:
        require_skippable(spec)
    options = read_sidecar(sidecar)
    asking = Asking(CLUSTER_NAME, timeout, skip_without_origin)
    try:
        cluster = sidecar_cluster(options.addresses, options.tls)
        edge = Edge(listen, upstream, admin, trusted_hops)
        document = bootstrap(spec, edge, asking, cluster)
    except AddressError as error:
        raise click.UsageError(str(error)) from error
    if output_format == "json":
        click.echo(as_json(document))
    else:
        click.echo(as_yaml([document], head=head("bootstrap", spec), comments=BOOTSTRAP))
