"""A short run of what is measured, with real processes: the figures are not looked at."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from tests.bench import through_envoy
from tests.bench.cores import TooFewCoresError, choose_cores
from tests.bench.direct import ask
from tests.bench.edges import Edge
from tests.bench.effort import Effort
from tests.bench.h2load import Answered, LoadError
from tests.bench.policies import Shape, write_set
from tests.bench.processes import cpu_s, memory_of
from tests.bench.requests import RequestKind
from tests.bench.servers import (
    ALLOWING,
    NotCompiledError,
    python_noop,
    python_parse_only,
    run_compiled,
    run_noop,
    run_product,
)
from tests.bench.through_envoy import Way, measure
from tests.support.serving import serve_environment

SHORT = Effort(rounds=1, run_s=0.2, warm_up_s=0.1)

try:
    CORES = choose_cores()
except TooFewCoresError:
    pytest.skip("there is one core only", allow_module_level=True)
if shutil.which("h2load") is None:
    pytest.skip("h2load is missing: apt-get install nghttp2-client", allow_module_level=True)


def test_the_product_is_measured_beside_a_server_that_does_nothing(tmp_path: Path) -> None:
    config = write_set(Shape(), tmp_path / "policies")
    with (
        run_product("ours", config, tmp_path / "a", CORES.server) as ours,
        run_noop("noop", python_noop("fast"), ALLOWING, tmp_path / "b", CORES.server) as noop,
    ):
        ways = (
            Way(Edge("ours", ours)),
            Way(Edge("ours", ours), RequestKind.DENIED, name="denied"),
            Way(Edge("noop", noop), is_product=False),
            Way(Edge("nothing", None), is_product=False),
        )
        rows = measure(ways, tmp_path / "envoy", CORES, SHORT).as_rows()
        assert cpu_s(ours.pids) > 0
        assert memory_of(ours.pids[1]).own > 1

    assert [row.name for row in rows] == [way.row for way in ways]
    assert all(row.values[through_envoy.THROUGHPUT][0] > 0 for row in rows)


def test_a_server_that_only_parses_refuses_what_is_no_check(tmp_path: Path) -> None:
    """So it does read what it is sent."""
    payload = b"\xff"
    with (
        run_noop("unread", python_noop("fast"), ALLOWING, tmp_path / "a", CORES.server) as unread,
        run_noop("read", python_parse_only("fast"), ALLOWING, tmp_path / "b", CORES.server) as read,
    ):
        assert ask(unread.targets[0], [payload]) == (ALLOWING,)
        with pytest.raises(grpc.RpcError, match="no CheckRequest"):
            ask(read.targets[0], [payload])


def test_what_is_not_compiled_is_not_measured_as_such(tmp_path: Path) -> None:
    """The folder has a library, but nothing that would load it."""
    library = tmp_path / "packages" / "cors_authz__mypyc.so"
    library.parent.mkdir()
    library.touch()
    config = write_set(Shape(), tmp_path / "policies")
    starting = run_compiled("x", library.parent, config, tmp_path / "a", CORES.server)
    with pytest.raises(NotCompiledError, match="has not loaded"), starting:
        pass


def test_a_wrong_answer_ends_the_run(tmp_path: Path) -> None:
    command = python_noop("fast")
    with run_noop("careless", command, ALLOWING, tmp_path / "a", CORES.server) as careless:
        way = Way(Edge("careless", careless), RequestKind.DENIED)
        with pytest.raises(LoadError, match="careless answers"):
            measure([way], tmp_path / "envoy", CORES, SHORT)


def test_load_that_is_answered_otherwise_than_the_probe_ends_the_run() -> None:
    answered = Answered(10, 1.0, 1.0, {"2xx": 9, "5xx": 1}, 0, 0)

    with pytest.raises(LoadError, match="'5xx': 1"):
        through_envoy.expect_statuses("ours", answered, 200)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_part_runs(tmp_path: Path) -> None:
    output = tmp_path / "bench.json"
    command = (sys.executable, "-m", "tests.bench", "--output", output)
    subprocess.run(
        [*command, "--rounds", "1", "--seconds", "0.5"], env=serve_environment(), check=True
    )

    comparisons = json.loads(output.read_text())["comparisons"]
    assert all(row["values"] for comparison in comparisons for row in comparison["rows"])
    assert len(comparisons) == 9
