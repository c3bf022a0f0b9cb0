"""``python -m deploy.demo``: the table first, then everything stays up to be tried.

Exit status: 0 if every row came out as it should, 1 if one did not, 2 for wrong usage, 3 if a
part of the demo failed, 128 and the signal's number if it was stopped before the table.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.asking import Asking
from deploy.demo.http11 import MessageMalformedError, exchange
from deploy.demo.origins import Origins
from deploy.demo.outcome import cors_headers, observe
from deploy.demo.ports import LOOPBACK
from deploy.demo.processes import (
    PartFailedError,
    Parts,
    StopRequestedError,
    stop_signals_sent_to,
)
from deploy.demo.rows import sections
from deploy.demo.stage import Stage, set_up
from deploy.demo.table import Result, header_lines, paint_for, render

_EXIT_WRONG = 1
_EXIT_FAILED = 3
_EXIT_SIGNAL = 128

_POLICIES = Path(__file__).parent / "policies"


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen."""

    policies: Path
    once: bool
    """End after the table."""


def read_options(arguments: list[str], environment: Mapping[str, str]) -> Options:
    """Read command line and environment; ends the process where the former is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo",
        description="Run a real Envoy with cors-authz, a careless API and two pages to try it.",
        epilog="DEMO_ONCE=1 in the environment is the same as --once.",
    )
    parser.add_argument(
        "--policies",
        type=Path,
        default=_POLICIES,
        metavar="PATH",
        help="another policy set; the table still expects the demo's own",
    )
    parser.add_argument("--once", action="store_true", help="end after the table")
    given = parser.parse_args(arguments)
    once = given.once or environment.get("DEMO_ONCE", "0") not in ("", "0")
    return Options(given.policies.resolve(), once)


async def run(options: Options) -> int:
    """Run the demo and return the exit status.

    Raises:
        PartFailedError: A part of the demo failed.
    """
    _say("Starting the API, the sidecar, Envoy and two pages.", "")
    status: int | None = None
    parts = Parts()
    with stop_signals_sent_to(parts):
        try:
            async with parts, set_up(parts, options.policies) as stage:
                status = await parts.watch(_show_table(stage))
                if not options.once:
                    _say(*_invitation(stage.origins, stage.admin_port))
                    await parts.watch(asyncio.Event().wait())
        except StopRequestedError as stop:
            _say("", f"Stopped by {stop}.")
            if status is None:
                status = _EXIT_SIGNAL + stop.signal_number
    return status


async def _show_table(stage: Stage) -> int:
    """Send all requests, print what became of them and return the exit status."""
    _say(*await _careless_answer(stage))
    results = [
        (section, [Result(row, await observe(stage, row.request)) for row in section.rows])
        for section in sections(stage.origins)
    ]
    _say(*render(results, paint_for(sys.stdout)))
    as_expected = all(result.is_expected for _, of_section in results for result in of_section)
    return 0 if as_expected else _EXIT_WRONG


async def _careless_answer(stage: Stage) -> tuple[str, ...]:
    request = Asking(stage.origins.api_authority).send("GET", "/orders", stage.origins.evil)
    response = await exchange(stage.api_port, request)
    return (
        f"Without Envoy, the API lets {stage.origins.evil} read the orders ({response.status}):",
        *header_lines(cors_headers(response)),
        "",
        "Through Envoy, with cors-authz beside it:",
    )


def _invitation(origins: Origins, admin_port: int) -> Iterator[str]:
    yield ""
    yield "Open these two pages. They run the same script and differ only in their origin:"
    yield f"  {origins.shop}/   the shop, which the policies know"
    yield f"  {origins.evil}/   some other site"
    yield "Or ask the API through Envoy yourself:"
    # By its address, for not every curl knows that *.localhost is this machine.
    edge = origins.api.replace("api.localhost", LOOPBACK)
    yield f"  curl -i {edge}/orders -H 'Origin: {origins.shop}'"
    yield "See what is in force and why requests are denied:"
    yield f"  http://{LOOPBACK}:{admin_port}/"
    yield "Ctrl-C ends everything."


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main() -> int:
    """Run the demo from the command line."""
    options = read_options(sys.argv[1:], os.environ)
    try:
        return asyncio.run(run(options))
    except (PartFailedError, OSError, MessageMalformedError) as error:
        sys.stderr.write(f"The demo failed: {error}\n")
        return _EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
