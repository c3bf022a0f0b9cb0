"""The command line: one group of commands, each a module of :mod:`cors_authz.commands`."""

from importlib import import_module

import click

from cors_authz import __version__

_COMMANDS = ("explain", "healthcheck", "list", "schema", "serve", "test", "validate")


class _Commands(click.Group):
    """Loads a command's module when the command is asked for: ``serve`` starts in a hurry."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"cors_authz.commands.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(
    cls=_Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        # Options without a variable of their own: CORS_AUTHZ_EXPLAIN_FORMAT for one.
        "auto_envvar_prefix": "CORS_AUTHZ",
    },
)
@click.version_option(__version__, prog_name="cors-authz")
def main() -> None:
    """Decide about CORS requests for Envoy, and explain the decisions."""
