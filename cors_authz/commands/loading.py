"""Loading for commands that need a policy set without errors."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.terminal import is_coloured
from cors_authz.config.load import load_sources
from cors_authz.config.report import as_text
from cors_authz.config.result import LoadResult
from cors_authz.config.source import read_sources
from cors_authz.config.source_line import SourceLines
from cors_authz.config.spec import SetSpec
from cors_authz.policy.decide import PolicySet


def read_and_load(paths: Sequence[Path]) -> tuple[LoadResult, SourceLines]:
    """Load a policy set, and keep its lines for quoting."""
    sources, findings = read_sources(paths)
    result = load_sources(sources, place=str(paths[0]), unread=findings)
    return result, SourceLines(sources)


def require_policy_set(paths: Sequence[Path]) -> PolicySet:
    """Load a policy set; with an error, print the findings and end the process."""
    result, lines = read_and_load(paths)
    if result.loaded is None:
        _refuse(result, lines)
    return result.loaded.policy_set


def require_spec(paths: Sequence[Path]) -> SetSpec:
    """Likewise, as plain data."""
    result, lines = read_and_load(paths)
    if result.spec is None:
        _refuse(result, lines)
    return result.spec


def _refuse(result: LoadResult, lines: SourceLines) -> NoReturn:
    click.echo(as_text(result, lines, coloured=is_coloured(sys.stderr)), err=True)
    sys.exit(EXIT_FINDINGS)
