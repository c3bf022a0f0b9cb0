"""When a connection is asked for a sign of life, asked to end, or ended."""

import pytest

from cors_authz.server.http2.lifetime import Due, Lifetime, Patience

_PATIENCE = Patience(
    age_s=1000,
    age_grace_s=50,
    drain_ping_s=5,
    handshake_s=10,
    silence_s=100,
    ping_s=20,
    stall_s=30,
    linger_s=2,
)


@pytest.fixture
def lifetime() -> Lifetime:
    """Of a connection that began at 0."""
    return Lifetime(_PATIENCE, 1000, 0)


def due(lifetime: Lifetime, now_s: float, *, confirmed: bool = True, stalled: bool = False) -> Due:
    return lifetime.due(now_s, is_confirmed=confirmed, is_stalled=stalled)


def test_a_peer_has_time_to_begin(lifetime: Lifetime) -> None:
    assert due(lifetime, 10, confirmed=False) is Due.NOTHING
    assert due(lifetime, 10.1, confirmed=False) is Due.ABANDON
    assert due(lifetime, 10.1) is Due.NOTHING


def test_a_silent_peer_is_asked_once_and_then_given_up(lifetime: Lifetime) -> None:
    assert due(lifetime, 100) is Due.NOTHING
    assert due(lifetime, 100.1) is Due.PING
    assert due(lifetime, 100.2) is Due.NOTHING
    assert due(lifetime, 120) is Due.NOTHING
    assert due(lifetime, 120.1) is Due.ABORT


def test_a_peer_that_answers_is_asked_again_after_the_next_silence(lifetime: Lifetime) -> None:
    assert due(lifetime, 100.1) is Due.PING
    lifetime.heard_s = 100.2

    assert due(lifetime, 200) is Due.NOTHING
    assert due(lifetime, 200.3) is Due.PING


def test_a_peer_that_does_not_read_is_given_up(lifetime: Lifetime) -> None:
    lifetime.wrote_s = 10

    assert due(lifetime, 40, stalled=True) is Due.NOTHING
    assert due(lifetime, 40.1, stalled=True) is Due.ABORT
    assert due(lifetime, 40.1) is Due.NOTHING


def test_a_connection_is_drained_at_its_age_and_ended_after_its_grace(lifetime: Lifetime) -> None:
    lifetime.heard_s = 1000
    assert due(lifetime, 1000) is Due.NOTHING
    assert due(lifetime, 1000.1) is Due.DRAIN

    lifetime.note_drain(1000.1)
    lifetime.note_drain(1005)
    assert due(lifetime, 1005) is Due.NOTHING
    assert due(lifetime, 1005.2) is Due.ACCEPT_NO_MORE
    assert due(lifetime, 1050.2) is Due.ABANDON


def test_a_connection_lingers_after_its_end_whatever_else_is_due(lifetime: Lifetime) -> None:
    lifetime.note_end(50)
    lifetime.note_end(51)

    assert due(lifetime, 52, confirmed=False) is Due.NOTHING
    assert due(lifetime, 52.1, confirmed=False) is Due.CLOSE


def test_a_peer_that_does_not_read_the_end_is_cut_off(lifetime: Lifetime) -> None:
    lifetime.note_end(50)
    lifetime.wrote_s = 50

    assert due(lifetime, 53, stalled=True) is Due.CLOSE
    assert due(lifetime, 80.1, stalled=True) is Due.ABORT
