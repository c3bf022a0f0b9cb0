"""Reading a ``CheckRequest``: which of Envoy's attributes the decision and the log need."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from cors_authz._generated.ext_authz_pb2 import AttributeContext, CheckRequest
from cors_authz.policy.request import Request

GROUP_EXTENSION = "cors_authz.group"
"""The key in the route's ``context_extensions`` that names the API group."""


class CheckRequestMalformedError(ValueError):
    """The bytes are no ``CheckRequest``: whoever sent them is no Envoy."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One check, as Envoy sent it."""

    request: Request
    headers: Mapping[str, str]
    """Names in lower case; hostile and unparsed."""
    source: str
    """The client's IP address as Envoy sees it; empty where it is none."""
    stream_id: str
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
    return Incoming(
        request=Request(
            method=http.method,
            scheme=http.scheme,
            host=http.host,
            path=http.path,
            protocol=http.protocol,
            origin=headers.get("origin"),
            requested_method=headers.get("access-control-request-method"),
            requested_headers=headers.get("access-control-request-headers"),
            sec_fetch_site=headers.get("sec-fetch-site"),
            sec_fetch_mode=headers.get("sec-fetch-mode"),
            upgrade=headers.get("upgrade"),
            group=attributes.context_extensions.get(GROUP_EXTENSION),
        ),
        headers=headers,
        source=attributes.source.address.socket_address.address,
        stream_id=http.id,
    )


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
