"""The command line: one group of commands, each a module of :mod:`cors_authz.commands`."""

import click

from cors_authz import __version__
from cors_authz.commands.on_demand import CommandsOnDemand

_COMMANDS = ("envoy", "explain", "healthcheck", "list", "schema", "serve", "test", "validate")


@click.group(
    cls=CommandsOnDemand,
    names=_COMMANDS,
    context_settings={
        "help_option_names": ["-h", "--help"],
        # Options without a variable of their own: CORS_AUTHZ_EXPLAIN_FORMAT for one.
        "auto_envvar_prefix": "CORS_AUTHZ",
    },
)
@click.version_option(__version__, prog_name="cors-authz")
def main() -> None:
    """Decide about CORS requests for Envoy, and explain the decisions.

    Every option is also read from the environment: --format of validate from
    CORS_AUTHZ_VALIDATE_FORMAT, and --listen of serve from CORS_AUTHZ_LISTEN, without the command.
    """
