"""``cors-authz validate``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.config.load import load
from cors_authz.config.report import as_json, as_text

_REPORTS = {"text": as_text, "json": as_json}


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(list(_REPORTS)),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
def validate_command(paths: tuple[Path, ...], *, strict: bool, output_format: str) -> None:
    """Check policy sets: files, folders or ConfigMap manifests.

    \b
    Examples:
      cors-authz validate policies/
      cors-authz validate --strict --format json configmap.yaml
    """  # noqa: D301 - click reads \b as "keep these lines"
    result = load(paths)
    click.echo(_REPORTS[output_format](result))
    if result.loaded is None or (strict and result.findings):
        sys.exit(EXIT_FINDINGS)
