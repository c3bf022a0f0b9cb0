"""How a start that fails ends: what is said, and the status that says whether to try again."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.policies import write_policies
from tests.support.serving import serve_to_end
from tests.support.sidecar import run_sidecar

FINDINGS, USAGE, BROKEN_START = 1, 2, 3

AN_ERROR_AND_TWO_WARNINGS = """\
policies:
- {name: shop}
- {name: open, allowedHttpProtocols: [HTTP/2], allowedOrigins: ["http://shop.example.com"]}
apiGroups:
- {name: a, policies: [open]}
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return write_policies(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_bad_set_at_the_start_is_told_and_ends_it(policies: Path) -> None:
    (policies / "set.yaml").write_text("policies: [{name: shop}]\n")
    ended = serve_to_end("--config", policies, "--listen", "127.0.0.1:0")
    assert ended.returncode == FINDINGS
    assert f"{policies}/set.yaml:1:12: error: " in ended.stderr
    assert "allowedHttpProtocols" in ended.stderr
    assert '"event":"finding"' in ended.stdout
    assert '"event":"started"' not in ended.stdout


@pytest.mark.parametrize(
    ("level", "told"), [("info", ["error", "warning", "warning"]), ("error", ["error"])]
)
def test_the_log_tells_what_weighs_enough(policies: Path, level: str, told: list[str]) -> None:
    (policies / "set.yaml").write_text(AN_ERROR_AND_TWO_WARNINGS)
    ended = serve_to_end("--config", policies, CORS_AUTHZ_LOG_LEVEL=level)
    assert [json.loads(line)["level"] for line in ended.stdout.splitlines()] == told


@pytest.mark.parametrize(
    "options",
    [
        ("--listen", "9191"),
        ("--listen", "127.0.0.1:65535", "--workers", "2"),
        ("--workers", "0"),
        ("--socket-mode", "rw"),
        ("--socket-mode", "1777"),
        ("--socket-group", "there-is-no-such-group"),
        ("--grace", "-1"),
        ("--log-level", "debug"),
        ("--no-such-option",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_before_anything_starts(policies: Path, options: tuple[str]) -> None:
    ended = serve_to_end("--config", policies, *options)
    assert ended.returncode == USAGE
    assert options[0] in ended.stderr
    assert ended.stdout == ""


def test_an_address_that_is_taken_is_no_reason_to_try_again(
    policies: Path, taken_port: int
) -> None:
    listen = f"127.0.0.1:{taken_port}"
    ended = serve_to_end("--config", policies, "--listen", listen)
    assert ended.returncode == BROKEN_START
    assert f"cannot listen on {listen}: is another server running there?" in ended.stderr


def test_one_address_of_several_that_is_taken_ends_them_all(
    policies: Path, taken_port: int
) -> None:
    listen = f"127.0.0.1:{taken_port - 1}"
    ended = serve_to_end("--config", policies, "--listen", listen, "--workers", "2")
    assert ended.returncode == BROKEN_START


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("kind", ["unix:{}/a.sock", "unix-abstract:{}/a"])
def test_a_second_server_on_a_socket_is_refused(
    policies: Path, tmp_path: Path, kind: str, workers: str
) -> None:
    options = ("--listen", kind.format(tmp_path), "--workers", workers)
    with run_sidecar(policies, tmp_path, *options) as first:
        second = serve_to_end("--config", policies, *options)
        assert second.returncode == BROKEN_START
        assert "another server" in second.stderr
        assert first.process.poll() is None


def test_workers_that_die_at_their_start_end_it(policies: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "uvloop.py").write_text("raise ImportError('this build is broken')\n")
    ended = serve_to_end("--config", policies, "--listen", "127.0.0.1:0", PYTHONPATH=str(broken))
    assert ended.returncode == BROKEN_START
    assert "this build is broken" in ended.stderr
    # On a busy machine the set is still being checked when it dies for the third time.
    assert re.search("ended [3-9] times at its start", ended.stderr)


def test_help_lists_every_exit_status() -> None:
    ended = serve_to_end("--help")
    assert ended.returncode == 0
    for status in ("0  drained", "1  the policy set", "2  wrong usage", "3  cannot start"):
        assert status in ended.stdout
