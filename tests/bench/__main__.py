"""``make bench``: which parts to run, for how long, and where the results go."""

import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from tests.bench.comparison import Comparison
from tests.bench.cores import Cores, TooFewCoresError, choose_cores
from tests.bench.dimensions import dimensions, gateway
from tests.bench.effort import Effort
from tests.bench.engine import engine
from tests.bench.footprint import footprint
from tests.bench.goals import as_markdown as goals_as_markdown
from tests.bench.goals import outcomes
from tests.bench.h2load import LoadError
from tests.bench.headline import headline
from tests.bench.machine import busy_warning, machine_facts
from tests.bench.reload import reload
from tests.bench.table import as_json, as_markdown

Part = Callable[[Path, Cores, Effort], Iterator[Comparison]]

PARTS: Mapping[str, Part] = {
    "headline": headline,
    "engine": engine,
    "dimensions": dimensions,
    "gateway": gateway,
    "footprint": footprint,
    "reload": reload,
}

_FEWER_ROUNDS = 3
"""Of the parts that are not the headline."""


@click.command("make bench")
@click.argument("parts", nargs=-1, type=click.Choice(tuple(PARTS)), metavar="[PART]...")
@click.option(
    "--rounds",
    default=7,
    show_default=True,
    type=click.IntRange(1, 100),
    help=f"Rounds of the headline; the other parts have {_FEWER_ROUNDS} at most.",
)
@click.option(
    "--seconds",
    default=1.5,
    show_default=True,
    type=click.FloatRange(0.2, 60),
    help="How long each run of the headline takes; those of the other parts take half of it.",
)
@click.option(
    "--output",
    default=Path("bench.json"),
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="File for the values of all rounds.",
)
def main(parts: Sequence[str], rounds: int, seconds: float, output: Path) -> None:
    """Measure the PARTs, or all, print their tables, and write all values to a file.

    They are headline, engine, dimensions, gateway, footprint and reload; docs/performance.md
    says what they measure.
    """
    # What was started is stopped whatever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    facts, warning = machine_facts(), busy_warning()
    if warning is not None:
        click.echo(f"Warning: {warning}\n", err=True)
    comparisons: list[Comparison] = []
    try:
        for comparison in _measure(parts or tuple(PARTS), rounds, seconds):
            click.echo(as_markdown(comparison))
            comparisons.append(comparison)
    except (LoadError, TooFewCoresError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        # What was measured before a failure may have taken minutes.
        result = {
            "machine": facts,
            "warning": warning,
            "rounds": rounds,
            "seconds": seconds,
            "comparisons": [as_json(comparison) for comparison in comparisons],
        }
        output.write_text(json.dumps(result, indent=1) + "\n")
    found = tuple(outcomes(comparisons))
    if found:
        click.echo(goals_as_markdown(found))
    click.echo(f"All values are in {output}.")


def _measure(parts: Sequence[str], rounds: int, seconds: float) -> Iterator[Comparison]:
    cores = choose_cores()
    whole = Effort(rounds, seconds)
    less = Effort(min(rounds, _FEWER_ROUNDS), seconds / 2)
    with tempfile.TemporaryDirectory(prefix="cors-authz-bench-") as folder:
        for name in dict.fromkeys(parts):
            effort = whole if name == "headline" else less
            yield from PARTS[name](Path(folder) / name, cores, effort)


if __name__ == "__main__":
    main()
