"""An answer that is serialised once and sent often: only the id of the request is put in.

Nothing is decided or checked here.
"""

from typing import NamedTuple

from cors_authz._generated.ext_authz_pb2 import CheckResponse, DeniedHttpResponse
from cors_authz.authz.problem import begin_problem, finish_problem
from cors_authz.policy.terms import Reason

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
        body = finish_problem(self.body, request_id)
        denied = self.denied + _BODY + _varint(len(body)) + body
        return self.head + _DENIED_RESPONSE + _varint(len(denied)) + denied + self.tail


def prepare(response: CheckResponse) -> PreparedResponse:
    """Prepare a response that has no such body."""
    return PreparedResponse(response.SerializeToString())


def prepare_denial(response: CheckResponse, reason: Reason) -> PreparedResponse:
    """Prepare a denial, to which the body is added."""
    denied = response.denied_response
    body = begin_problem(reason, denied.status.code)
    return PreparedResponse(
        CheckResponse(status=response.status).SerializeToString(),
        denied.SerializeToString(),
        CheckResponse(dynamic_metadata=response.dynamic_metadata).SerializeToString(),
        body,
    )


def _varint(value: int) -> bytes:
    """Write a length, lowest seven bits first."""
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


_DENIED_RESPONSE = _varint(CheckResponse.DENIED_RESPONSE_FIELD_NUMBER << 3 | _LENGTH_DELIMITED)
_BODY = _varint(DeniedHttpResponse.BODY_FIELD_NUMBER << 3 | _LENGTH_DELIMITED)
