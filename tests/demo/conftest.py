"""A demo as a process of its own, whose programs can be told from all others of the machine."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

REPOSITORY = Path(__file__).parents[2]

_PATIENCE_S = 60.0
_POLL_S = 0.05
_MARK = "DEMO_TEST_MARK"


@dataclass(frozen=True)
class Demo:
    process: subprocess.Popen[bytes]
    mark: str
    output: Path

    def wait(self) -> int:
        return self.process.wait(_PATIENCE_S)

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_up(self) -> None:
        self._wait_until(lambda: "Ctrl-C ends everything." in self.said())

    def programs(self) -> dict[int, str]:
        """Every process that the demo started, by its id, the demo itself left out."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdecimal() or int(folder.name) == self.process.pid:
                continue
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if f"{_MARK}={self.mark}".encode() in environment.split(b"\0"):
                found[int(folder.name)] = command.replace(b"\0", b" ").decode()
        return found

    def program(self, words: str) -> int:
        """The id of the one program in whose command ``words`` stand."""
        (pid,) = (pid for pid, command in self.programs().items() if words in command)
        return pid

    def wait_until_nothing_is_left(self) -> None:
        self._wait_until(lambda: not self.programs())

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"{self.said()}\n{self.programs()}"
            time.sleep(_POLL_S)


StartDemo: TypeAlias = Callable[..., Demo]


@pytest.fixture
def start_demo(tmp_path: Path) -> Iterator[StartDemo]:
    """Start demos with the given arguments; whatever is left of them ends with the test."""
    with ExitStack() as cleanup:

        def start(*arguments: str, once: bool) -> Demo:
            mark = uuid.uuid4().hex
            output = tmp_path / mark
            environment = {**os.environ, _MARK: mark, "DEMO_ONCE": "1" if once else "0"}
            with output.open("wb") as stream:
                process = subprocess.Popen(
                    [sys.executable, "-m", "deploy.demo", *arguments],
                    cwd=REPOSITORY,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                )
            demo = Demo(process, mark, output)
            cleanup.callback(_end, demo)
            return demo

        yield start


def _end(demo: Demo) -> None:
    demo.process.kill()
    demo.process.wait()
    for pid in demo.programs():
        os.kill(pid, signal.SIGKILL)
