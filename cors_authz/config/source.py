"""Bytes from files and folders; the only module of loading that touches the disk.

Nothing is parsed here. Whoever reads in another way, as the watcher does, makes
:class:`Source` records of its own.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from cors_authz.config.excerpt import START, Excerpt
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId

MAX_FILE_BYTES = 4 << 20
"""A ConfigMap holds 1 MiB; its manifest stays below four times that with base64,
indentation and the copy that ``kubectl apply`` keeps in an annotation."""

MAX_FILES = 1000
"""A projected volume of more files is a mistake, such as a folder of something else."""

SUFFIXES = (".yaml", ".yml", ".json")

_REVISION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Source:
    """One file's bytes, and the name by which findings speak of it."""

    name: str
    content: bytes = field(repr=False)


def is_document_name(name: str) -> bool:
    """Whether a file, or a key of a ConfigMap, of this name holds documents."""
    return not name.startswith(".") and name.lower().endswith(SUFFIXES)


def read_sources(paths: Sequence[Path]) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """Read files and folders, in the order given, a folder's files by name.

    A folder gives its ``*.yaml``, ``*.yml`` and ``*.json`` files, symlinks included, hidden
    names, subfolders and pipes not. What cannot be read is a finding; nothing is raised.
    """
    sources: list[Source] = []
    findings: list[Finding] = []
    for path in dict.fromkeys(paths):
        for file in _files(path, findings):
            content = _read(file, findings)
            if content is not None:
                sources.append(Source(str(file), content))
    return tuple(sources), tuple(findings)


def revision_of(sources: Iterable[Source]) -> str:
    """Hash file names without their folders, and contents, whatever their order.

    The same files give the same revision wherever they lie, so that the one which a check
    before deployment printed is the one that the log then shows.
    """
    digest = hashlib.sha256()
    for name, content in sorted((PurePath(s.name).name.encode(), s.content) for s in sources):
        for part in (name, content):
            digest.update(len(part).to_bytes(8))
            digest.update(part)
    return digest.hexdigest()[:_REVISION_LENGTH]


def _files(path: Path, findings: list[Finding]) -> list[Path]:
    """The files that a path stands for, symlinks that lead nowhere included."""
    try:
        if not path.is_dir():
            return [path]
        entries = sorted(entry for entry in path.iterdir() if is_document_name(entry.name))
        files = [entry for entry in entries if not entry.exists() or entry.is_file()]
    except (OSError, ValueError) as error:
        findings.append(_unreadable(path, error))
        return []
    if len(files) > MAX_FILES:
        findings.append(
            Excerpt(str(path), "").finding(
                RuleId.FILE_TOO_LARGE,
                START,
                f"the folder holds {len(files)} files, more than {MAX_FILES}",
                "name a folder of policy files, or put more policies into each file",
            )
        )
        return []
    return files


def _read(path: Path, findings: list[Finding]) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        findings.append(_unreadable(path, error))
        return None
    if len(content) <= MAX_FILE_BYTES:
        return content
    findings.append(
        Excerpt(str(path), "").finding(
            RuleId.FILE_TOO_LARGE,
            START,
            f"the file has more than {MAX_FILE_BYTES >> 20} MiB",
            "split it into several files in one folder",
        )
    )
    return None


def _unreadable(path: Path, error: Exception) -> Finding:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Excerpt(str(path), "").finding(
        RuleId.FILE_UNREADABLE,
        START,
        f"it cannot be read: {reason}",
        "check that the path exists and that this user may read it",
    )
