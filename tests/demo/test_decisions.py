"""Finding the decisions of one request, or of one call of a page, in the decision log."""

import asyncio
import json

import pytest

from deploy.demo.decisions import Decision, DecisionLog

SHOP = "http://shop.localhost:8081"
SOON_S = 0.05


def _line(**fields: object) -> str:
    return json.dumps({"event": "decision", "verdict": "allow", "reason": "allowed", **fields})


def _call(log: DecisionLog, method: str = "POST", after: int = 0) -> tuple[Decision, ...]:
    return asyncio.run(log.of_call(SHOP, method, "/orders", after, SOON_S))


def test_a_request_is_found_by_its_id() -> None:
    log = DecisionLog()
    log.feed(_line(requestId="other"))
    log.feed(_line(requestId="mine", policy="storefront"))

    found = asyncio.run(log.of_request("mine", SOON_S))

    assert found is not None
    assert found.policy == "storefront"


def test_a_line_that_comes_late_is_waited_for() -> None:
    async def wait() -> Decision | None:
        log = DecisionLog()
        waiting = asyncio.create_task(log.of_request("mine", 10.0))
        await asyncio.sleep(0)
        log.feed(_line(requestId="other"))
        await asyncio.sleep(0)
        log.feed(_line(requestId="mine"))
        return await waiting

    assert asyncio.run(wait()) is not None


def test_a_line_that_never_comes_is_not_waited_for_long() -> None:
    assert asyncio.run(DecisionLog().of_request("mine", SOON_S)) is None


@pytest.mark.parametrize(
    "line",
    ["", "not JSON", "[]", '{"event": "started"}', '{"event": "started", "verdict": 1}'],
)
def test_other_lines_are_passed_over(line: str) -> None:
    log = DecisionLog()
    log.feed(line)

    assert log.last_number == 0


def test_a_call_has_its_preflight_and_its_request() -> None:
    log = DecisionLog()
    log.feed(_line(kind="preflight", origin=SHOP, path="/orders", requestedMethod="POST"))
    log.feed(_line(kind="actual", origin=SHOP, path="/orders", method="POST"))

    assert [decision.kind for decision in _call(log)] == ["preflight", "actual"]


def test_a_denied_preflight_is_all_of_its_call() -> None:
    log = DecisionLog()
    log.feed(
        _line(kind="preflight", verdict="deny", origin=SHOP, path="/orders", requestedMethod="POST")
    )

    (decision,) = _call(log)
    assert decision.verdict == "deny"


def test_calls_of_other_pages_methods_paths_and_times_are_left_out() -> None:
    log = DecisionLog()
    log.feed(_line(kind="actual", origin=SHOP, path="/orders", method="POST"))
    before = log.last_number
    log.feed(_line(kind="actual", origin="http://evil.localhost", path="/orders", method="POST"))
    log.feed(_line(kind="actual", origin=SHOP, path="/orders", method="GET"))
    log.feed(_line(kind="actual", origin=SHOP, path="/orders/1", method="POST"))

    assert _call(log, after=before) == ()
