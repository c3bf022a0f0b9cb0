"""The words of a status on the wire, whatever they are."""

import pytest
from hpack.hpack import Decoder
from hypothesis import given
from hypothesis import strategies as st

from cors_authz.server.http2.events import RequestReceived
from cors_authz.server.http2.field import make_field
from cors_authz.server.http2.request import RequestHead
from cors_authz.server.http2.unary_grpc import Metadata, Status, StatusError, UnaryMethods

_CALL = RequestReceived(
    1,
    RequestHead("POST", "/x", [make_field("content-type", "application/grpc")], None),
    b"\0" * 5,
    0,
)


def status_message(text: str) -> str:
    """What is sent of a status message."""

    def refuse(_payload: bytes, _metadata: Metadata) -> bytes:
        raise StatusError(Status.NOT_FOUND, text)

    answer = UnaryMethods({"/x": refuse}, lambda _: None).answer(_CALL, 0)
    fields = {str(name): str(value) for name, value in Decoder().decode(answer.head.block)}
    assert fields["grpc-status"] == "5"
    return fields["grpc-message"]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("plain, with blanks; and ~!", "plain, with blanks; and ~!"),
        ("100 %", "100 %25"),
        ("two\r\nlines", "two%0D%0Alines"),
        ("grün", "gr%C3%BCn"),
    ],
    ids=["printable", "percent", "control", "UTF-8"],
)
def test_a_status_message_is_percent_encoded(text: str, sent: str) -> None:
    assert status_message(text) == sent


@given(st.text(max_size=50))
def test_a_status_message_is_printable(text: str) -> None:
    assert all(" " <= character <= "~" for character in status_message(text))


def test_a_status_message_has_a_bound() -> None:
    assert len(status_message("x" * 100_000)) == 1000
