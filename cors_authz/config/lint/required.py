"""``requireOriginHeader``."""

from collections.abc import Iterator

from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId


def check_required_origin(draft: Draft) -> Iterator[Finding]:
    """Browsers send no Origin with same-origin GET and HEAD (Fetch standard 3.2)."""
    for policy in draft.policies:
        if policy.written.document.require_origin_header:
            yield from policy.written.finding(
                RuleId.REQUIRE_ORIGIN_BROWSER,
                policy.written.at("requireOriginHeader"),
                "browsers send no Origin with same-origin GETs, links and images, so that "
                "these are denied",
                "remove it, or acknowledge this if no page of the same origin calls the API",
            )
