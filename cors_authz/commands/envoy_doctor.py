"""``cors-authz envoy doctor``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.loading import require_spec
from cors_authz.commands.terminal import is_coloured
from cors_authz.config.source import Source
from cors_authz.config.source_line import SourceLines
from cors_authz.envoy.doctor.examine import Examination, examine
from cors_authz.envoy.doctor.finding import Finding
from cors_authz.envoy.doctor.reading import MAX_BYTES
from cors_authz.envoy.doctor.report import as_json, as_text, is_healthy
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Expectations
from cors_authz.envoy.doctor.unreadable import UnreadableError
from cors_authz.policy.policy import WEBSOCKET_ANY_ORIGIN
from cors_authz.server.endpoint import MAX_WORKERS


@click.command("doctor")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--cluster", metavar="NAME", help="The cluster of cors-authz.  [default: recognised]")
@click.option(
    "--listener",
    "listeners",
    envvar="CORS_AUTHZ_ENVOY_DOCTOR_LISTENER",
    multiple=True,
    metavar="NAME",
    help="A listener to examine; may be given again.  [default: all but outbound ones]",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MAX_WORKERS),
    help="As given to `serve --workers`: so many endpoints there should be.",
)
@click.option(
    "--policies",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The policy set, to compare the routes with; may be given again.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="ID",
    # A configuration that was not read is never healthy.
    type=click.Choice([r.value for r in RuleId if r is not RuleId.CONFIGURATION_UNREADABLE]),
    help="A finding that is meant so; may be given again.",
)
@click.option(
    "--format",
    "output_format",
    envvar="CORS_AUTHZ_ENVOY_DOCTOR_FORMAT",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
def envoy_doctor_command(  # noqa: PLR0913 - one parameter an option
    *,
    file: Path,
    cluster: str | None,
    listeners: tuple[str, ...],
    workers: int | None,
    policies: tuple[Path, ...],
    ignore: tuple[str, ...],
    output_format: str,
) -> None:
    """Name what would break or weaken CORS in an Envoy's configuration.

    FILE is a bootstrap, YAML or JSON, or what the admin API says at /config_dump; - reads
    it from the standard input. The exit code is 1 where there is an error or a warning.

    \b
    Examples:
      cors-authz envoy doctor envoy.yaml
      curl -s 'localhost:9901/config_dump?include_eds' | cors-authz envoy doctor -
      cors-authz envoy doctor envoy.yaml --policies policies/ --workers 2
    """  # noqa: D301 - click reads \b as "keep these lines"
    expectations = _expectations(policies, workers)
    content = b""
    try:
        content = _read(file)
        examination = examine(
            content,
            expectations=expectations,
            cluster=cluster,
            listeners=frozenset(listeners),
        )
    except UnreadableError as error:
        examination = _unreadable(error)
    examination = examination.without(ignore)
    if output_format == "json":
        click.echo(as_json(examination, str(file)))
    else:
        _print_text(examination, Source(str(file), content))
    if not is_healthy(examination.findings):
        sys.exit(EXIT_FINDINGS)


def _print_text(examination: Examination, source: Source) -> None:
    coloured = is_coloured()
    lines = SourceLines([source] if source.content else [])
    text = as_text(examination, source.name, lines, coloured=coloured)
    click.echo(text, color=coloured)


def _read(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as opened:
            content: bytes = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror}") from error
    return content


def _unreadable(error: UnreadableError) -> Examination:
    fix = "give a bootstrap, or what the admin API says at /config_dump?include_eds"
    unread = Finding(RuleId.CONFIGURATION_UNREADABLE, "", error.problem, fix, error.at)
    return Examination((), (), (unread,))


def _expectations(policies: tuple[Path, ...], workers: int | None) -> Expectations:
    if not policies:
        return Expectations(workers)
    spec = require_spec(policies)
    return Expectations(
        workers,
        groups=frozenset(group.name for group in spec.groups),
        has_websockets=any(WEBSOCKET_ANY_ORIGIN in p.acknowledge for p in spec.policies),
        requires_origin=any(p.require_origin_header for p in spec.policies),
    )
