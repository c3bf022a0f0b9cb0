"""Counting in workers and adding up in the supervisor."""

import msgspec
import pytest

from cors_authz.observability.counts import (
    BUCKET_BOUNDS_MICROS,
    Counts,
    RecentDecisions,
    Refused,
)
from cors_authz.observability.gathered import MAX_RECENT_DECISIONS, Gathered
from cors_authz.observability.recent import MAX_UNTOLD, RecentChecks
from cors_authz.observability.server_facts import ServerFacts
from cors_authz.observability.tally import Tally
from cors_authz.observability.totals import MAX_GROUPS_FROM_START, Totals
from tests.observability.records import ALLOWED, SHADOW_DENIAL, denied, fault, record, withheld

ALLOWED_KEY = ("orders", "storefront", "actual", "allow", "allowed")
FIRST_ALLOWED = ("orders", None, "non_cors", "allow", "allowed")
FIRST_DENIED = ("orders", None, "actual", "deny", "origin_not_allowed")


def sent(counts: Counts) -> Counts:
    """What the supervisor gets."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(counts), type=Counts)


def totals_of(*tallies: Tally) -> Totals:
    totals = Totals()
    for tally in tallies:
        totals.add(sent(tally.take(0)))
        while tally.has_more:
            totals.add(sent(tally.take(0)))
    return totals


def tally_of(*decisions: object) -> Tally:
    tally = Tally()
    for decision in decisions:
        tally.decided(record(decision))  # type: ignore[arg-type]
    return tally


def test_counts_of_several_workers_are_added_up() -> None:
    totals = totals_of(tally_of(ALLOWED, ALLOWED, denied()), tally_of(ALLOWED))
    assert totals.decisions[ALLOWED_KEY] == 3
    assert totals.decisions[FIRST_DENIED] == 1
    assert sum(totals.durations) == 4
    assert totals.duration_sum_ns == 4 * 41_000


def test_what_was_taken_is_not_taken_again() -> None:
    tally = tally_of(ALLOWED)
    first, second = tally.take(3), tally.take(5)
    assert (sum(first.decisions.values()), first.dropped_lines) == (1, 3)
    assert (second.decisions, sum(second.durations), second.dropped_lines) == ({}, 0, 2)


def test_what_was_refused_is_added_up_from_nothing_on() -> None:
    once, twice = Tally(), Tally()
    once.refuse(Refused.CHECK)
    twice.refuse(Refused.CHECK)
    twice.refuse(Refused.CHECK)
    assert totals_of().refused == {Refused.CHECK: 0, Refused.CONNECTION: 0}
    assert totals_of(once, twice).refused == {Refused.CHECK: 3, Refused.CONNECTION: 0}


def test_internal_errors_count_as_checks_and_not_as_decisions() -> None:
    tally = Tally()
    tally.failed(fault())
    totals = totals_of(tally)
    assert (totals.internal_errors, sum(totals.durations), dict(totals.decisions)) == (1, 1, {})


@pytest.mark.parametrize(
    ("decision", "counted"),
    [
        pytest.param(ALLOWED._replace(shadow=SHADOW_DENIAL), 1, id="allowed"),
        pytest.param(withheld()._replace(shadow=SHADOW_DENIAL), 1, id="withheld"),
        pytest.param(denied()._replace(shadow=SHADOW_DENIAL), 0, id="denied-anyway"),
        pytest.param(ALLOWED, 0, id="no-dry-run"),
    ],
)
def test_a_shadow_denial_counts_where_the_request_was_not_denied(
    decision: object, counted: int
) -> None:
    totals = totals_of(tally_of(decision))
    key = ("orders", "next", "method_not_allowed")
    assert totals.shadow_denials.get(key, 0) == counted


@pytest.mark.parametrize(
    ("duration_ns", "bucket"),
    [(1, 0), (50_000, 0), (50_001, 1), (1_000_000, 4), (50_000_000, 9), (50_000_001, 10)],
)
def test_a_bucket_holds_what_is_at_most_its_bound(duration_ns: int, bucket: int) -> None:
    tally = Tally()
    tally.decided(record(duration_ns=duration_ns))
    expected = [0] * (len(BUCKET_BOUNDS_MICROS) + 1)
    expected[bucket] = 1
    assert totals_of(tally).durations == expected


def test_many_series_are_told_in_several_messages() -> None:
    tally = tally_of(*(ALLOWED._replace(group=f"g{number}") for number in range(2_500)))
    assert len(tally.take(0).decisions) == 1_000
    totals = totals_of(tally)
    assert len(totals.decisions) == 1_500


def test_each_group_has_a_series_allowed_and_one_denied_from_the_start() -> None:
    totals = Totals()
    totals.set_in_force({"orders": ("storefront",)})
    assert totals.decisions == {FIRST_ALLOWED: 0, FIRST_DENIED: 0}


def test_series_from_the_start_are_bounded() -> None:
    totals = Totals()
    totals.set_in_force({f"g{number}": () for number in range(2 * MAX_GROUPS_FROM_START)})
    assert len(totals.decisions) == 2 * MAX_GROUPS_FROM_START


def test_a_reload_keeps_the_counts_of_what_stays() -> None:
    totals = totals_of(tally_of(ALLOWED))
    totals.set_in_force({"orders": ("storefront",)})
    totals.set_in_force({"orders": ("storefront",), "new": ()})
    assert totals.decisions[ALLOWED_KEY] == 1
    assert ("new", None, "non_cors", "allow", "allowed") in totals.decisions


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({}, id="group-gone"),
        pytest.param({"orders": ("other",)}, id="policy-gone-from-group"),
    ],
)
def test_series_of_what_vanished_go_one_reload_later(later: dict[str, tuple[str, ...]]) -> None:
    totals = totals_of(tally_of(ALLOWED, ALLOWED._replace(group=None, policy=None)))
    totals.set_in_force({"orders": ("storefront",)})
    totals.set_in_force(later)
    assert ALLOWED_KEY in totals.decisions
    totals.set_in_force(later)
    assert ALLOWED_KEY not in totals.decisions
    assert (None, None, "actual", "allow", "allowed") in totals.decisions


def test_recent_decisions_are_those_to_which_somebody_objects() -> None:
    checks = RecentChecks()
    for decision in (ALLOWED, denied(), withheld(), ALLOWED._replace(shadow=SHADOW_DENIAL)):
        checks.decided(record(decision))
    checks.failed(fault())
    told = checks.take()
    assert told is not None
    assert [line["verdict"] for line in told.lines] == ["deny", "withhold", "allow"]
    assert checks.take() is None


def test_of_a_deluge_the_latest_are_told() -> None:
    checks = RecentChecks()
    for number in range(10 * MAX_UNTOLD):
        checks.decided(record(denied(), source=str(number)))
    told = checks.take()
    assert told is not None
    assert [line["source"] for line in told.lines] == [
        str(number) for number in range(9 * MAX_UNTOLD, 10 * MAX_UNTOLD)
    ]


def test_the_newest_of_all_workers_come_first_and_are_bounded() -> None:
    gathered = Gathered(lambda: ServerFacts(None, 0.0, ()), lambda: 0)
    for number in range(MAX_RECENT_DECISIONS):
        gathered.add(RecentDecisions(({"timestamp": f"2026-01-01T00:00:{2 * number:06}"},)))
    gathered.add(RecentDecisions(({"timestamp": "2026-01-01T00:00:000101"},)))
    recent = gathered.recent_decisions()
    assert len(recent) == MAX_RECENT_DECISIONS
    assert [line["timestamp"] for line in recent] == sorted(
        (line["timestamp"] for line in recent), reverse=True
    )
