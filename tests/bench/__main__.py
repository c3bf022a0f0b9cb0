"""``make bench``: which parts to run, for how long, and where the results go."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench.comparison import Comparison
from tests.bench.cores import Cores, choose_cores
from tests.bench.dimensions import dimensions, gateway
from tests.bench.effort import Effort
from tests.bench.engine import engine
from tests.bench.footprint import footprint
from tests.bench.goals import as_markdown as goals_as_markdown
from tests.bench.goals import outcomes
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


def main(arguments: Sequence[str]) -> None:
    """Run the parts that are asked for, print their tables, write all values to a file."""
    asked = _parser().parse_args(arguments)
    effort = Effort(asked.rounds, asked.seconds)
    facts, cores = machine_facts(), choose_cores()
    warning = busy_warning()
    if warning is not None:
        _tell(f"Warning: {warning}\n")
    began_s = time.monotonic()
    comparisons: list[Comparison] = []
    with tempfile.TemporaryDirectory(prefix="cors-authz-bench-") as folder:
        for name in asked.parts or PARTS:
            for comparison in PARTS[name](Path(folder) / name, cores, effort):
                comparisons.append(comparison)
                _tell(as_markdown(comparison))
    found = tuple(outcomes(comparisons))
    if found:
        _tell(goals_as_markdown(found))
    result = {
        "machine": facts,
        "warning": warning,
        "effort": {"rounds": effort.rounds, "run_s": effort.run_s},
        "duration_s": time.monotonic() - began_s,
        "comparisons": [as_json(comparison) for comparison in comparisons],
    }
    asked.output.write_text(json.dumps(result, indent=1) + "\n")
    _tell(f"All values are in {asked.output}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, unless some are named")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each run")
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    return parser


def _tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it is what was asked for


if __name__ == "__main__":
    main(sys.argv[1:])
