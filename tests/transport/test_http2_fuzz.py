"""Arbitrary bytes in arbitrary pieces: nothing is raised, and the pieces make no difference."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.server.http2.connection import Connection
from cors_authz.server.http2.events import RequestReceived
from cors_authz.server.http2.field import make_field
from cors_authz.server.http2.huffman import HuffmanDecoder
from cors_authz.server.http2.request import RequestHead
from cors_authz.server.http2.unary_grpc import UnaryMethods
from tests.transport.machine import (
    ACK,
    ANSWER,
    END_HEADERS,
    LIMITS,
    PREFACE,
    SETTINGS,
    TRAILERS,
    frame,
    number,
    opened,
)

_huffman = HuffmanDecoder()

_BLOCK = opened().head(1)[9:]
"""A request's header block for a connection that has seen none."""

_stream_ids = st.sampled_from([0, 1, 1, 1, 3, 3, 5, 7, 9, 2, 2**31 - 1, 2**32 - 1])
_payloads = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([_BLOCK, _BLOCK[:5], b"\x83\x86\x84", b"", bytes(4), bytes(5), bytes(8)]),
    st.integers(0, 2**32 - 1).map(number),
    st.tuples(st.integers(0, 9), st.sampled_from([0, 1, 65_535, 2**31 - 1, 2**31])).map(
        lambda pair: pair[0].to_bytes(2, "big") + number(pair[1])
    ),
)
_flags = st.one_of(st.sampled_from([0, ACK, END_HEADERS, END_HEADERS | ACK]), st.integers(0, 255))
_frames = st.builds(
    frame, st.integers(0, 11), _flags, _stream_ids, st.one_of(_payloads, _payloads.map(bytes))
)
_octets = st.lists(st.one_of(_frames, _frames, _frames, st.binary(max_size=30)), max_size=15).map(
    b"".join
)


def conversation(pieces: Sequence[bytes]) -> tuple[list[str], bytes]:
    """What a server that answers everything at once makes of it."""
    connection = Connection(LIMITS, _huffman, 0.0)
    heard: list[str] = []
    said = b""
    for piece in pieces:
        for event in connection.receive(piece, 0.0):
            heard.append(repr(event))
            if isinstance(event, RequestReceived):
                connection.answer(event.stream_id, ANSWER, event.body[:100], TRAILERS)
            else:
                connection.answer(event.stream_id, TRAILERS, b"", None)
        said += connection.take_output()
    return heard, said


def cut(octets: bytes, places: Sequence[int]) -> list[bytes]:
    """Pieces that end at these places."""
    ends = sorted({min(place, len(octets)) for place in places} | {len(octets)})
    return [octets[a:b] for a, b in zip([0, *ends], ends, strict=False)]


@given(st.one_of(st.just(PREFACE + frame(SETTINGS)), st.just(PREFACE), st.just(b"")), _octets)
def test_nothing_is_raised_and_what_is_said_are_frames(beginning: bytes, octets: bytes) -> None:
    _, said = conversation([beginning, octets])

    while said:
        size = 9 + int.from_bytes(said[:3], "big")
        assert size <= 9 + 16_384
        assert said[3] < 10
        assert len(said) >= size
        said = said[size:]


@given(_octets, st.lists(st.integers(0, 600), max_size=10))
def test_the_pieces_make_no_difference_to_what_is_heard(
    octets: bytes, places: Sequence[int]
) -> None:
    connection = Connection(LIMITS, _huffman, 0.0)
    whole = connection.receive(PREFACE + frame(SETTINGS) + octets, 0.0)
    said = connection.take_output()

    connection = Connection(LIMITS, _huffman, 0.0)
    pieces = cut(PREFACE + frame(SETTINGS) + octets, places)
    heard = [event for piece in pieces for event in connection.receive(piece, 0.0)]

    # A connection that fails tells nothing of what came with the piece that broke it.
    assert heard[: len(whole)] == whole
    assert heard == whole or connection.has_failed
    assert connection.take_output() == said


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_noise_is_no_preface(octets: bytes, places: Sequence[int]) -> None:
    heard, said = conversation(cut(b"\0" + octets, places))

    assert heard == []
    assert b"this server speaks HTTP/2 only" in said


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["content-type", "grpc-timeout", "grpc-encoding", "te", "x", "x-bin"]),
            st.one_of(
                st.sampled_from(["application/grpc", "1S", "identity", "gzip", "AAA"]),
                st.text(st.characters(max_codepoint=255), max_size=12),
            ),
        ),
        max_size=6,
    ),
    st.binary(max_size=20),
)
@pytest.mark.parametrize("path", ["/known", "/unknown"])
def test_every_request_has_an_answer(
    path: str, fields: Sequence[tuple[str, str]], body: bytes
) -> None:
    faults: list[Exception] = []
    methods = UnaryMethods({"/known": lambda payload, _: payload}, faults.append)
    head = RequestHead("POST", path, [make_field(name, value) for name, value in fields], None)

    answer = methods.answer(RequestReceived(1, head, body, 0.0), 0.5)

    assert faults == []
    assert answer.head.block
    assert (answer.trailers is None) == (answer.body == b"")
