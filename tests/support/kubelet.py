"""Writes a volume exactly as the kubelet's AtomicWriter does, step by step or at a stroke.

Each version lies in a folder of its own named after the time; ``..data`` leads to it and is
replaced by renaming ``..data_tmp``; the files that people see are links through ``..data``.
"""

import itertools
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

DATA_LINK = "..data"
_NEW_DATA_LINK = "..data_tmp"

_serial = itertools.count(1_000_000_000)
"""The kubelet's are random; these never meet."""


class ConfigMapVolume:
    """A mounted ConfigMap, or several of them projected into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def update(self, files: Mapping[str, str | bytes]) -> None:
        """Write a version and have people see it; what was there before is removed."""
        before = self.current()
        self.switch_to(self.write(files))
        self.link_keys(files)
        if before is not None:
            shutil.rmtree(before)

    def current(self) -> Path | None:
        """The folder of the version that people see."""
        link = self.folder / DATA_LINK
        return self.folder / link.readlink() if link.is_symlink() else None

    def write(self, files: Mapping[str, str | bytes]) -> Path:
        """Write a version that nobody sees yet, and return its folder."""
        moment = datetime.now(UTC)
        version = self.folder / f"..{moment:%Y_%m_%d_%H_%M_%S}.{next(_serial)}"
        version.mkdir(mode=0o755)
        for name, content in files.items():
            path = version / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o644)
        return version

    def switch_to(self, version: Path) -> None:
        """Have ``..data`` lead to another version, at once."""
        new_link = self.folder / _NEW_DATA_LINK
        new_link.symlink_to(version.name)
        new_link.rename(self.folder / DATA_LINK)

    def link_keys(self, files: Mapping[str, str | bytes]) -> None:
        """Create the links of new keys, and remove those of keys that are gone."""
        for name in files:
            link = self.folder / name
            if not link.is_symlink():
                link.symlink_to(f"{DATA_LINK}/{name}")
        for link in self.folder.iterdir():
            if not link.name.startswith("..") and link.name not in files:
                link.unlink()
