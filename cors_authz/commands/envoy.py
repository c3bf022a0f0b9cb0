"""``cors-authz envoy``: the commands about Envoy's own configuration.

They load thousands of Envoy's types; so nothing that serves may import them.
"""

import click

from cors_authz.commands.on_demand import CommandsOnDemand

_COMMANDS = ("bootstrap", "filter", "istio", "gateway", "doctor")


@click.group("envoy", cls=CommandsOnDemand, names=_COMMANDS, prefix="envoy_")
def envoy_command() -> None:
    """Write and examine Envoy configuration that asks cors-authz.

    \b
    Examples:
      cors-authz envoy bootstrap policies/ --upstream 127.0.0.1:8080 > envoy.yaml
      cors-authz envoy filter policies/ --sidecar unix:/run/cors-authz/authz.sock
      cors-authz envoy istio policies/ --upstream orders.shop.svc.cluster.local:8080
      cors-authz envoy gateway policies/ --upstream orders:8080
      cors-authz envoy doctor envoy.yaml
    """  # noqa: D301 - click reads \b as "keep these lines"
