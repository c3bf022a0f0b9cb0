"""The process of :mod:`cors_authz.config.checker`: a snapshot in, what became of it out."""

import os
import sys

import msgspec

from cors_authz.config.checker import CheckedSnapshot
from cors_authz.config.load import load_sources
from cors_authz.config.snapshot import Snapshot

_NICENESS = 5
"""Whoever answers checks on the same core goes first."""


def main() -> None:
    """Read a snapshot from stdin and write a :class:`CheckedSnapshot` to stdout."""
    os.nice(_NICENESS)
    snapshot = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Snapshot)
    result = load_sources(snapshot.sources, place=snapshot.place, unread=snapshot.findings)
    checked = CheckedSnapshot(result.spec, result.findings, result.revision)
    sys.stdout.buffer.write(msgspec.msgpack.encode(checked))


if __name__ == "__main__":
    main()
