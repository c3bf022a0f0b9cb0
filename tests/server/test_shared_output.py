"""Lines of several processes never mix, and a reader that stops holds up nobody but writers."""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cors_authz.server.shared_output import SharedOutput, create_lock

WRITER = """
import sys
from cors_authz.server.shared_output import SharedOutput
descriptor, lock, name, batches = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
output = SharedOutput(descriptor, lock)
for batch in range(batches):
    # Up to 200 KB: far beyond what a pipe takes in one piece, and what it holds.
    lines = [f'["{name}", {batch}, {i}, "{name * (batch * 37 % 2000)}"]' for i in range(100)]
    output.write(("\\n".join(lines) + "\\n").encode())
"""


@pytest.fixture
def lock() -> Iterator[int]:
    descriptor = create_lock()
    yield descriptor
    os.close(descriptor)


def start_writer(descriptor: int, lock: int, name: str, batches: int) -> "subprocess.Popen[bytes]":
    arguments = (str(descriptor), str(lock), name, str(batches))
    return subprocess.Popen((sys.executable, "-c", WRITER, *arguments), pass_fds=(descriptor, lock))


def read_all(descriptor: int) -> bytes:
    parts = []
    while part := os.read(descriptor, 50_000):
        parts.append(part)
    return b"".join(parts)


def test_lines_of_several_processes_never_mix_in_a_pipe(lock: int) -> None:
    reading, writing = os.pipe()
    writers = [start_writer(writing, lock, name, 60) for name in "abcd"]
    os.close(writing)
    lines = read_all(reading).splitlines()
    os.close(reading)
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]

    entries = [json.loads(line) for line in lines]
    assert len(entries) == 4 * 60 * 100
    for name in "abcd":
        own = [(batch, i) for who, batch, i, _ in entries if who == name]
        assert own == [(batch, i) for batch in range(60) for i in range(100)]


def test_a_writer_that_dies_in_the_middle_of_a_line_spoils_no_other(lock: int) -> None:
    reading, writing = os.pipe()
    victim = start_writer(writing, lock, "victim", 10_000)
    while select.select((), (writing,), (), 0)[1]:
        time.sleep(0.01)
    # The pipe is full and nobody reads: it is in the middle of a write.
    victim.kill()
    victim.wait()
    writer = start_writer(writing, lock, "b", 3)
    os.close(writing)
    torn, mark, rest = read_all(reading).partition(b'["b", 0, 0')
    os.close(reading)
    assert writer.wait() == 0
    assert torn.endswith(b"\n")
    assert [json.loads(line)[0] for line in (mark + rest).splitlines()] == ["b"] * 300


def test_a_descriptor_that_does_not_block_takes_everything_all_the_same(lock: int) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    lines = b"x" * 999_999 + b"\n"
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(read_all(reading)))
    reader.start()
    SharedOutput(writing, lock).write(lines)
    os.close(writing)
    reader.join()
    os.close(reading)
    assert received == [lines]


def test_a_full_disk_is_an_error_and_the_next_line_starts_afresh(lock: int) -> None:
    with Path("/dev/full").open("wb") as full, pytest.raises(OSError, match="No space"):
        SharedOutput(full.fileno(), lock).write(b"lost\n")
    reading, writing = os.pipe()
    SharedOutput(writing, lock).write(b"kept\n")
    os.close(writing)
    assert read_all(reading) == b"\nkept\n"
    os.close(reading)
