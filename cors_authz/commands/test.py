"""``cors-authz test``."""

import sys
from pathlib import Path

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.junit import as_junit
from cors_authz.commands.loading import read_and_load
from cors_authz.commands.terminal import is_coloured
from cors_authz.commands.trial_text import trial_text
from cors_authz.config.report import as_text
from cors_authz.config.trial_run import run_trials


@click.command("test")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--junit",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JUnit XML, for CI.",
)
@click.option(
    "--require-coverage",
    is_flag=True,
    help="Fail where a policy is not put to any test's request.",
)
def test_command(paths: tuple[Path, ...], *, junit: Path | None, require_coverage: bool) -> None:
    """Run the tests that stand beside the policies, in tests: documents.

    All PATHS together make one policy set with its tests. The exit code is 1 where a test
    fails, where there is none, or where the set has errors.

    \b
    Examples:
      cors-authz test policies/
      cors-authz test policies/ tests/ --junit results.xml --require-coverage
    """  # noqa: D301 - click reads \b as "keep these lines"
    result, lines = read_and_load(paths)
    if result.loaded is None:
        click.echo(as_text(result, lines, coloured=is_coloured(sys.stderr)), err=True)
        sys.exit(EXIT_FINDINGS)
    report = run_trials(result.loaded.policy_set, result.trials)
    if junit is not None:
        try:
            junit.write_bytes(as_junit(report))
        except OSError as error:
            raise click.ClickException(f"{junit} cannot be written: {error.strerror}") from error
    coloured = is_coloured()
    click.echo(trial_text(report, coloured=coloured), color=coloured)
    uncovered = require_coverage and report.unexercised_policies
    if report.failed or uncovered or not report.outcomes:
        sys.exit(EXIT_FINDINGS)
