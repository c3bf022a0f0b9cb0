"""Policy sets of the reference's strategies as the plain data that commands are given."""

from typing import Any

from cors_authz.config.spec import DecisionLogShares, GroupSpec, PolicySpec, SetSpec, SettingsSpec
from cors_authz.policy.terms import Evaluation, HttpProtocol, Mode, SameOrigin, Unmatched

Document = dict[str, Any]


def as_spec(document: Document) -> SetSpec:
    """The set; only fields that matter to Envoy's configuration are taken over."""
    settings = SettingsSpec(
        Unmatched(document["settings"]["unmatched"]),
        Evaluation.FIRST_MATCH,
        DecisionLogShares(1.0, 1.0),
    )
    policies = tuple(_policy(policy) for policy in document["policies"])
    groups = tuple(_group(group) for group in document["apiGroups"])
    return SetSpec("0" * 64, settings, policies, groups)


def _policy(document: Document) -> PolicySpec:
    return PolicySpec(
        name=document["name"],
        description="",
        tags={},
        allowed_http_protocols=(HttpProtocol.HTTP_1_1,),
        allowed_methods=None,
        allowed_origins=None,
        require_origin_header=document.get("requireOriginHeader", False),
        allowed_headers=(),
        exposed_headers=(),
        max_age=900,
        allow_credentials=False,
        mode=Mode(document.get("mode", "enforce")),
        acknowledge=(),
    )


def _group(document: Document) -> GroupSpec:
    return GroupSpec(
        name=document["name"],
        description="",
        tags={},
        hosts=_entries(document, "hosts"),
        paths=_entries(document, "paths"),
        policies=tuple(document["policies"]),
        evaluation=None,
        same_origin=SameOrigin.ALLOW,
    )


def _entries(document: Document, key: str) -> tuple[str, ...] | None:
    return tuple(document[key]) if key in document else None
