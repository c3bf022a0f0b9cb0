"""The documents as they are written: the field list of design section 2.

Only shapes and defaults; whatever needs more than one field, or knowledge of CORS, is
checked in :mod:`cors_authz.config.lint`. Descriptions and bounds also make the JSON Schema
that editors use. A further kind of document is a further field of :class:`Document`.
"""

from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from cors_authz.config.form import FORM
from cors_authz.config.trial_document import TrialDocument
from cors_authz.policy.policy import DEFAULT_MAX_AGE_S
from cors_authz.policy.terms import Evaluation, HttpProtocol, Mode, SameOrigin, Unmatched

MAX_MAX_AGE_S = 86400
"""A day: what Firefox caps the cache of preflights at, the most of any browser."""

MAX_NAME_LENGTH = 128
"""Names are metric labels and log fields."""

_Version = Annotated[int, Field(ge=1, le=1), WithJsonSchema({"type": "integer", "const": 1})]
_Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_OptionalTexts = Annotated[
    tuple[str, ...] | None, WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
_OptionalEvaluation = Annotated[
    Annotated[Evaluation, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [choice.value for choice in Evaluation]}),
]
_Protocol = Annotated[HttpProtocol, Field(strict=False)]


class DecisionLogDocument(BaseModel):
    """``settings.decisionLog``."""

    model_config = FORM

    allowed: _Share = Field(
        default=1.0, description="Share of allowed requests that are logged, 0 to 1."
    )
    denied: _Share = Field(
        default=1.0, description="Share of denied requests that are logged, 0 to 1."
    )


class SettingsDocument(BaseModel):
    """``settings``: what holds for the whole set."""

    model_config = FORM

    unmatched: Unmatched = Field(
        default=Unmatched.ALLOW,
        strict=False,
        description="What becomes of a request that belongs to no API group: allow or deny.",
    )
    evaluation: Evaluation = Field(
        default=Evaluation.FIRST_MATCH,
        strict=False,
        description="How a group's policies combine where the group does not say: "
        "firstMatch (the first whose origins accept decides) or all (each must allow).",
    )
    decision_log: DecisionLogDocument = Field(
        default_factory=DecisionLogDocument, description="Share of decisions that are logged."
    )


class PolicyDocument(BaseModel):
    """An entry of ``policies``."""

    model_config = FORM

    name: _Name = Field(description="What groups, log and metrics call the policy; unique.")
    description: str = Field(default="", description="What the policy is for, in a sentence.")
    tags: dict[str, str] = Field(
        default_factory=dict,
        description="Labels, which selectors such as env=prod,team!=web filter by.",
    )
    allowed_http_protocols: tuple[_Protocol, ...] = Field(
        min_length=1,
        description="HTTP versions that requests may use: HTTP/1.0, HTTP/1.1, HTTP/2, HTTP/3.",
    )
    allowed_methods: _OptionalTexts = Field(
        default=None, description="Methods that pages may use, in upper case. Unset: all."
    )
    allowed_origins: _OptionalTexts = Field(
        default=None,
        description="Origins whose pages may read responses: https://shop.example.com, a bare "
        "domain (means https), https://*.example.com, http://localhost:*, a regex after ~, "
        "null, or * for all. Unset: all.",
    )
    require_origin_header: bool = Field(
        default=False, description="Whether a request without Origin is rejected."
    )
    allowed_headers: tuple[str, ...] = Field(
        default=(),
        description="Request headers that pages may send besides those that never need asking. "
        'Unset: none; ["*"]: all but authorization.',
    )
    exposed_headers: tuple[str, ...] = Field(
        default=(),
        description="Response headers that pages may read besides those they always may. "
        'Unset: none; ["*"]: all, without credentials only.',
    )
    max_age: int = Field(
        default=DEFAULT_MAX_AGE_S,
        ge=0,
        le=MAX_MAX_AGE_S,
        description="Seconds for which a browser may cache a preflight's answer.",
    )
    allow_credentials: bool = Field(
        default=False, description="Whether pages may send cookies and other credentials."
    )
    mode: Mode = Field(
        default=Mode.ENFORCE,
        strict=False,
        description="enforce denies; headersOnly withholds the CORS headers, so that browsers "
        "block; reportOnly changes nothing and is logged.",
    )
    acknowledge: tuple[str, ...] = Field(
        default=(), description="Ids of lint rules whose danger is accepted for this policy."
    )


class GroupDocument(BaseModel):
    """An entry of ``apiGroups``."""

    model_config = FORM

    name: _Name = Field(description="What routes, log and metrics call the group; unique.")
    description: str = Field(default="", description="What the group is, in a sentence.")
    tags: dict[str, str] = Field(
        default_factory=dict,
        description="Labels, which selectors such as env=prod,team!=web filter by.",
    )
    hosts: _OptionalTexts = Field(
        default=None,
        description="Hosts in lower case, without port; *.example.com takes every subdomain. "
        "Unset: every host. Empty: none, so that only routes which name the group lead to it.",
    )
    paths: _OptionalTexts = Field(
        default=None,
        description="A prefix (/orders), an exact path (=/v1/orders) or a regex "
        "(~/v[0-9]+/orders). Unset: every path. Empty: none.",
    )
    policies: tuple[str, ...] = Field(
        description="Names of policies, in the order in which they are evaluated."
    )
    evaluation: _OptionalEvaluation = Field(
        default=None,
        description="firstMatch or all. Unset: as settings.evaluation says.",
    )
    same_origin: SameOrigin = Field(
        default=SameOrigin.ALLOW,
        strict=False,
        description="allow, or check to hold same-origin requests to the policies too.",
    )


class Document(BaseModel):
    """One YAML document; those of all files together make one policy set."""

    model_config = FORM

    version: _Version = Field(default=1, description="The version of this file format: 1.")
    settings: SettingsDocument = Field(
        default_factory=SettingsDocument,
        description="What holds for the whole set; may stand in one document only.",
    )
    policies: tuple[PolicyDocument, ...] = Field(default=(), description="CORS policies.")
    api_groups: tuple[GroupDocument, ...] = Field(
        default=(), description="API groups: hosts and paths, and the policies that decide there."
    )
    tests: tuple[TrialDocument, ...] = Field(
        default=(),
        description="Requests with what is expected of them, which cors-authz test runs.",
    )
