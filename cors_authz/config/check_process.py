"""The process of :mod:`cors_authz.config.checker`: a snapshot in, what became of it out."""

import os
import sys

import msgspec

from cors_authz.config.checker import MAX_FINDINGS, CheckedSnapshot
from cors_authz.config.finding import Level
from cors_authz.config.load import load_sources
from cors_authz.config.snapshot import Snapshot

_NICENESS = 5
"""Whoever answers checks on the same core goes first."""


def main() -> None:
    """Read a snapshot from stdin and write a :class:`CheckedSnapshot` to stdout."""
    os.nice(_NICENESS)
    snapshot = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Snapshot)
    result = load_sources(snapshot.sources, place=snapshot.place, unread=snapshot.findings)
    worst = sorted(result.findings, key=lambda finding: finding.level is not Level.ERROR)
    told = frozenset(worst[:MAX_FINDINGS])
    checked = CheckedSnapshot(
        spec=result.spec,
        findings=tuple(finding for finding in result.findings if finding in told),
        revision=result.revision,
        omitted_findings=len(result.findings) - len(told),
    )
    sys.stdout.buffer.write(msgspec.msgpack.encode(checked))


if __name__ == "__main__":
    main()
