"""A snapshot is of one version, whatever the kubelet does while it is taken."""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from cors_authz.config import snapshot as snapshot_module
from cors_authz.config.finding import Finding
from cors_authz.config.snapshot import Snapshot, take_snapshot
from cors_authz.config.source import Source, read_sources
from tests.support.kubelet import DATA_LINK, ConfigMapVolume

NOBODY = 65534


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {Path(source.name).name: source.content for source in snapshot.sources}


@pytest.fixture
def volume(tmp_path: Path) -> ConfigMapVolume:
    return ConfigMapVolume(tmp_path / "volume")


def test_a_mounted_configmap_is_read(volume: ConfigMapVolume) -> None:
    volume.update({"a.yaml": "a: 1", "b.json": "{}", "notes.txt": "not ours"})
    snapshot = take_snapshot(volume.folder)
    assert contents(snapshot) == {"a.yaml": b"a: 1", "b.json": b"{}"}
    assert snapshot.findings == ()
    assert snapshot.atomic


def test_files_are_named_as_people_see_them(volume: ConfigMapVolume) -> None:
    volume.update({"a.yaml": "a: 1"})
    assert [s.name for s in take_snapshot(volume.folder).sources] == [f"{volume.folder}/a.yaml"]


def test_a_new_version_has_another_revision_and_the_same_one_has_not(
    volume: ConfigMapVolume,
) -> None:
    volume.update({"a.yaml": "a: 1"})
    first = take_snapshot(volume.folder)
    volume.update({"a.yaml": "a: 2"})
    second = take_snapshot(volume.folder)
    volume.update({"a.yaml": "a: 1"})
    third = take_snapshot(volume.folder)
    assert not second.same_content(first)
    assert third.same_content(first)
    assert third.revision == first.revision


def test_a_renamed_or_deleted_key_is_a_change(volume: ConfigMapVolume) -> None:
    volume.update({"a.yaml": "a: 1", "b.yaml": ""})
    first = take_snapshot(volume.folder)
    volume.update({"a.yaml": "a: 1"})
    assert not take_snapshot(volume.folder).same_content(first)
    volume.update({"c.yaml": "a: 1", "b.yaml": ""})
    assert not take_snapshot(volume.folder).same_content(first)


def test_a_swap_in_the_middle_of_a_reading_starts_it_again(
    volume: ConfigMapVolume, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume.update({"a.yaml": "old", "b.yaml": "old"})
    readings = 0

    def read_and_swap(
        paths: Sequence[Path],
    ) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
        nonlocal readings
        readings += 1
        found = read_sources(paths)
        if readings <= 2:
            volume.update({"a.yaml": f"new {readings}", "b.yaml": f"new {readings}"})
        return found

    monkeypatch.setattr(snapshot_module, "read_sources", read_and_swap)
    assert contents(take_snapshot(volume.folder)) == {"a.yaml": b"new 2", "b.yaml": b"new 2"}
    assert readings == 3


def test_swaps_without_end_are_a_finding(
    volume: ConfigMapVolume, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume.update({"a.yaml": "a: 1"})

    def read_and_swap(
        paths: Sequence[Path],
    ) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
        found = read_sources(paths)
        volume.update({"a.yaml": "a: 1"})
        return found

    monkeypatch.setattr(snapshot_module, "read_sources", read_and_swap)
    snapshot = take_snapshot(volume.folder)
    assert snapshot.sources == ()
    assert [finding.file for finding in snapshot.findings] == [str(volume.folder)]


@pytest.fixture
def swapping(volume: ConfigMapVolume) -> Iterator[ConfigMapVolume]:
    """A volume that is swapped as fast as it can be."""
    stop = threading.Event()

    def swap() -> None:
        version = 0
        while not stop.is_set():
            version += 1
            volume.update({f"{name}.yaml": str(version) for name in "abcdefgh"})
            # Faster than this even a reading of microseconds would never come to its end.
            stop.wait(0.002)

    volume.update({f"{name}.yaml": "0" for name in "abcdefgh"})
    thread = threading.Thread(target=swap)
    thread.start()
    yield volume
    stop.set()
    thread.join()


def test_rapid_swaps_never_show_two_versions_at_once(swapping: ConfigMapVolume) -> None:
    seen = set()
    for _ in range(500):
        snapshot = take_snapshot(swapping.folder)
        if snapshot.findings:
            assert snapshot.sources == ()
            continue
        versions = set(contents(snapshot).values())
        assert len(snapshot.sources) == 8
        assert len(versions) == 1
        seen |= versions
    assert len(seen) > 10


def test_an_emptied_configmap_has_no_files(volume: ConfigMapVolume) -> None:
    volume.update({"a.yaml": "a: 1"})
    volume.update({})
    snapshot = take_snapshot(volume.folder)
    assert snapshot.sources == ()
    assert snapshot.atomic


def test_a_data_link_that_leads_nowhere_is_a_finding(volume: ConfigMapVolume) -> None:
    volume.update({"a.yaml": "a: 1"})
    version = volume.current()
    assert version is not None
    shutil.rmtree(version)
    snapshot = take_snapshot(volume.folder)
    assert snapshot.sources == ()
    assert [finding.id for finding in snapshot.findings] == ["file-unreadable"]


def test_a_key_that_leads_nowhere_is_a_finding_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("gone")
    (finding,) = take_snapshot(tmp_path).findings
    assert finding.file == str(tmp_path / "a.yaml")


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    snapshot = take_snapshot(tmp_path / "gone")
    assert [finding.id for finding in snapshot.findings] == ["file-unreadable"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def without_privileges() -> Iterator[None]:
    """Where tests run as root, permissions count for nothing."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_a_finding(open_folder: Path) -> None:
    (open_folder / "a.yaml").write_text("a: 1")
    secret = open_folder / "b.yaml"
    secret.write_text("b: 1")
    secret.chmod(0)
    with without_privileges():
        snapshot = take_snapshot(open_folder)
    assert contents(snapshot) == {"a.yaml": b"a: 1"}
    assert [finding.file for finding in snapshot.findings] == [str(secret)]


def test_permissions_taken_away_are_a_change(tmp_path: Path) -> None:
    """What cannot be read any more must not look as if nothing had happened."""
    file = tmp_path / "a.yaml"
    file.write_text("a: 1")
    before = take_snapshot(tmp_path)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to("gone")
    assert not take_snapshot(tmp_path).same_content(before)


@pytest.mark.parametrize("name", ["a.yaml", "policies"])
def test_a_single_file_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a: 1")
    snapshot = take_snapshot(tmp_path / name)
    assert contents(snapshot) == {name: b"a: 1"}
    assert not snapshot.atomic


def test_a_single_file_of_a_mounted_configmap_is_followed(volume: ConfigMapVolume) -> None:
    volume.update({"a.yaml": "a: 1", "b.yaml": "b: 1"})
    volume.update({"a.yaml": "a: 2", "b.yaml": "b: 2"})
    assert contents(take_snapshot(volume.folder / "a.yaml")) == {"a.yaml": b"a: 2"}


def test_a_plain_folder_is_read_and_may_be_half_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    snapshot = take_snapshot(tmp_path)
    assert contents(snapshot) == {"a.yaml": b"a: 1"}
    assert not snapshot.atomic


def test_a_file_called_like_the_data_link_is_no_mounted_configmap(tmp_path: Path) -> None:
    (tmp_path / DATA_LINK).write_text("not a link")
    (tmp_path / "a.yaml").write_text("a: 1")
    assert contents(take_snapshot(tmp_path)) == {"a.yaml": b"a: 1"}
