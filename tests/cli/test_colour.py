"""Colour goes to terminals only, and not where somebody does not want it."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

RED = b"\x1b[1;31m"


def output_on_a_terminal(*arguments: str, **environment: str) -> bytes:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cors_authz", *arguments],
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    output = bytearray()
    try:
        while chunk := _read(ours):
            output += chunk
    finally:
        os.close(ours)
        process.wait(timeout=30)
    return bytes(output)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says EIO once the other end is closed.
        return b""


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)],
)
def test_a_terminal_gets_colour_unless_no_color_is_set(
    tmp_path: Path, environment: dict[str, str], *, coloured: bool
) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("policies: []\n")
    output = output_on_a_terminal("validate", str(file), **environment)
    assert b"[set-empty]" in output
    assert (RED in output) is coloured


def test_a_pipe_gets_none(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("policies: []\n")
    result = subprocess.run(
        [sys.executable, "-m", "cors_authz", "validate", str(file)],
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert result.returncode == 1
    assert b"\x1b" not in result.stdout
