"""Requests in and answers out, on one HTTP/2 connection without a socket."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cors_authz.server.http2.connection import Connection
from cors_authz.server.http2.errors import ErrorCode
from cors_authz.server.http2.events import Excess, RequestReceived, RequestTooLarge
from cors_authz.server.http2.huffman import HuffmanDecoder
from tests.transport.machine import (
    ACK,
    ANSWER,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HAS_PRIORITY,
    HEAD,
    HEADERS,
    LIMITS,
    PADDED,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    TRAILERS,
    WINDOW_UPDATE,
    Frame,
    Machine,
    frame,
    goaway_code,
    number,
    opened,
    setting,
)

_CANCEL = number(ErrorCode.CANCEL)


def bodies(machine: Machine, *frames: bytes) -> list[bytes]:
    """The bodies of the requests that these frames complete."""
    events = machine.send(*frames)
    return [event.body for event in events if isinstance(event, RequestReceived)]


def data(frames: Sequence[Frame], stream_id: int) -> bytes:
    """The body that was sent on a stream."""
    return b"".join(f.payload for f in frames if f.kind == DATA and f.stream_id == stream_id)


def test_the_server_begins_with_its_settings_and_a_window() -> None:
    machine = opened()
    connection = Connection(LIMITS, HuffmanDecoder(), 0.0)
    machine.connection = connection

    settings, window = machine.taken()

    assert settings.kind == SETTINGS
    assert settings.payload == b"\0\3" + number(4) + b"\0\4" + number(17_384) + b"\0\6" + number(
        2000
    )
    assert window == (WINDOW_UPDATE, 0, 0, number(100_000 - 65_535))


def test_settings_are_acknowledged_and_the_acknowledgement_of_ours_is_noted() -> None:
    machine = opened()
    machine.connection = Connection(LIMITS, HuffmanDecoder(), 0.0)
    machine.taken()

    machine.send(PREFACE, frame(SETTINGS))
    assert machine.taken() == [(SETTINGS, ACK, 0, b"")]
    assert not machine.connection.is_confirmed

    machine.send(frame(SETTINGS, ACK))
    assert machine.connection.is_confirmed


def test_a_request_comes_out_whole() -> None:
    machine = opened()

    events = machine.send(machine.request(1, b"body"))

    assert len(events) == 1
    event = events[0]
    assert isinstance(event, RequestReceived)
    assert (event.stream_id, event.body) == (1, b"body")
    assert (event.head.method, event.head.path) == ("POST", "/a/b")


def test_a_request_comes_out_whole_however_it_is_cut() -> None:
    machine = opened()
    octets = machine.head(1) + b"".join(
        [frame(DATA, 0, 1, b"one "), frame(DATA, 0, 1, b"two "), frame(DATA, END_STREAM, 1, b"3")]
    )

    found = [bodies(machine, octets[i : i + 1]) for i in range(len(octets))]

    assert found[-1] == [b"one two 3"]
    assert not any(found[:-1])


def test_the_upper_bit_of_a_stream_means_nothing() -> None:
    """RFC 9113 section 4.1."""
    machine = opened()

    found = bodies(machine, machine.head(1), frame(DATA, END_STREAM, 2**31 + 1, b"body"))

    assert found == [b"body"]


def test_requests_may_be_interleaved() -> None:
    machine = opened()

    found = bodies(
        machine,
        machine.head(1) + machine.head(3),
        frame(DATA, 0, 1, b"a") + frame(DATA, 0, 3, b"x"),
        frame(DATA, END_STREAM, 3, b"y") + frame(DATA, END_STREAM, 1, b"b"),
    )

    assert found == [b"xy", b"ab"]


@pytest.mark.parametrize(
    ("frames", "body"),
    [
        ([frame(DATA, END_STREAM | PADDED, 1, b"\x03body\0\0\0")], b"body"),
        ([frame(DATA, END_STREAM | PADDED, 1, b"\x03\0\0\0")], b""),
        ([frame(DATA, 0, 1, b"body"), frame(DATA, END_STREAM, 1)], b"body"),
        ([frame(DATA, 0, 1), frame(DATA, END_STREAM, 1, b"body")], b"body"),
    ],
    ids=["padded", "nothing but padding", "an empty end", "an empty beginning"],
)
def test_a_body_is_what_is_left_of_its_frames(frames: Sequence[bytes], body: bytes) -> None:
    machine = opened()

    assert bodies(machine, machine.head(1), *frames) == [body]


def test_a_head_may_be_padded_prioritised_and_continued() -> None:
    machine = opened()
    block = machine.encoder.encode([*HEAD, ("x", "y")])
    first = b"\x02" + bytes(5) + block[:4] + b"\0\0"

    events = machine.send(
        frame(HEADERS, END_STREAM | PADDED | HAS_PRIORITY, 1, first),
        frame(CONTINUATION, 0, 1, block[4:9]),
        frame(CONTINUATION, END_HEADERS, 1, block[9:]),
    )

    assert isinstance(events[0], RequestReceived)
    assert [(field.name, field.value) for field in events[0].head.fields] == [("x", "y")]


def test_trailers_end_a_request() -> None:
    machine = opened()

    found = bodies(
        machine, machine.head(1), frame(DATA, 0, 1, b"x"), machine.head(1, [("a", "b")], end=True)
    )

    assert found == [b"x"]


def test_a_content_length_that_is_right_is_accepted() -> None:
    machine = opened()

    head = machine.head(1, [*HEAD, ("content-length", "4")])

    assert bodies(machine, head, frame(DATA, END_STREAM, 1, b"body")) == [b"body"]


def test_an_answer_is_a_head_a_body_and_trailers() -> None:
    machine = opened()
    machine.send(machine.request(1) + machine.request(3))

    machine.answer(1, b"first")
    machine.answer(3, b"second")

    frames = machine.taken()
    assert [(f.kind, f.flags, f.stream_id) for f in frames] == [
        *[(HEADERS, END_HEADERS, 1), (DATA, 0, 1), (HEADERS, END_HEADERS | END_STREAM, 1)],
        *[(HEADERS, END_HEADERS, 3), (DATA, 0, 3), (HEADERS, END_HEADERS | END_STREAM, 3)],
    ]
    assert (data(frames, 1), data(frames, 3)) == (b"first", b"second")
    assert not machine.connection.is_waiting(1)


def test_the_first_block_alone_says_that_the_answers_use_no_table() -> None:
    """RFC 7541 section 4.2: or else a peer that allows no table would wait for it."""
    machine = opened()
    machine.send(machine.request(1) + machine.request(3))
    machine.answer(1)
    machine.answer(3)

    blocks = [sent.payload for sent in machine.taken() if sent.kind == HEADERS]

    assert blocks == [b"\x20" + ANSWER.block, TRAILERS.block, ANSWER.block, TRAILERS.block]


def test_an_answer_without_a_body_is_one_frame() -> None:
    machine = opened()
    machine.send(machine.request(1))

    machine.connection.answer(1, TRAILERS, b"", None)

    assert [(f.kind, f.flags) for f in machine.taken()] == [(HEADERS, END_HEADERS | END_STREAM)]
    assert not machine.connection.is_waiting(1)


def test_a_cancelled_request_is_not_answered() -> None:
    machine = opened()

    events = machine.send(machine.request(1), frame(RST_STREAM, 0, 1, _CANCEL))

    assert len(events) == 1
    assert not machine.connection.is_waiting(1)
    machine.answer(1)
    assert machine.taken() == []


def test_an_early_answer_asks_for_no_more_of_the_request() -> None:
    """RFC 9113 section 8.1: what the peer has sent before it knows is dropped."""
    machine = opened()
    machine.send(machine.head(1))

    machine.connection.answer(1, TRAILERS, b"", None)

    assert machine.taken()[-1] == (RST_STREAM, 0, 1, number(ErrorCode.NO_ERROR))
    assert machine.send(frame(DATA, 0, 1, b"late") + machine.head(1, [("a", "b")], end=True)) == []
    assert machine.taken() == []


def test_a_ping_comes_back() -> None:
    machine = opened()

    machine.send(frame(PING, 0, 0, b"12345678"))

    assert machine.taken() == [(PING, ACK, 0, b"12345678")]


def test_an_answer_waits_for_the_window_of_its_stream() -> None:
    machine = opened()
    machine.send(setting(4, 3), machine.request(1))
    machine.answer(1, b"answer!")

    frames = machine.taken()
    assert data(frames, 1) == b"ans"
    assert machine.connection.is_blocked

    machine.send(frame(WINDOW_UPDATE, 0, 1, number(2)))
    assert data(machine.taken(), 1) == b"we"

    machine.send(frame(WINDOW_UPDATE, 0, 1, number(2)))
    frames = machine.taken()
    assert data(frames, 1) == b"r!"
    assert frames[-1].flags == END_HEADERS | END_STREAM
    assert not machine.connection.is_blocked
    assert not machine.connection.is_waiting(1)


def test_answers_wait_for_the_window_of_the_connection() -> None:
    machine = opened()
    machine.send(setting(4, 2**31 - 1), machine.request(1) + machine.request(3))
    machine.answer(1, b"a" * 60_000)
    machine.answer(3, b"b" * 10_000)

    frames = machine.taken()
    assert len(data(frames, 1)) == 60_000
    assert len(data(frames, 3)) == 65_535 - 60_000
    assert max(len(f.payload) for f in frames) <= 16_384

    machine.send(frame(WINDOW_UPDATE, 0, 0, number(10_000)))
    assert len(data(machine.taken(), 3)) == 70_000 - 65_535
    assert not machine.connection.is_blocked


def test_small_answers_use_up_the_window_of_the_connection_too() -> None:
    machine = opened()
    for stream_id in (1, 3, 5, 7, 9):
        machine.send(machine.request(stream_id))
        machine.answer(stream_id, b"a" * 16_000)

    assert sum(len(f.payload) for f in machine.taken() if f.kind == DATA) == 65_535
    assert machine.connection.is_blocked


def test_settings_change_the_windows_of_open_streams_even_below_zero() -> None:
    """RFC 9113 section 6.9.2."""
    machine = opened()
    machine.send(setting(4, 10), machine.request(1))
    machine.answer(1, b"0123456789abcdef")
    assert data(machine.taken(), 1) == b"0123456789"

    machine.send(setting(4, 4), frame(WINDOW_UPDATE, 0, 1, number(6)))
    assert data(machine.taken(), 1) == b""

    machine.send(setting(4, 7))
    assert data(machine.taken(), 1) == b"abc"

    machine.send(setting(4, 10))
    assert data(machine.taken(), 1) == b"def"
    assert not machine.connection.is_waiting(1)


def test_a_cancelled_answer_frees_its_place() -> None:
    machine = opened()
    machine.send(setting(4, 0), machine.request(1))
    machine.answer(1)

    machine.send(frame(RST_STREAM, 0, 1, _CANCEL))

    assert not machine.connection.is_blocked
    machine.send(setting(4, 100), frame(WINDOW_UPDATE, 0, 0, number(5)))
    assert data(machine.taken(), 1) == b""


def test_the_window_of_the_connection_is_opened_as_it_is_used() -> None:
    machine = opened(replace(LIMITS, max_body_bytes=80_000, max_waiting_body_bytes=100_000))
    part = frame(DATA, 0, 1, bytes(10_000))

    machine.send(machine.head(1), *[part] * 5)
    assert machine.taken() == []

    machine.send(part)
    assert machine.taken() == [(WINDOW_UPDATE, 0, 0, number(60_000))]

    machine.send(part, frame(DATA, END_STREAM, 1, bytes(10_000)))
    assert machine.taken() == []


def test_a_body_that_is_too_large_is_told_once_and_may_be_answered() -> None:
    machine = opened()

    events = machine.send(machine.head(1), *[frame(DATA, 0, 1, bytes(600))] * 3)

    assert events == [RequestTooLarge(1, Excess.BODY)]
    machine.connection.answer(1, TRAILERS, b"", None)
    assert [f.kind for f in machine.taken()] == [HEADERS, RST_STREAM]


def test_trailers_of_a_body_that_was_too_large_say_nothing_new() -> None:
    machine = opened()

    events = machine.send(
        machine.head(1), frame(DATA, 0, 1, bytes(1001)), machine.head(1, [("a", "b")], end=True)
    )

    assert events == [RequestTooLarge(1, Excess.BODY)]
    machine.connection.answer(1, TRAILERS, b"", None)
    assert [f.kind for f in machine.taken()] == [HEADERS]


def test_fields_that_are_too_large_are_told_and_may_be_answered() -> None:
    machine = opened()

    events = machine.send(machine.head(1, [*HEAD, ("x", "y" * 2000)], end=True))

    assert events == [RequestTooLarge(1, Excess.HEAD)]
    machine.connection.answer(1, TRAILERS, b"", None)
    assert [f.kind for f in machine.taken()] == [HEADERS]
    assert len(machine.send(machine.request(3))) == 1


def test_trailers_that_are_too_large_are_told() -> None:
    machine = opened()

    events = machine.send(machine.head(1), machine.head(1, [("x", "y" * 2000)], end=True))

    assert events == [RequestTooLarge(1, Excess.HEAD)]


def test_a_drained_connection_answers_what_came_before_its_last_word() -> None:
    """RFC 9113 section 6.8."""
    machine = opened()
    machine.send(machine.head(1))

    machine.connection.drain()
    first, ping = machine.taken()
    assert (first.kind, first.payload) == (GOAWAY, number(2**31 - 1) + number(0))
    assert bodies(machine, machine.request(3, b"on its way")) == [b"on its way"]

    machine.send(frame(PING, ACK, 0, ping.payload))
    last = machine.taken()[-1]
    assert (last.kind, last.payload) == (GOAWAY, number(3) + number(0))
    assert bodies(machine, machine.request(5, b"too late")) == []

    machine.answer(3)
    assert not machine.connection.is_finished
    assert bodies(machine, frame(DATA, END_STREAM, 1, b"begun before")) == [b"begun before"]
    machine.answer(1)
    assert machine.connection.is_finished
    assert goaway_code(machine.taken()) is None


def test_draining_twice_says_nothing_new() -> None:
    machine = opened()
    machine.connection.drain()
    machine.connection.accept_no_more()
    machine.taken()

    machine.connection.drain()
    machine.connection.accept_no_more()

    assert machine.taken() == []


def test_an_abandoned_connection_says_why() -> None:
    machine = opened()

    machine.connection.abandon(ErrorCode.NO_ERROR, "enough")

    (goaway,) = machine.taken()
    assert (goaway.kind, goaway.payload) == (GOAWAY, number(0) + number(0) + b"enough")
    assert machine.connection.is_finished


def test_a_stream_that_came_too_late_is_never_told_to_have_been_taken() -> None:
    """RFC 9113 section 6.8: the peer may have repeated it elsewhere."""
    machine = opened()
    machine.send(machine.head(1))
    machine.connection.drain()
    machine.connection.accept_no_more()
    machine.send(machine.request(3, b"too late"))
    machine.taken()

    machine.connection.abandon(ErrorCode.NO_ERROR, "enough")

    (goaway,) = machine.taken()
    assert goaway.payload == number(1) + number(0) + b"enough"
