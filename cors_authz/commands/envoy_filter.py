"""``cors-authz envoy filter``."""

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
from cors_authz.envoy.comments import filter_comments, head
from cors_authz.envoy.filter import filter_parts
from cors_authz.envoy.sidecar_cluster import CLUSTER_NAME, sidecar_cluster
from cors_authz.envoy.text import as_json, as_yaml


@click.command("filter")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@sidecar_options
@TIMEOUT
@SKIP_WITHOUT_ORIGIN
@format_option("filter")
def envoy_filter_command(
    *,
    paths: tuple[Path, ...],
    timeout: float,
    skip_without_origin: bool,
    output_format: str,
    **sidecar: Unpack[GivenSidecar],
) -> None:
    """Write the HTTP filter alone, for an Envoy configuration that exists.

    Beside it: the cluster of cors-authz, and the response headers that routes have to remove.

    \b
    Examples:
      cors-authz envoy filter policies/
      cors-authz envoy filter policies/ --sidecar authz.internal:9191 --sidecar-ca /etc/ca.crt
    """  # noqa: D301 - click reads \b as "keep these lines"
    spec = require_spec(paths)
    if skip_without_origin:
        require_skippable(spec)
    options = read_sidecar(sidecar)
    asking = Asking(CLUSTER_NAME, timeout, skip_without_origin)
    try:
        cluster = sidecar_cluster(options.addresses, options.tls)
    except AddressError as error:
        raise click.BadParameter(str(error), param_hint="--sidecar") from error
    document = filter_parts(spec, asking, cluster)
    if output_format == "json":
        click.echo(as_json(document))
    else:
        comments = filter_comments(spec)
        click.echo(as_yaml([document], head=head("filter", spec), comments=comments))
