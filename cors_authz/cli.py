"""The command line: one group of commands, each a module of :mod:`cors_authz.commands`."""

import click

from cors_authz import __version__
from cors_authz.commands.explain import explain_command
from cors_authz.commands.list import list_command
from cors_authz.commands.serve import serve_command
from cors_authz.commands.validate import validate_command


@click.group(
    context_settings={
        "help_option_names": ["-h", "--help"],
        # Options without a variable of their own: CORS_AUTHZ_EXPLAIN_FORMAT for one.
        "auto_envvar_prefix": "CORS_AUTHZ",
    }
)
@click.version_option(__version__, prog_name="cors-authz")
def main() -> None:
    """Decide about CORS requests for Envoy, and explain the decisions."""


main.add_command(explain_command)
main.add_command(list_command)
main.add_command(serve_command)
main.add_command(validate_command)
