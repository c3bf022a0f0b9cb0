"""``cors-authz envoy istio``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.envoy_options import (
    SKIP_WITHOUT_ORIGIN,
    TIMEOUT,
    format_option,
    read_service,
    require_skippable,
)
from cors_authz.commands.loading import require_spec
from cors_authz.envoy.comments import ISTIO, MESH_CONFIG, head
from cors_authz.envoy.istio import Mesh, istio_objects, mesh_config
from cors_authz.envoy.kubernetes import HostError, listed
from cors_authz.envoy.text import as_json, as_yaml


def _read_labels(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    labels = dict(value.partition("=")[::2] for value in values)
    if not all(labels) or not all(labels.values()):
        raise click.BadParameter("write key=value, for example istio=ingress")
    return labels


@click.command("istio")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--upstream",
    required=True,
    metavar="HOST:PORT",
    help="Service behind the gateway, as VirtualServices call it.",
)
@click.option(
    "--service",
    default="cors-authz.cors-authz.svc.cluster.local:9191",
    show_default=True,
    metavar="HOST:PORT",
    help="Service of cors-authz, as the mesh calls it.",
)
@click.option(
    "--namespace",
    default="istio-ingress",
    show_default=True,
    metavar="NAME",
    help="Namespace of the ingress gateway, and of the objects.",
)
@click.option(
    "--gateway",
    default="edge",
    show_default=True,
    metavar="NAME",
    help="Gateway that the VirtualServices are bound to.",
)
@click.option(
    "--selector",
    multiple=True,
    default=("istio=ingress",),
    show_default=True,
    callback=_read_labels,
    metavar="KEY=VALUE",
    help="Label of the ingress gateway's pods; may be given again.",
)
@TIMEOUT
@SKIP_WITHOUT_ORIGIN
@click.option(
    "--mesh-config",
    "only_mesh_config",
    envvar="CORS_AUTHZ_ENVOY_ISTIO_MESH_CONFIG",
    is_flag=True,
    help="Write what belongs into the configuration of the mesh, instead of the objects.",
)
@format_option("istio")
def envoy_istio_command(  # noqa: PLR0913 - one parameter an option
    *,
    paths: tuple[Path, ...],
    upstream: str,
    service: str,
    namespace: str,
    gateway: str,
    selector: dict[str, str],
    timeout: float,
    skip_without_origin: bool,
    only_mesh_config: bool,
    output_format: str,
) -> None:
    """Write the objects by which an ingress gateway of Istio asks cors-authz.

    \b
    Examples:
      cors-authz envoy istio policies/ --upstream orders.shop.svc.cluster.local:8080 > istio.yaml
      cors-authz envoy istio policies/ --upstream orders.shop.svc.cluster.local:8080 --mesh-config
    """  # noqa: D301 - click reads \b as "keep these lines"
    spec = require_spec(paths)
    if skip_without_origin:
        require_skippable(spec)
    mesh = Mesh(
        namespace=namespace,
        selector=selector,
        gateway=gateway,
        sidecar=read_service(service, "--service"),
        upstream=read_service(upstream, "--upstream"),
        timeout_s=timeout,
        skips_without_origin=skip_without_origin,
    )
    try:
        objects = [mesh_config(mesh)] if only_mesh_config else istio_objects(spec, mesh)
    except HostError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_FINDINGS)
    if output_format == "json":
        click.echo(as_json(objects[0] if only_mesh_config else listed(objects)))
    else:
        comments = MESH_CONFIG if only_mesh_config else ISTIO
        click.echo(as_yaml(objects, head=head("istio", spec), comments=comments))
