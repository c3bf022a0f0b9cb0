"""Entries of ``tests``: requests with what is expected of them, kept beside the policies.

Shapes and defaults only, as in :mod:`cors_authz.config.document`.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from cors_authz.config.form import FORM
from cors_authz.policy.browser import BrowserVerdict
from cors_authz.policy.terms import HttpProtocol, Kind, Reason, Verdict


def _one_of(choices: type[StrEnum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [choice.value for choice in choices]})


_Text = Annotated[str | None, WithJsonSchema({"type": "string"})]
_Protocol = Annotated[Annotated[HttpProtocol, Field(strict=False)] | None, _one_of(HttpProtocol)]
_Verdict = Annotated[Annotated[Verdict, Field(strict=False)] | None, _one_of(Verdict)]
_Kind = Annotated[Annotated[Kind, Field(strict=False)] | None, _one_of(Kind)]
_Reason = Annotated[Annotated[Reason, Field(strict=False)] | None, _one_of(Reason)]
_Browser = Annotated[Annotated[BrowserVerdict, Field(strict=False)] | None, _one_of(BrowserVerdict)]
_Status = Annotated[
    Annotated[int, Field(ge=200, le=599)] | None,
    WithJsonSchema({"type": "integer", "minimum": 200, "maximum": 599}),
]


class RequestDocument(BaseModel):
    """``request`` of a test: a request as a page makes it."""

    model_config = FORM

    url: str = Field(description="Absolute, for example https://api.example.com/orders/1.")
    method: str = Field(default="GET", description="The method, as the page spells it.")
    origin: _Text = Field(
        default=None, description="The origin of the page. Unset: no Origin header."
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers that the page sets, and those that only browsers set, such as "
        'sec-fetch-site. A value that does not matter is "".',
    )
    protocol: _Protocol = Field(
        default=None,
        description="The HTTP version. Unset: HTTP/2 for https, HTTP/1.1 for http.",
    )
    group: _Text = Field(
        default=None, description="The API group that the Envoy route names. Unset: none."
    )
    credentials: bool = Field(
        default=False, description="Whether the page includes credentials such as cookies."
    )
    preflight: bool = Field(
        default=False, description="Judge the preflight before the request, not the request."
    )


class ExpectationDocument(BaseModel):
    """``expect`` of a test: whatever is written must be so, the rest may be as it is."""

    model_config = FORM

    verdict: _Verdict = Field(
        default=None, description="What happens to the request: allow, deny or withhold."
    )
    kind: _Kind = Field(default=None, description="What the request is to CORS.")
    reason: _Reason = Field(default=None, description="Why the verdict is what it is.")
    group: _Text = Field(default=None, description="The API group that the request belongs to.")
    policy: _Text = Field(default=None, description="The policy that decides alone.")
    shadow: _Verdict = Field(
        default=None,
        description="The verdict if reportOnly and headersOnly policies were enforced; "
        "there is one where a policy of the group only reports.",
    )
    status: _Status = Field(
        default=None, description="The status of our own answer, for example 204 or 403."
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers that the response gets from us, with their exact values.",
    )
    absent_headers: tuple[str, ...] = Field(
        default=(), description="Headers that the response does not get from us."
    )
    browser: _Browser = Field(
        default=None,
        description="What becomes of it in the browser, any preflight before it included: "
        "readable, blocked, not_sent, sent, unchecked or upstream.",
    )


class TrialDocument(BaseModel):
    """An entry of ``tests``."""

    model_config = FORM

    name: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="What the test shows, in a sentence."
    )
    request: RequestDocument = Field(description="The request.")
    expect: ExpectationDocument = Field(description="What is expected of it; at least one thing.")
