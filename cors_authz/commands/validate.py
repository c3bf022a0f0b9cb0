"""``cors-authz validate``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.loading import read_and_load
from cors_authz.commands.terminal import is_coloured
from cors_authz.config.report import as_json, as_text, is_valid
from cors_authz.config.sarif import as_sarif


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option(
    "--format",
    "output_format",
    envvar="CORS_AUTHZ_VALIDATE_FORMAT",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
def validate_command(paths: tuple[Path, ...], *, strict: bool, output_format: str) -> None:
    """Check policy sets: files, folders or ConfigMap manifests.

    All PATHS together make one policy set. Everything that is wrong is printed at once. The
    exit code is 1 where there is an error, or with --strict a warning.

    \b
    Examples:
      cors-authz validate policies/
      cors-authz validate --strict --format json configmap.yaml
      cors-authz validate --format sarif policies/ > findings.sarif
    """  # noqa: D301 - click reads \b as "keep these lines"
    result, lines = read_and_load(paths)
    match output_format:
        case "json":
            click.echo(as_json(result, strict=strict))
        case "sarif":
            click.echo(as_sarif(result))
        case _:
            coloured = is_coloured()
            text = as_text(result, lines, strict=strict, coloured=coloured)
            click.echo(text, color=coloured)
    if not is_valid(result, strict=strict):
        sys.exit(EXIT_FINDINGS)
