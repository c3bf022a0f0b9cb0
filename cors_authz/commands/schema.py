"""``cors-authz schema``."""

import json

import click

from cors_authz.config.schema import json_schema


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of policy files, for editors.

    \b
    Examples:
      cors-authz schema > cors-authz.schema.json
    """  # noqa: D301 - click reads \b as "keep these lines"
    click.echo(json.dumps(json_schema(), indent=2))
