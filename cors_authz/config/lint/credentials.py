"""What must not go together with credentials, whatever the origins; regexes are elsewhere."""

from collections.abc import Iterator

from cors_authz.config.compile import WILDCARD
from cors_authz.config.draft import Draft, PolicyDraft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.policy.pattern import AnyOrigin


def check_any_origin_with_credentials(draft: Draft) -> Iterator[Finding]:
    """Whoever may read every answer with the visitor's cookies is the visitor."""
    for policy in draft.policies:
        if policy.written.document.allow_credentials:
            yield from _check_any_origin(policy)


def _check_any_origin(policy: PolicyDraft) -> Iterator[Finding]:
    rule, written = RuleId.ANY_ORIGIN_WITH_CREDENTIALS, policy.written
    fix = "list the origins that need credentials, or set allowCredentials to false"
    if not written.has("allowedOrigins"):
        yield from written.finding(
            rule,
            written.at("allowCredentials"),
            "allowedOrigins is unset, so every site may send requests with credentials",
            fix,
        )
    for entry in policy.origins:
        if isinstance(entry.pattern, AnyOrigin):
            yield from written.finding(
                rule,
                entry.at,
                f"{entry.pattern.text} lets sites that you do not know send requests "
                "with credentials",
                fix,
            )


def check_expose_wildcard_with_credentials(draft: Draft) -> Iterator[Finding]:
    """With credentials ``*`` is the name of a header (Fetch standard 3.2.5, 4.1 step 14)."""
    for policy in draft.policies:
        written = policy.written
        if not written.document.allow_credentials:
            continue
        for entry, at in written.entries("exposedHeaders"):
            if entry == WILDCARD:
                yield from written.finding(
                    RuleId.EXPOSE_WILDCARD_WITH_CREDENTIALS,
                    at,
                    "with credentials browsers take * for the name of a header, "
                    "so that nothing is exposed",
                    "list the headers that pages may read",
                )
