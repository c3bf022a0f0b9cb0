"""The command line: reads options, calls the room that does the work, sets the exit code.

Exit codes: 0 good, 1 findings or a failure to start, 2 wrong usage.
"""

import sys
from pathlib import Path

import click

from cors_authz import __version__
from cors_authz.config import load
from cors_authz.config.report import as_json, as_text
from cors_authz.server.serve import ServeOptions, serve
from cors_authz.server.transport import AddressUnavailableError

_EXIT_FINDINGS = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cors-authz")
def main() -> None:
    """Decide about CORS requests for Envoy, and explain the decisions."""


@main.command("serve")
@click.option(
    "--config",
    "config",
    envvar="CORS_AUTHZ_CONFIG",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder or file with the policy set, for example a mounted ConfigMap.",
)
@click.option(
    "--listen",
    envvar="CORS_AUTHZ_LISTEN",
    default="127.0.0.1:9191",
    show_default=True,
    metavar="ADDR",
    help="host:port or unix:/path to answer Envoy on.",
)
@click.option(
    "--drain-delay",
    envvar="CORS_AUTHZ_DRAIN_DELAY",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Go on serving so long after SIGTERM while health says NOT_SERVING.",
)
@click.option(
    "--grace",
    envvar="CORS_AUTHZ_GRACE",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Give running checks so long to end.",
)
def serve_command(config: Path, listen: str, drain_delay: float, grace: float) -> None:
    """Answer Envoy's authorization checks until SIGTERM.

    \b
    Examples:
      cors-authz serve --config /etc/cors-authz
      cors-authz serve --config policies.yaml --listen unix:/run/cors-authz/authz.sock
    """  # noqa: D301 - click reads \b as "keep these lines"
    result = load([config])
    if result.findings:
        click.echo(as_text(result), err=True)
    if result.loaded is None:
        sys.exit(_EXIT_FINDINGS)
    try:
        serve(result.loaded, ServeOptions(listen, drain_delay, grace))
    except AddressUnavailableError as error:
        raise click.ClickException(f"{error}: is another server running there?") from error


@main.command("validate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
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
        sys.exit(_EXIT_FINDINGS)


_REPORTS = {"text": as_text, "json": as_json}
