"""What a client sent comes back only where it was parsed and accepted."""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cors_authz._generated.ext_authz_pb2 import AttributeContext, CheckRequest, CheckResponse
from cors_authz.authz.incoming import GROUP_EXTENSION
from cors_authz.server.service import CheckService
from tests.hardening.world import serving

MARK = "qzmark"
"""Stands in every field of a request, and nowhere in the policy set."""

_HOSTILE = st.sampled_from(
    ["", " ", ",", "/", "\\", "\r\nx-evil: ", "\0", "%0d%0a", "<script>", "é"]
)
_ENDS = st.sampled_from(["", ".shop.example.com", ".evil.net", ":443", "]", '"}'])
_STARTS = st.sampled_from(["", "https://", "https://a.", "http://localhost:", "x-", "*", "null "])
MARKED = st.builds("{}{}{}{}".format, _STARTS, _HOSTILE, st.just(MARK), _ENDS)

WORDS: Mapping[str, tuple[str, ...]] = {
    "host": ("api.example.com", "all.example.com", "quiet.example.com", "dry.example.com"),
    "path": ("/orders", "/invoices", "/v1/orders"),
    "method": ("GET", "OPTIONS", "PUT"),
    "scheme": ("https", "http"),
    "protocol": ("HTTP/1.1", "HTTP/2"),
    "origin": ("https://shop.example.com", f"https://{MARK}.shop.example.com", "null"),
    "access-control-request-method": ("GET", "PUT", f"x{MARK}"),
    "access-control-request-headers": ("content-type", f"x-{MARK}", f"x-{MARK},authorization"),
    "sec-fetch-site": ("same-origin", "cross-site"),
    "sec-fetch-mode": ("cors", "navigate"),
    "upgrade": ("websocket",),
    "cookie": (f"session={MARK}",),
    "x-request-id": (f"id-{MARK}",),
    "traceparent": (f"00-{MARK}-01",),
    "x-forwarded-host": (f"{MARK}.evil.net",),
    GROUP_EXTENSION: ("orders", "everything", "quiet", f"{MARK}"),
}
ATTRIBUTES = ("host", "path", "method", "scheme", "protocol")

FIELDS = st.fixed_dictionaries(
    {name: st.sampled_from(WORDS[name]) | MARKED for name in ATTRIBUTES},
    optional={
        name: st.sampled_from(WORDS[name]) | MARKED for name in WORDS if name not in ATTRIBUTES
    },
)

TOKEN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~")
REQUEST_ID_CHARACTERS = frozenset(string.ascii_letters + string.digits + "._:+/=~-")


def message(fields: Mapping[str, str]) -> bytes:
    http = AttributeContext.HttpRequest(id=f"\r\n{MARK}")
    for name in ATTRIBUTES:
        setattr(http, name, fields[name])
    group = {}
    for name, value in fields.items():
        if name == GROUP_EXTENSION:
            group[name] = value
        elif name not in ATTRIBUTES:
            http.headers[name] = value
    request = AttributeContext.Request(http=http)
    return CheckRequest(
        attributes=AttributeContext(request=request, context_extensions=group)
    ).SerializeToString()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and the places in which the mark stands."""

    response: CheckResponse
    headers: Mapping[str, str]

    def marked(self) -> set[str]:
        """Names of headers whose values hold it, `body` for the body, `else` for the rest."""
        rest = CheckResponse()
        rest.CopyFrom(self.response)
        rest.denied_response.ClearField("body")
        rest.denied_response.ClearField("headers")
        rest.ok_response.ClearField("response_headers_to_add")
        found = {name for name, value in self.headers.items() if MARK in value.lower()}
        if MARK in self.response.denied_response.body.lower():
            found.add("body")
        if MARK.encode() in rest.SerializeToString().lower():
            found.add("else")
        return found


@pytest.fixture(scope="module")
def service() -> Iterator[CheckService]:
    with serving() as service:
        yield service


def answer_to(service: CheckService, fields: Mapping[str, str]) -> Answered:
    response = CheckResponse.FromString(service.check(message(fields), ()))
    assert not response.HasField("error_response")
    options = response.ok_response.response_headers_to_add or response.denied_response.headers
    return Answered(response, {option.header.key: option.header.value for option in options})


def accepted_places(fields: Mapping[str, str], answered: Answered) -> set[str]:
    """Where the request's own words may stand, given that they are the words accepted."""
    places = set()
    cors: Any = answered.response.dynamic_metadata.fields["cors"].struct_value.fields
    origin = answered.headers.get("access-control-allow-origin")
    preflight_allowed = (cors["verdict"].string_value, cors["kind"].string_value) == (
        "allow",
        "preflight",
    )
    if origin == fields.get("origin") and (origin or "").endswith(f"{MARK}.shop.example.com"):
        places.add("access-control-allow-origin")
    method = fields.get("access-control-request-method", "")
    if preflight_allowed and method and set(method) <= TOKEN_CHARACTERS:
        places.add("access-control-allow-methods")
    names = fields.get("access-control-request-headers", "").replace(" ", "").replace(",", "")
    if preflight_allowed and set(names) <= TOKEN_CHARACTERS:
        places.add("access-control-allow-headers")
    request_id = fields.get("x-request-id", "")
    if request_id and set(request_id) <= REQUEST_ID_CHARACTERS:
        places.add("body")
    return places


WELCOME = {
    "host": "api.example.com",
    "path": "/invoices",
    "method": "OPTIONS",
    "scheme": "https",
    "protocol": "HTTP/2",
    "origin": f"https://{MARK}.shop.example.com",
    "access-control-request-method": "PUT",
    "x-request-id": f"id-{MARK}",
}


@given(FIELDS)
@example(WELCOME)
@example({**WELCOME, "access-control-request-headers": f"x-{MARK}"})
@example({**WELCOME, "access-control-request-method": f"x{MARK}"})
@example({**WELCOME, "origin": f"https://{MARK}.evil.net"})
@example({**WELCOME, "host": "all.example.com", "origin": f"https://{MARK}.evil.net"})
@example({**WELCOME, GROUP_EXTENSION: MARK})
def test_nothing_comes_back_that_was_not_accepted(
    service: CheckService, fields: Mapping[str, str]
) -> None:
    answered = answer_to(service, fields)
    assert answered.marked() <= accepted_places(fields, answered)


def test_an_accepted_origin_does_come_back(service: CheckService) -> None:
    """Or else the test above would prove nothing."""
    assert answer_to(service, WELCOME).marked() == {"access-control-allow-origin"}


def test_an_accepted_request_id_does_come_back_in_a_denial(service: CheckService) -> None:
    denied = answer_to(service, {**WELCOME, "access-control-request-method": "DELETE"})
    assert denied.marked() == {"body"}
