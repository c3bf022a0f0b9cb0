"""What a peer must not send, and what each of these costs it: RFC 9113 row by row."""

from collections.abc import Callable

import pytest

from cors_authz.server.http2.connection import Connection
from cors_authz.server.http2.errors import ErrorCode
from cors_authz.server.http2.huffman import HuffmanDecoder
from tests.transport.machine import (
    ACK,
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
    PRIORITY,
    PUSH_PROMISE,
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

PROTOCOL, FLOW = ErrorCode.PROTOCOL_ERROR, ErrorCode.FLOW_CONTROL_ERROR
SIZE, CLOSED = ErrorCode.FRAME_SIZE_ERROR, ErrorCode.STREAM_CLOSED

Sent = Callable[[Machine], bytes]

ENDS_CONNECTION: dict[str, tuple[ErrorCode, Sent]] = {
    "4.2 a frame too large": (SIZE, lambda m: m.head(1) + frame(DATA, 0, 1, bytes(16385))),
    "4.3 a broken header block": (
        ErrorCode.COMPRESSION_ERROR,
        lambda _: frame(HEADERS, END_HEADERS, 1, b"\x80"),
    ),
    "4.3 a header block interrupted": (
        PROTOCOL,
        lambda _: frame(HEADERS, 0, 1, b"\x83") + frame(PING, 0, 0, bytes(8)),
    ),
    "4.3 a header block interrupted by another stream's": (
        PROTOCOL,
        lambda _: frame(HEADERS, 0, 1, b"\x83") + frame(CONTINUATION, END_HEADERS, 3),
    ),
    "4.3 a header block begun within a header block": (
        PROTOCOL,
        lambda m: frame(HEADERS, 0, 1, b"\x83") + m.head(1),
    ),
    "5.1 DATA on an idle stream": (PROTOCOL, lambda _: frame(DATA, 0, 1)),
    "5.1 RST_STREAM on an idle stream": (PROTOCOL, lambda _: frame(RST_STREAM, 0, 1, number(8))),
    "5.1 WINDOW_UPDATE on an idle stream": (
        PROTOCOL,
        lambda _: frame(WINDOW_UPDATE, 0, 1, number(1)),
    ),
    "5.1 DATA on a stream of the server's": (
        PROTOCOL,
        lambda m: m.head(5, end=True) + frame(DATA, 0, 2),
    ),
    "5.1 DATA on a stream that was skipped": (
        CLOSED,
        lambda m: m.head(5, end=True) + frame(DATA, 0, 3),
    ),
    "5.1.1 a stream of the server's": (PROTOCOL, lambda m: m.head(2)),
    "5.1.1 an older stream": (CLOSED, lambda m: m.head(5, end=True) + m.head(3)),
    "6.1 DATA on the connection": (PROTOCOL, lambda _: frame(DATA)),
    "6.1 padding as long as the payload": (
        PROTOCOL,
        lambda m: m.head(1) + frame(DATA, PADDED, 1, b"\x04body"[:4]),
    ),
    "6.1 padded without the length of the padding": (
        PROTOCOL,
        lambda m: m.head(1) + frame(DATA, PADDED, 1),
    ),
    "6.2 HEADERS on the connection": (PROTOCOL, lambda m: m.head(0)),
    "6.2 padding as long as the block": (
        PROTOCOL,
        lambda _: frame(HEADERS, END_HEADERS | PADDED, 1, b"\x01"),
    ),
    "6.2 HEADERS that end in their priority": (
        SIZE,
        lambda _: frame(HEADERS, END_HEADERS | HAS_PRIORITY, 1, bytes(4)),
    ),
    "6.3 PRIORITY on the connection": (PROTOCOL, lambda _: frame(PRIORITY, 0, 0, bytes(5))),
    "6.4 RST_STREAM on the connection": (PROTOCOL, lambda _: frame(RST_STREAM, 0, 0, number(8))),
    "6.4 RST_STREAM of a wrong length": (
        SIZE,
        lambda m: m.head(1) + frame(RST_STREAM, 0, 1, bytes(5)),
    ),
    "6.5 SETTINGS on a stream": (PROTOCOL, lambda _: frame(SETTINGS, 0, 1)),
    "6.5 SETTINGS of a wrong length": (SIZE, lambda _: frame(SETTINGS, payload=bytes(5))),
    "6.5 an acknowledgement with a payload": (SIZE, lambda _: frame(SETTINGS, ACK, 0, bytes(6))),
    "6.5.2 ENABLE_PUSH of 2": (PROTOCOL, lambda _: setting(2, 2)),
    "6.5.2 INITIAL_WINDOW_SIZE too large": (FLOW, lambda _: setting(4, 2**31)),
    "6.5.2 MAX_FRAME_SIZE too small": (PROTOCOL, lambda _: setting(5, 16_383)),
    "6.5.2 MAX_FRAME_SIZE too large": (PROTOCOL, lambda _: setting(5, 2**24)),
    "6.7 PING on a stream": (PROTOCOL, lambda _: frame(PING, 0, 1, bytes(8))),
    "6.7 PING of a wrong length": (SIZE, lambda _: frame(PING, 0, 0, bytes(7))),
    "6.8 GOAWAY on a stream": (PROTOCOL, lambda _: frame(GOAWAY, 0, 1, bytes(8))),
    "6.9 WINDOW_UPDATE of a wrong length": (SIZE, lambda _: frame(WINDOW_UPDATE, 0, 0, bytes(3))),
    "6.9 WINDOW_UPDATE of nothing": (PROTOCOL, lambda _: frame(WINDOW_UPDATE, 0, 0, number(0))),
    "6.9.1 a window of the connection too large": (
        FLOW,
        lambda _: frame(WINDOW_UPDATE, 0, 0, number(2**31 - 1)),
    ),
    "6.9.2 a setting that makes a stream's window too large": (
        FLOW,
        lambda m: m.head(1) + frame(WINDOW_UPDATE, 0, 1, number(70_000)) + setting(4, 2**31 - 1),
    ),
    "6.10 CONTINUATION of nothing": (PROTOCOL, lambda _: frame(CONTINUATION, END_HEADERS, 1)),
    "6.10 CONTINUATION after the end of the block": (
        PROTOCOL,
        lambda m: m.head(1) + frame(CONTINUATION, END_HEADERS, 1),
    ),
    "6.10 CONTINUATION after the end of the continuation": (
        PROTOCOL,
        lambda m: (
            frame(HEADERS, 0, 1, m.head(1)[9:])
            + frame(CONTINUATION, END_HEADERS, 1)
            + frame(CONTINUATION, END_HEADERS, 1)
        ),
    ),
    "6.10 CONTINUATION on the connection": (PROTOCOL, lambda _: frame(CONTINUATION)),
    "8.4 PUSH_PROMISE": (PROTOCOL, lambda m: m.head(1) + frame(PUSH_PROMISE, 4, 1, number(2))),
}


@pytest.mark.parametrize("name", ENDS_CONNECTION)
def test_it_ends_the_connection(name: str) -> None:
    code, sent = ENDS_CONNECTION[name]
    machine = opened()

    events = machine.send(sent(machine))
    frames = machine.taken()

    assert goaway_code(frames) is code
    assert frames[-1].kind == GOAWAY
    assert machine.connection.is_finished
    assert events == []
    assert machine.send(machine.request(7)) == []
    assert machine.taken() == []


ENDS_STREAM: dict[str, tuple[ErrorCode, Sent]] = {
    "5.1 DATA after the end": (CLOSED, lambda m: m.head(1, end=True) + frame(DATA, 0, 1)),
    "5.1 HEADERS after the end": (CLOSED, lambda m: m.head(1, end=True) + m.head(1, end=True)),
    "6.3 PRIORITY of a wrong length": (SIZE, lambda m: m.head(1) + frame(PRIORITY, 0, 1, b"x")),
    "6.9 WINDOW_UPDATE of nothing": (
        PROTOCOL,
        lambda m: m.head(1) + frame(WINDOW_UPDATE, 0, 1, number(0)),
    ),
    "6.9.1 a window of the stream too large": (
        FLOW,
        lambda m: m.head(1) + frame(WINDOW_UPDATE, 0, 1, number(2**31 - 1)),
    ),
    "8.1 trailers that do not end the stream": (
        PROTOCOL,
        lambda m: m.head(1) + m.head(1, [("x", "y")]),
    ),
    "8.1 trailers with a pseudo-header field": (
        PROTOCOL,
        lambda m: m.head(1) + m.head(1, [(":path", "/")], end=True),
    ),
    "8.1.1 less than the content length": (
        PROTOCOL,
        lambda m: m.head(1, [*HEAD, ("content-length", "2")]) + frame(DATA, END_STREAM, 1, b"x"),
    ),
    "8.1.1 more than the content length": (
        PROTOCOL,
        lambda m: m.head(1, [*HEAD, ("content-length", "0")]) + frame(DATA, END_STREAM, 1, b"x"),
    ),
    "8.1.1 a content length without a body": (
        PROTOCOL,
        lambda m: m.head(1, [*HEAD, ("content-length", "1")], end=True),
    ),
}

MALFORMED_HEADS = {
    "8.1.1 two content lengths": [*HEAD, ("content-length", "0"), ("content-length", "0")],
    "8.1.1 a content length that is no number": [*HEAD, ("content-length", "+0")],
    "8.1.1 a content length of foreign digits": [*HEAD, ("content-length", "\xb2")],
    "8.1.1 a content length beyond all measure": [*HEAD, ("content-length", "0" * 20)],
    "8.2.1 a name in upper case": [*HEAD, ("X", "y")],
    "8.2.1 a name with a blank": [*HEAD, ("x y", "z")],
    "8.2.1 an empty name": [*HEAD, ("", "z")],
    "8.2.1 a name with a colon within": [*HEAD, ("x:", "z")],
    "8.2.1 a value with CR": [*HEAD, ("x", "a\rb")],
    "8.2.1 a value with LF": [*HEAD, ("x", "a\nb")],
    "8.2.1 a value with NUL": [*HEAD, ("x", "a\0b")],
    "8.2.1 a value with a blank before it": [*HEAD, ("x", " a")],
    "8.2.1 a value with a tab after it": [*HEAD, ("x", "a\t")],
    "8.2.2 connection": [*HEAD, ("connection", "close")],
    "8.2.2 transfer-encoding": [*HEAD, ("transfer-encoding", "chunked")],
    "8.2.2 te other than trailers": [*HEAD, ("te", "gzip")],
    "8.3 an unknown pseudo-header field": [*HEAD, (":foo", "bar")],
    "8.3 a pseudo-header field of responses": [*HEAD, (":status", "200")],
    "8.3 a pseudo-header field after a regular one": [("x", "y"), *HEAD],
    "8.3 a pseudo-header field between regular ones": [*HEAD[:3], ("x", "y"), HEAD[3]],
    "8.3 content-length before a pseudo-header field": [("content-length", "0"), *HEAD],
    "8.3.1 a pseudo-header field twice": [*HEAD, HEAD[0]],
    "8.3.1 no method": HEAD[1:],
    "8.3.1 no scheme": [HEAD[0], *HEAD[2:]],
    "8.3.1 no path": [*HEAD[:2], HEAD[3]],
    "8.3.1 an empty path": [*HEAD[:2], (":path", "")],
    "8.5 CONNECT": [(":method", "CONNECT"), (":authority", "x:1")],
    "no field at all": [],
}


@pytest.mark.parametrize("name", [*ENDS_STREAM, *MALFORMED_HEADS])
def test_it_ends_the_stream_alone(name: str) -> None:
    machine = opened()
    if name in ENDS_STREAM:
        code, sent = ENDS_STREAM[name]
        octets = sent(machine)
    else:
        code = PROTOCOL
        octets = machine.head(1, MALFORMED_HEADS[name], end=True)

    machine.send(octets)
    frames = machine.taken()

    assert [(sent.kind, sent.stream_id, sent.code) for sent in frames] == [(RST_STREAM, 1, code)]
    assert not machine.connection.is_waiting(1)
    assert len(machine.send(machine.request(3))) == 1


MEANS_NOTHING: dict[str, Sent] = {
    "5.5 an unknown frame": lambda _: frame(UNKNOWN, 255, 7, b"x"),
    "5.5 an unknown frame of the last type": lambda _: frame(255),
    "6.3 PRIORITY on an idle stream": lambda _: frame(PRIORITY, 0, 9, bytes(5)),
    "6.4 RST_STREAM on a closed stream": lambda m: (
        m.head(1) + frame(RST_STREAM, 0, 1, number(8)) + frame(RST_STREAM, 0, 1, number(8))
    ),
    "6.8 GOAWAY": lambda _: frame(GOAWAY, 0, 0, bytes(8)),
    "6.9 WINDOW_UPDATE on a closed stream": lambda m: (
        m.head(1) + frame(RST_STREAM, 0, 1, number(8)) + frame(WINDOW_UPDATE, 0, 1, number(0))
    ),
    "6.7 an acknowledgement that nobody waits for": lambda _: frame(PING, ACK, 0, bytes(8)),
}


@pytest.mark.parametrize("name", MEANS_NOTHING)
def test_it_means_nothing(name: str) -> None:
    machine = opened()

    assert machine.send(MEANS_NOTHING[name](machine)) == []
    assert machine.taken() == []
    assert len(machine.send(machine.request(3))) == 1


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX",
        PREFACE + frame(PING, 0, 0, bytes(8)),
        PREFACE + frame(SETTINGS, ACK),
        PREFACE + frame(HEADERS, END_HEADERS, 1, b"\x82"),
    ],
    ids=["HTTP/1.1", "a wrong preface", "PING first", "an acknowledgement first", "HEADERS first"],
)
def test_it_is_no_beginning(octets: bytes) -> None:
    """RFC 9113 section 3.4."""
    machine = opened()
    machine.connection = Connection(LIMITS, HuffmanDecoder(), 0.0)

    for octet in octets:
        machine.send(bytes([octet]))

    assert goaway_code(machine.taken()) is PROTOCOL
    assert machine.connection.is_finished
