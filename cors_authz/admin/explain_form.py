"""The body of ``POST /api/v1/explain``: a request described as JSON."""

from typing import Literal

import msgspec

from cors_authz.policy.explain import Inquiry, InquiryError, make_inquiry, parse_curl


class ExplainForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either ``url``, or ``curl``: a command pasted from a browser's developer tools."""

    url: str = ""
    curl: str = ""
    method: str = ""
    """GET unless the pasted command says otherwise."""
    origin: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Names and values."""
    protocol: Literal["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"] | None = None
    group: str | None = None
    """The API group that the Envoy route names."""
    credentials: bool = False
    preflight: bool = False
    """Explain the preflight alone."""


def parse_inquiry(body: bytes) -> Inquiry:
    """Understand a body.

    Raises:
        InquiryError: It is no JSON of this form, or describes no request.
    """
    try:
        form = msgspec.json.decode(body, type=ExplainForm)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InquiryError(str(error), "see /api/v1/openapi.json for the form") from error
    if bool(form.url) == bool(form.curl):
        raise InquiryError("there is no request to explain", "give either url or curl")
    url, method, headers = form.url, form.method, form.headers
    protocol: str | None = form.protocol
    if form.curl:
        command = parse_curl(form.curl)
        url, method = command.url, method or command.method
        protocol = protocol or command.protocol
        headers = (*headers, *command.headers)
    return make_inquiry(
        url,
        method=method or "GET",
        origin=form.origin,
        headers=headers,
        protocol=protocol,
        group=form.group,
        credentials=form.credentials,
        preflight=form.preflight,
    )
