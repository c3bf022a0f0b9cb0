"""Reads a mounted ConfigMap as one moment shows it, however the kubelet swaps it meanwhile.

The kubelet writes each version into a folder of its own and renames the link ``..data`` to
it; the files that people see are links through ``..data``. Read one by one through those
links, they can be of two versions. So ``..data`` is resolved once, the files are read where
it led, and the reading counts only if ``..data`` still leads there. Nothing is parsed here.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from cors_authz.config.excerpt import START, Excerpt
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.config.source import Source, read_sources, revision_of

DATA_LINK = "..data"

_MAX_READINGS = 10
"""A reading takes milliseconds, and the kubelet swaps a volume once a minute."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one moment."""

    place: str
    """The file or folder that the operator named."""
    sources: tuple[Source, ...]
    """Named as people see them, not where ``..data`` led."""
    findings: tuple[Finding, ...]
    """What could not be read."""
    revision: str
    """A hash of the names and contents of the files that could be read."""
    atomic: bool
    """Whether the files are surely of one version, as a ConfigMap's are; what people or
    scripts write into a plain folder may be seen half written."""

    def same_content(self, other: "Snapshot | None") -> bool:
        """Whether both were made of the same files, readable and unreadable."""
        return (
            other is not None
            and self.revision == other.revision
            and self.findings == other.findings
        )


def take_snapshot(path: Path) -> Snapshot:
    """Read the policy files of a folder, of a mounted ConfigMap, or a single file.

    What cannot be read is a finding; nothing is raised.
    """
    for _ in range(_MAX_READINGS):
        target = data_target(path)
        snapshot = _read(path, target)
        if data_target(path) == target:
            return snapshot
    return _unsettled(path)


def data_target(path: Path) -> str | None:
    """Where ``..data`` in a folder leads; ``None`` where there is no such link."""
    try:
        return str((path / DATA_LINK).readlink())
    except (OSError, ValueError):
        return None


def _read(path: Path, target: str | None) -> Snapshot:
    folder = path if target is None else path / target
    sources, findings = read_sources([folder])
    if target is not None:
        sources = tuple(replace(s, name=_as_seen(s.name, folder, path)) for s in sources)
        findings = tuple(replace(f, file=_as_seen(f.file, folder, path)) for f in findings)
    revision = revision_of(sources)
    return Snapshot(str(path), sources, findings, revision, atomic=target is not None)


def _as_seen(name: str, folder: Path, path: Path) -> str:
    return str(path) + name.removeprefix(str(folder))


def _unsettled(path: Path) -> Snapshot:
    finding = Excerpt(str(path), "").finding(
        RuleId.FILE_UNREADABLE,
        START,
        f"{DATA_LINK} led elsewhere after each of {_MAX_READINGS} readings",
        "find out who swaps it without end",
    )
    return Snapshot(str(path), (), (finding,), revision_of(()), atomic=True)
