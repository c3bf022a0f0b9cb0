"""What a peer cannot make grow: floods, and everything that has a bound."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cors_authz.server.http2.errors import ErrorCode
from cors_authz.server.http2.sender import Sender
from cors_authz.server.http2.stream import Stream
from tests.transport.machine import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    LIMITS,
    PADDED,
    PING,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    UNKNOWN,
    WINDOW_UPDATE,
    Machine,
    frame,
    goaway_code,
    number,
    opened,
    setting,
)

_CALM = ErrorCode.ENHANCE_YOUR_CALM
_INITIAL_WINDOW_SIZE = 4

FLOODS: dict[str, Callable[[Machine, int], bytes]] = {
    "CVE-2019-9512 pings": lambda _m, _i: frame(PING, 0, 0, bytes(8)),
    "acknowledgements of pings": lambda _m, _i: frame(PING, ACK, 0, bytes(8)),
    "CVE-2019-9515 settings": lambda _m, _i: frame(SETTINGS),
    "acknowledgements of settings": lambda _m, _i: frame(SETTINGS, ACK),
    "CVE-2019-9513 priorities": lambda _m, i: frame(PRIORITY, 0, 2 * i + 1, bytes(5)),
    "CVE-2019-9518 empty data": lambda _m, _i: frame(DATA, 0, 1),
    "nothing but padding": lambda _m, _i: frame(DATA, PADDED, 1, b"\0"),
    "CVE-2019-9511 window updates": lambda _m, _i: frame(WINDOW_UPDATE, 0, 0, number(1)),
    "window updates of a stream": lambda _m, _i: frame(WINDOW_UPDATE, 0, 1, number(1)),
    "unknown frames": lambda _m, _i: frame(UNKNOWN),
    "going away": lambda _m, _i: frame(GOAWAY, 0, 0, bytes(8)),
    "CVE-2023-44487 rapid resets": lambda m, i: (
        m.head(2 * i + 3) + frame(RST_STREAM, 0, 2 * i + 3, number(8))
    ),
    "CVE-2019-9514 malformed requests": lambda m, i: m.head(2 * i + 3, [], end=True),
    "CVE-2025-8671 resets that we are made to send": lambda m, i: (
        m.head(2 * i + 3) + frame(WINDOW_UPDATE, 0, 2 * i + 3, number(0))
    ),
    "requests beyond the number of streams": lambda m, i: m.head(2 * i + 3),
    "requests that are too large": lambda m, i: m.head(2 * i + 3, [("x", "y" * 2000)], end=True),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_ends_the_connection(flood: str) -> None:
    machine = opened()
    machine.send(machine.head(1))

    for index in range(5000):
        machine.send(FLOODS[flood](machine, index))
        sent = machine.taken()
        if machine.connection.is_finished:
            break

    assert goaway_code(sent) is _CALM
    assert 900 < index < 3000


@pytest.mark.parametrize("flood", FLOODS)
def test_the_same_frames_in_measure_do_no_harm(flood: str) -> None:
    """A hundred in a second, for a minute."""
    machine = opened(replace(LIMITS, max_streams=10_000, max_body_bytes=10_000))
    machine.send(machine.head(1))

    for index in range(6000):
        machine.now_s += 0.01
        machine.send(FLOODS[flood](machine, index))
        machine.taken()

    assert not machine.connection.is_finished


def test_a_window_update_looks_at_no_stream_that_it_does_not_concern() -> None:
    blocked = 500
    machine = opened(replace(LIMITS, max_streams=1000))
    machine.send(setting(_INITIAL_WINDOW_SIZE, 0))
    for stream_id in range(1, 2 * blocked, 2):
        machine.send(machine.request(stream_id))
        machine.answer(stream_id)
    visited: list[int] = []
    go_on = Sender._go_on

    def spying(sender: Sender, stream: Stream) -> bool:
        visited.append(stream.id)
        return go_on(sender, stream)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sender, "_go_on", spying)
        machine.send(frame(WINDOW_UPDATE, 0, 0, number(1)) * 100)

    assert visited == []


def test_settings_that_concern_many_streams_count_for_more() -> None:
    machine = opened(replace(LIMITS, max_streams=1000))
    for stream_id in range(1, 2001, 2):
        machine.send(machine.head(stream_id))

    for index in range(2000):
        machine.send(setting(_INITIAL_WINDOW_SIZE, index))
        if machine.connection.is_finished:
            break

    assert goaway_code(machine.taken()) is _CALM
    assert index < 200


def test_a_busy_peer_may_send_as_many_as_its_work_brings() -> None:
    machine = opened()

    for index in range(5000):
        stream_id = 2 * index + 1
        machine.send(machine.request(stream_id))
        machine.answer(stream_id)
        machine.send(
            frame(PING, 0, 0, bytes(8)),
            frame(WINDOW_UPDATE, 0, 0, number(6)),
            frame(RST_STREAM, 0, stream_id, number(8)),
        )
        machine.taken()

    assert not machine.connection.is_finished


@pytest.mark.parametrize("work", ["requests", "time"])
def test_neither_work_nor_time_earns_more_than_a_burst(work: str) -> None:
    machine = opened()
    if work == "time":
        machine.now_s = 1_000_000
    else:
        for stream_id in range(1, 10_001, 2):
            machine.send(machine.request(stream_id))
            machine.answer(stream_id)

    machine.send(frame(PING, 0, 0, bytes(8)) * 5000)

    assert goaway_code(machine.taken()) is _CALM


def test_streams_beyond_the_limit_are_refused_and_the_others_go_on() -> None:
    machine = opened()

    machine.send(*[machine.head(stream_id) for stream_id in (1, 3, 5, 7, 9)])

    assert machine.taken() == [(RST_STREAM, 0, 9, number(ErrorCode.REFUSED_STREAM))]
    assert len(machine.send(frame(DATA, END_STREAM, 1, b"x"))) == 1
    machine.answer(1)
    assert len(machine.send(machine.request(11))) == 1


def test_data_that_was_sent_before_the_refusal_is_dropped() -> None:
    machine = opened()
    machine.send(*[machine.head(stream_id) for stream_id in (1, 3, 5, 7, 9)])
    machine.taken()

    assert machine.send(frame(DATA, END_STREAM, 9, b"late")) == []
    assert machine.taken() == []


def test_bodies_that_wait_are_bounded_together() -> None:
    limits = replace(LIMITS, max_streams=50, max_body_bytes=10_000, max_waiting_body_bytes=65_535)
    machine = opened(limits)
    for stream_id in range(1, 21, 2):
        machine.send(machine.head(stream_id), frame(DATA, 0, stream_id, bytes(9000)))

    refused = [sent.stream_id for sent in machine.taken() if sent.kind == RST_STREAM]

    assert refused == [15, 17, 19]
    assert len(machine.send(frame(DATA, END_STREAM, 1))) == 1
    assert len(machine.send(machine.request(21, bytes(9000)))) == 1


def test_what_a_cancelled_request_held_is_free_again() -> None:
    limits = replace(LIMITS, max_body_bytes=50_000, max_waiting_body_bytes=65_535)
    machine = opened(limits)

    for stream_id in range(1, 41, 2):
        machine.send(machine.head(stream_id), *[frame(DATA, 0, stream_id, bytes(15_000))] * 3)
        machine.send(frame(RST_STREAM, 0, stream_id, number(8)))

    assert RST_STREAM not in {sent.kind for sent in machine.taken()}


@pytest.mark.parametrize("size", [0, 1, 16_384])
def test_a_header_block_has_a_bound(size: int) -> None:
    """CVE-2024-27316: decoding begins with the last frame, so there must be one."""
    machine = opened()

    machine.send(frame(HEADERS, 0, 1, bytes(size)))
    machine.send(frame(CONTINUATION, 0, 1, bytes(size)))
    assert not machine.connection.is_finished
    machine.send(frame(CONTINUATION, 0, 1, bytes(size)))

    assert goaway_code(machine.taken()) is _CALM


def test_a_header_block_of_as_many_frames_as_allowed_is_read() -> None:
    machine = opened()
    block = machine.head(1)[9:]

    events = machine.send(
        frame(HEADERS, END_STREAM, 1, block[:1]),
        frame(CONTINUATION, 0, 1, block[1:2]),
        frame(CONTINUATION, END_HEADERS, 1, block[2:]),
    )

    assert len(events) == 1


def test_resets_are_remembered_for_a_while_only() -> None:
    machine = opened()
    for index in range(2500):
        machine.now_s += 0.1
        machine.send(machine.head(2 * index + 1, [], end=True))
    machine.taken()

    machine.send(frame(DATA, 0, 4999, b"late"), frame(DATA, 0, 3001, b"later"))
    assert not machine.connection.is_finished

    machine.send(frame(DATA, 0, 1, b"far too late"))
    assert goaway_code(machine.taken()) is ErrorCode.STREAM_CLOSED
