"""Every change is noticed and checked once; what is half written is left to be finished."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cors_authz.config import watch as watch_module
from cors_authz.config.checker import CheckedSnapshot
from cors_authz.config.snapshot import Snapshot
from cors_authz.config.watch import Watcher
from tests.support.kubelet import ConfigMapVolume

INTERVAL_S = 0.02


class Checks:
    """Stands in for the checking process: what it was given, and how long it takes."""

    def __init__(self) -> None:
        self.seen: list[Snapshot] = []
        self.taken: list[CheckedSnapshot] = []
        self.duration_s = 0.0
        self.conclusive = True

    async def check(self, snapshot: Snapshot) -> CheckedSnapshot:
        self.seen.append(snapshot)
        await asyncio.sleep(self.duration_s)
        return CheckedSnapshot(None, (), snapshot.revision, conclusive=self.conclusive)

    async def take(self, checked: CheckedSnapshot, _: float) -> None:
        self.taken.append(checked)

    def texts(self) -> list[bytes]:
        return [source.content for snapshot in self.seen for source in snapshot.sources]


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    fake = Checks()
    monkeypatch.setattr(watch_module, "check_snapshot", fake.check)
    return fake


@asynccontextmanager
async def watching(path: Path, checks: Checks) -> AsyncIterator[Watcher]:
    watcher = Watcher(path, INTERVAL_S)
    await watcher.check_now()
    task = asyncio.create_task(watcher.run(checks.take))
    yield watcher
    assert not task.done()
    task.cancel()


async def until(holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not holds():  # noqa: ASYNC110 - files set no events
            await asyncio.sleep(INTERVAL_S / 4)


async def some_intervals() -> None:
    await asyncio.sleep(6 * INTERVAL_S)


def test_what_is_there_at_the_start_is_checked_at_once(tmp_path: Path, checks: Checks) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")

    async def scenario() -> None:
        async with watching(tmp_path, checks):
            await some_intervals()

    asyncio.run(scenario())
    assert checks.texts() == [b"a: 1"]
    assert checks.taken == []


def test_each_version_of_a_configmap_is_checked_once(tmp_path: Path, checks: Checks) -> None:
    volume = ConfigMapVolume(tmp_path)
    volume.update({"a.yaml": "0"})

    async def scenario() -> None:
        async with watching(tmp_path, checks):
            for version in (1, 2, 3):
                volume.update({"a.yaml": str(version)})
                await until(lambda: len(checks.taken) == version)  # noqa: B023 - awaited at once
                await some_intervals()

    asyncio.run(scenario())
    assert checks.texts() == [b"0", b"1", b"2", b"3"]


def test_of_versions_that_come_during_a_check_the_last_is_checked(
    tmp_path: Path, checks: Checks
) -> None:
    volume = ConfigMapVolume(tmp_path)
    volume.update({"a.yaml": "0"})

    async def scenario() -> None:
        async with watching(tmp_path, checks):
            checks.duration_s = 10 * INTERVAL_S
            volume.update({"a.yaml": "1"})
            await until(lambda: len(checks.seen) == 2)
            for version in range(2, 6):
                volume.update({"a.yaml": str(version)})
                await asyncio.sleep(INTERVAL_S)
            await until(lambda: len(checks.taken) == 2)

    asyncio.run(scenario())
    assert checks.texts() == [b"0", b"1", b"5"]


def test_a_change_that_is_taken_back_is_checked_too(tmp_path: Path, checks: Checks) -> None:
    volume = ConfigMapVolume(tmp_path)
    volume.update({"a.yaml": "good"})

    async def scenario() -> None:
        async with watching(tmp_path, checks):
            for version in (1, 2):
                volume.update({"a.yaml": "bad" if version == 1 else "good"})
                await until(lambda: len(checks.taken) == version)  # noqa: B023 - awaited at once

    asyncio.run(scenario())
    assert checks.texts() == [b"good", b"bad", b"good"]


def test_a_file_that_is_still_being_written_is_not_checked(tmp_path: Path, checks: Checks) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("")

    async def scenario() -> None:
        async with watching(tmp_path, checks):
            # Faster than two looks, so that no two of them see the same.
            for line in range(60):
                with file.open("a") as open_file:
                    open_file.write(f"line {line}\n")
                await asyncio.sleep(INTERVAL_S / 4)
            await until(lambda: len(checks.taken) == 1)
            await some_intervals()

    asyncio.run(scenario())
    first, last = checks.texts()
    assert first == b""
    assert last.count(b"\n") == 60


def test_a_check_that_could_not_be_made_is_made_again_after_a_while(
    tmp_path: Path, checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    retry_s = 10 * INTERVAL_S
    monkeypatch.setattr(watch_module, "_RETRY_S", retry_s)
    (tmp_path / "a.yaml").write_text("a: 1")

    async def scenario() -> float:
        began_s = time.monotonic()
        async with watching(tmp_path, checks):
            await until(lambda: len(checks.seen) == 2)
        return time.monotonic() - began_s

    checks.conclusive = False
    assert asyncio.run(scenario()) >= retry_s


def test_the_heart_beats_while_a_long_check_is_made(tmp_path: Path, checks: Checks) -> None:
    volume = ConfigMapVolume(tmp_path)
    volume.update({"a.yaml": "0"})

    async def scenario() -> None:
        async with watching(tmp_path, checks) as watcher:
            checks.duration_s = 3600
            volume.update({"a.yaml": "1"})
            await until(lambda: len(checks.seen) == 2)
            await some_intervals()
            assert time.time() - watcher.heartbeat_at_s < 4 * INTERVAL_S
            assert watcher.silence_s < 4 * INTERVAL_S

    asyncio.run(scenario())
