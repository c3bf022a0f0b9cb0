"""What ``make demo`` promises: a truthful exit status, and nothing left running."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.demo.conftest import REPOSITORY, StartDemo

POLICIES = REPOSITORY / "deploy" / "demo" / "policies"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="looks for processes that are left in /proc"
)


def test_every_row_comes_out_as_expected_and_nothing_is_left(start_demo: StartDemo) -> None:
    demo = start_demo(once=True)

    assert demo.wait() == 0, demo.said()
    assert "rows came out as they should." in demo.said()
    assert "WRONG" not in demo.said()
    assert demo.programs() == {}


def test_a_row_that_comes_out_otherwise_is_marked_and_makes_the_demo_fail(
    start_demo: StartDemo, tmp_path: Path
) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(POLICIES, policies)
    file = policies / "policies.yaml"
    text = file.read_text()
    changed = text.replace("allowedMethods: [GET, POST]", "allowedMethods: [GET, POST, DELETE]")
    assert changed != text
    file.write_text(changed)

    demo = start_demo("--policies", str(policies), once=True)

    assert demo.wait() == 1, demo.said()
    (row,) = (
        line for line in demo.said().splitlines() if "shop asks whether it may DELETE" in line
    )
    assert row.endswith("WRONG")
    assert "verdict should be deny, is allow" in demo.said()
    assert demo.programs() == {}


def test_a_sidecar_that_refuses_its_policies_is_named_with_what_it_said(
    start_demo: StartDemo, tmp_path: Path
) -> None:
    (tmp_path / "policies.yaml").write_text("polices: []\n")

    demo = start_demo("--policies", str(tmp_path / "policies.yaml"), once=True)

    assert demo.wait() == 3, demo.said()
    assert "The demo failed: the sidecar ended with status 1." in demo.said()
    assert "polices" in demo.said()
    assert demo.programs() == {}


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_it_stays_up_until_a_signal_and_ends_everything(
    start_demo: StartDemo, number: signal.Signals
) -> None:
    demo = start_demo(once=False)
    demo.wait_until_up()
    assert len(demo.programs()) >= 2

    demo.process.send_signal(number)

    assert demo.wait() == 0, demo.said()
    assert f"Stopped by {number.name}." in demo.said()
    assert demo.programs() == {}


def test_an_impatient_second_signal_does_not_leave_anything_behind(start_demo: StartDemo) -> None:
    demo = start_demo(once=False)
    demo.wait_until_up()

    for _ in range(2):
        demo.process.send_signal(signal.SIGINT)

    assert demo.wait() == 0, demo.said()
    assert demo.programs() == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [("--config-yaml", "Envoy"), ("cors_authz serve", "the sidecar")],
    ids=["envoy", "sidecar"],
)
def test_a_part_that_dies_ends_the_demo_which_says_so(
    start_demo: StartDemo, words: str, name: str
) -> None:
    demo = start_demo(once=False)
    demo.wait_until_up()

    os.kill(demo.program(words), signal.SIGKILL)

    assert demo.wait() == 3, demo.said()
    assert f"The demo failed: {name} ended by SIGKILL." in demo.said()
    assert demo.programs() == {}


def test_a_killed_demo_takes_its_parts_with_it(start_demo: StartDemo) -> None:
    demo = start_demo(once=False)
    demo.wait_until_up()

    demo.process.kill()

    demo.wait_until_nothing_is_left()


def test_two_demos_run_beside_each_other(start_demo: StartDemo) -> None:
    first = start_demo(once=False)
    second = start_demo(once=True)

    assert second.wait() == 0, second.said()
    first.wait_until_up()
