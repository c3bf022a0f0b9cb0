"""Reading a ``CheckRequest``: which of Envoy's attributes the decision and the log need."""

from collections.abc import Mapping
from typing import Final

from google.protobuf.message import DecodeError

from cors_authz._generated.ext_authz_pb2 import AttributeContext, CheckRequest
from cors_authz.policy.request import Request

GROUP_EXTENSION = "cors_authz.group"
"""The key in the route's ``context_extensions`` that names the API group."""


class CheckRequestMalformedError(ValueError):
    """The bytes are no ``CheckRequest``: whoever sent them is no Envoy."""


class Incoming:
    """One check, as Envoy sent it."""

    __slots__ = ("headers", "request", "source", "stream_id")

    def __init__(
        self, request: Request, headers: Mapping[str, str], source: str, stream_id: str
    ) -> None:
        self.request: Final = request
        self.headers: Final = headers
        """Names in lower case; hostile and unparsed."""
        self.source: Final = source
        """The client's IP address as Envoy sees it; empty where it is none."""
        self.stream_id: Final = stream_id
        """Envoy's id of the HTTP stream; empty where it sent none."""


def read_check_request(payload: bytes) -> Incoming:
    """Parse a serialised ``envoy.service.auth.v3.CheckRequest``.

    Fields that are missing come out empty, which the decision denies where it matters.

    Raises:
        CheckRequestMalformedError: The bytes are not a message of this type.
    """
    try:
        attributes = CheckRequest.FromString(payload).attributes
    except DecodeError as error:
        raise CheckRequestMalformedError("the payload is no CheckRequest") from error
    http = attributes.request.http
    headers = _read_headers(http)
    header = headers.get
    # By position, which takes half as long: the fields stand in the order of Request.
    request = Request(
        http.method,
        http.scheme,
        http.host,
        http.path,
        http.protocol,
        header("origin"),
        header("access-control-request-method"),
        header("access-control-request-headers"),
        header("sec-fetch-site"),
        header("sec-fetch-mode"),
        header("upgrade"),
        attributes.context_extensions.get(GROUP_EXTENSION),
    )
    source = attributes.source.address.socket_address.address
    return Incoming(request, headers, source, http.id)


def _read_headers(http: AttributeContext.HttpRequest) -> Mapping[str, str]:
    """The map, or what ``encode_raw_headers`` sends in its place, joined as Envoy joins.

    Without the second form every request would look as if it had no Origin.
    """
    if not http.HasField("header_map"):
        return http.headers
    joined: dict[str, str] = {}
    for header in http.header_map.headers:
        name = header.key.lower()
        value = header.raw_value.decode(errors="replace") if header.raw_value else header.value
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
