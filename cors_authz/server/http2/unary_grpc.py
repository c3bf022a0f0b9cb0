"""Unary gRPC over HTTP/2: from a request to a method's answer, or to a status. No frames here.

The rules are those of gRPC's document "gRPC over HTTP2" (PROTOCOL-HTTP2.md).
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import quote

from hpack.hpack import Encoder

from cors_authz.server.http2.events import Excess, RequestReceived, RequestTooLarge
from cors_authz.server.http2.frames import HeadersFrame, headers_frame
from cors_authz.server.http2.request import RequestHead

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]
Method: TypeAlias = Callable[[bytes, Metadata], bytes]
"""One unary method: may raise :class:`StatusError`."""

PREFIX_BYTES: Final = 5
"""The compression flag and the length before each message."""

_CONTENT_TYPE: Final = "application/grpc"
_MAX_STATUS_MESSAGE: Final = 1000
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")

_NOT_METADATA: Final = frozenset(
    {"content-type", "te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding"}
)

_TIMEOUT = re.compile(r"([0-9]{1,8})([HMSmun])", re.ASCII)
_UNIT_S: Final = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}


class Status(IntEnum):
    """The gRPC status codes that are used here."""

    OK = 0
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14


class StatusError(Exception):
    """A call ends with a status that is not OK."""

    def __init__(self, status: Status, message: str, http_status: int = 200) -> None:
        """``message`` goes to the peer; ``http_status`` is for what is not gRPC at all."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.http_status = http_status


class Answer:
    """What goes out for one call; without trailers the head ends the stream."""

    __slots__ = ("body", "head", "trailers")

    def __init__(self, head: HeadersFrame, body: bytes, trailers: HeadersFrame | None) -> None:
        self.head: Final = head
        self.body: Final = body
        self.trailers: Final = trailers


class UnaryMethods:
    """The methods of a gRPC server by path, each answered at once."""

    def __init__(
        self, methods: Mapping[str, Method], on_fault: Callable[[Exception], None]
    ) -> None:
        """``on_fault`` is told what a method raised that is no :class:`StatusError`."""
        self._methods = methods
        self._on_fault = on_fault
        self._encoder = Encoder()
        head = {":status": "200", "content-type": _CONTENT_TYPE}
        self._head = headers_frame(self._encode(head), ends_stream=False)
        self._trailers = headers_frame(self._encode({"grpc-status": "0"}), ends_stream=True)

    def answer(self, request: RequestReceived, now_s: float) -> Answer:
        """Call the method and encode what comes of it, whatever that is."""
        try:
            reply = self._call(request, now_s)
        except StatusError as refusal:  # mypyc has one type for a name in a function
            return self._refuse(refusal)
        except Exception as error:  # noqa: BLE001 - whatever it is, the peer gets an answer
            self._on_fault(error)
            return self._refuse(StatusError(Status.INTERNAL, "internal error"))
        return Answer(self._head, len(reply).to_bytes(PREFIX_BYTES, "big") + reply, self._trailers)

    def refuse(self, request: RequestTooLarge) -> Answer:
        """Answer a request that was too large to be kept."""
        what = "metadata" if request.excess is Excess.HEAD else "message"
        return self._refuse(StatusError(Status.RESOURCE_EXHAUSTED, f"the {what} is too large"))

    def _call(self, request: RequestReceived, now_s: float) -> bytes:
        head = request.head
        metadata, special = _read_fields(head)
        _check_is_grpc(head, special)
        method = self._methods.get(head.path)
        if method is None:
            raise StatusError(Status.UNIMPLEMENTED, "no such method")
        message = _read_message(request.body, special.get("grpc-encoding", "identity"))
        timeout = special.get("grpc-timeout")
        if timeout is not None and now_s - request.arrived_s >= _read_timeout_s(timeout):
            raise StatusError(Status.DEADLINE_EXCEEDED, "the deadline is over")
        return method(message, metadata)

    def _refuse(self, error: StatusError) -> Answer:
        fields = {
            ":status": str(error.http_status),
            "content-type": _CONTENT_TYPE,
            "grpc-status": str(int(error.status)),
            "grpc-message": quote(
                error.message[:_MAX_STATUS_MESSAGE], safe=_PRINTABLE, errors="replace"
            ),
        }
        if error.status is Status.UNIMPLEMENTED:
            fields["grpc-accept-encoding"] = "identity"
        return Answer(headers_frame(self._encode(fields), ends_stream=True), b"", None)

    def _encode(self, fields: Mapping[str, str]) -> bytes:
        # "Sensitive" keeps the encoder from using a table, so that a block suits every connection.
        return self._encoder.encode([(name, value, True) for name, value in fields.items()])


def _read_fields(head: RequestHead) -> tuple[Metadata, Mapping[str, str]]:
    """The call's metadata, and what is gRPC's own."""
    metadata: list[tuple[str, str | bytes]] = []
    special: dict[str, str] = {}
    for name, value, _, _ in head.fields:
        if name in _NOT_METADATA:
            special[name] = value
        elif name.endswith("-bin"):
            metadata.append((name, _read_binary(value)))
        else:
            metadata.append((name, value))
    return metadata, special


def _read_binary(value: str) -> bytes:
    """Padding is optional."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise StatusError(Status.INTERNAL, "binary metadata is not base64") from error


def _check_is_grpc(head: RequestHead, special: Mapping[str, str]) -> None:
    content_type = special.get("content-type", "")
    name, suffix = content_type[:16], content_type[16:17]
    if name != _CONTENT_TYPE or suffix not in ("", "+", ";"):
        raise StatusError(Status.INVALID_ARGUMENT, "the content type is not gRPC", 415)
    if head.method != "POST":
        raise StatusError(Status.UNIMPLEMENTED, "the method is not POST", 405)


@lru_cache(maxsize=256)
def _read_timeout_s(value: str) -> float:
    match = _TIMEOUT.fullmatch(value)
    if match is None:
        raise StatusError(Status.INTERNAL, "grpc-timeout is malformed")
    return int(match[1]) * _UNIT_S[match[2]]


def _read_message(body: bytes, encoding: str) -> bytes:
    """The one message that a unary call has."""
    if len(body) < PREFIX_BYTES or len(body) - PREFIX_BYTES != int.from_bytes(body[1:5], "big"):
        raise StatusError(Status.INTERNAL, "the body is not one message")
    if body[0] == 0:
        return body[PREFIX_BYTES:]
    if body[0] == 1 and encoding != "identity":
        raise StatusError(Status.UNIMPLEMENTED, "compression is not supported")
    raise StatusError(Status.INTERNAL, "the compression flag is wrong")
