"""Groups of commands whose modules are loaded when a command is asked for."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click


class CommandsOnDemand(click.Group):
    """The command NAME is ``PREFIX_NAME_command`` in the module ``PREFIX_NAME`` beside this one.

    ``serve`` starts in a hurry, and must not wait for what only other commands need.
    """

    def __init__(self, *args: Any, names: Sequence[str], prefix: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self._names = tuple(names)
        self._prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """The names, in the order in which help shows them."""
        return list(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command; ``None`` where there is none of that name."""
        if cmd_name not in self._names:
            return None
        name = f"{self._prefix}{cmd_name}"
        module = import_module(f"cors_authz.commands.{name}")
        command: click.Command = getattr(module, f"{name}_command")
        return command
