"""Everything that can be found, with how grave it is; what it means stands in the documentation."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """What a finding says of the configuration."""

    ERROR = "error"
    """Requests get through that must not, or pages lose what they were granted."""
    WARNING = "warning"
    """So it is under some load, failure or request."""
    NOTE = "note"
    """Something that could not be judged from the file."""


class RuleId(StrEnum):
    """The ids of findings, as users see them."""

    CONFIGURATION_UNREADABLE = "configuration-unreadable"
    EXT_AUTHZ_MISSING = "ext-authz-missing"
    EXT_AUTHZ_OVER_HTTP = "ext-authz-over-http"
    EXT_AUTHZ_NOT_FIRST = "ext-authz-not-first"
    EARLIER_REFUSALS_BARE = "earlier-refusals-bare"
    EXT_AUTHZ_DISABLED = "ext-authz-disabled"
    EXT_AUTHZ_PARTIAL = "ext-authz-partial"
    EXT_AUTHZ_SHADOWED = "ext-authz-shadowed"
    UPGRADE_UNCHECKED = "upgrade-unchecked"
    PER_ROUTE_NAME_UNKNOWN = "per-route-name-unknown"
    CONTEXT_EXTENSION_UNKNOWN = "context-extension-unknown"
    GROUP_UNKNOWN = "group-unknown"
    NATIVE_CORS_POLICY = "native-cors-policy"
    HEADERS_MUTATED = "headers-mutated"
    ORIGIN_REMOVED = "origin-removed"
    ORIGIN_HIDDEN = "origin-hidden"
    PREFLIGHT_HEADERS_HIDDEN = "preflight-headers-hidden"
    FETCH_METADATA_HIDDEN = "fetch-metadata-hidden"
    UPGRADE_HIDDEN = "upgrade-hidden"
    FAILURE_MODE_ALLOW = "failure-mode-allow"
    MUTATIONS_UNVALIDATED = "mutations-unvalidated"
    STATUS_ON_ERROR_MISSING = "status-on-error-missing"
    BODY_BUFFERED = "body-buffered"
    LOCAL_REPLY_REWRITTEN = "local-reply-rewritten"
    GOOGLE_GRPC = "google-grpc"
    RETRIES_MISSING = "retries-missing"
    RETRIES_MISPLACED = "retries-misplaced"
    RETRIES_BLIND = "retries-blind"
    RETRIES_LATE = "retries-late"
    RETRIES_SAME_HOST = "retries-same-host"
    RETRIES_STARVED = "retries-starved"
    TIMEOUT_SHORT = "timeout-short"
    TIMEOUT_UNBOUNDED = "timeout-unbounded"
    CLUSTER_HTTP1 = "cluster-http1"
    HEALTH_CHECKS_MISSING = "health-checks-missing"
    WORKERS_UNREACHED = "workers-unreached"
    OPTIONS_LOST = "options-lost"
    CATCH_ALL_MISSING = "catch-all-missing"
    UPSTREAM_CORS_EXPOSED = "upstream-cors-exposed"
    ORIGIN_SKIPPED = "origin-skipped"
    REQUIRED_ORIGIN_SKIPPED = "required-origin-skipped"
    VARY_MISSING = "vary-missing"
    PATH_NOT_NORMALISED = "path-not-normalised"
    SLASHES_UNMERGED = "slashes-unmerged"
    ESCAPED_SLASHES_KEPT = "escaped-slashes-kept"
    REMOTE_ADDRESS_UNUSED = "remote-address-unused"
    WEBSOCKET_REFUSED = "websocket-refused"
    ROUTES_UNSEEN = "routes-unseen"
    CLUSTER_UNSEEN = "cluster-unseen"
    FILTER_UNREAD = "filter-unread"
    GROUPS_UNREAD = "groups-unread"
    MATCHER_UNREAD = "matcher-unread"


_NOTES = frozenset(
    {
        RuleId.ROUTES_UNSEEN,
        RuleId.CLUSTER_UNSEEN,
        RuleId.FILTER_UNREAD,
        RuleId.GROUPS_UNREAD,
        RuleId.MATCHER_UNREAD,
    }
)
_ERRORS = frozenset(
    {
        RuleId.EXT_AUTHZ_MISSING,
        RuleId.EXT_AUTHZ_NOT_FIRST,
        RuleId.EXT_AUTHZ_OVER_HTTP,
        RuleId.EXT_AUTHZ_PARTIAL,
        RuleId.EXT_AUTHZ_SHADOWED,
        RuleId.UPGRADE_UNCHECKED,
        RuleId.PER_ROUTE_NAME_UNKNOWN,
        RuleId.CONTEXT_EXTENSION_UNKNOWN,
        RuleId.GROUP_UNKNOWN,
        RuleId.NATIVE_CORS_POLICY,
        RuleId.HEADERS_MUTATED,
        RuleId.ORIGIN_REMOVED,
        RuleId.ORIGIN_HIDDEN,
        RuleId.ORIGIN_SKIPPED,
        RuleId.REQUIRED_ORIGIN_SKIPPED,
        RuleId.CONFIGURATION_UNREADABLE,
        RuleId.PREFLIGHT_HEADERS_HIDDEN,
        RuleId.FAILURE_MODE_ALLOW,
        RuleId.LOCAL_REPLY_REWRITTEN,
        RuleId.CLUSTER_HTTP1,
        RuleId.OPTIONS_LOST,
        RuleId.UPSTREAM_CORS_EXPOSED,
    }
)

_SEVERITIES: Mapping[RuleId, Severity] = MappingProxyType(
    {
        **dict.fromkeys(RuleId, Severity.WARNING),
        **dict.fromkeys(_ERRORS, Severity.ERROR),
        **dict.fromkeys(_NOTES, Severity.NOTE),
    }
)


def severity_of(rule: RuleId) -> Severity:
    """How grave a finding is."""
    return _SEVERITIES[rule]
