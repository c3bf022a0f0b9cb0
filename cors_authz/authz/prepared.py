"""An answer that is serialised once and sent often: only the id of the request is put in.

Nothing is decided or checked here.
"""

from typing import NamedTuple

from cors_authz._generated.ext_authz_pb2 import CheckResponse, DeniedHttpResponse
from cors_authz.authz.problem import finish_problem

_LENGTH_DELIMITED = 2
"""The wire type of texts and messages (protocol buffers, "Encoding")."""


class PreparedResponse(NamedTuple):
    """A serialised ``CheckResponse`` but for the id, which only the body of a denial holds.

    The parts stand in the order of their field numbers, as a serialiser writes them.
    """

    head: bytes
    """What comes before the denied response; everything where there is no body."""
    denied: bytes = b""
    """The denied response without its body."""
    tail: bytes = b""
    """What comes after the denied response."""
    body: bytes | None = None
    """The body without its end; ``None`` where there is none."""

    def complete(self, request_id: str | None) -> bytes:
        """The whole message, with an id that was accepted by whoever read it."""
        if self.body is None:
            return self.head
        denied = self.denied + field(BODY, finish_problem(self.body, request_id))
        return self.head + field(DENIED_RESPONSE, denied) + self.tail


def field(tag: bytes, content: bytes) -> bytes:
    """Serialise a field that holds a text or a message."""
    return tag + _varint(len(content)) + content


def tag_of(number: int) -> bytes:
    """The tag of a field that holds a text or a message."""
    return _varint(number << 3 | _LENGTH_DELIMITED)


def _varint(value: int) -> bytes:
    """Write a number, lowest seven bits first."""
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


DENIED_RESPONSE = tag_of(CheckResponse.DENIED_RESPONSE_FIELD_NUMBER)
BODY = tag_of(DeniedHttpResponse.BODY_FIELD_NUMBER)
