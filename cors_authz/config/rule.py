"""Every rule that a policy set is held to: one table of ids, severities and summaries.

Whoever adds a check adds its rule here first; ``docs/lint.md`` documents each. The checks
themselves live elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from cors_authz.config.finding import Level


class RuleId(StrEnum):
    """The ids of all rules; those of design section 6 first, then those of form alone."""

    ANY_ORIGIN_WITH_CREDENTIALS = "any-origin-with-credentials"
    NULL_ORIGIN = "null-origin"
    ORIGIN_SYNTAX = "origin-syntax"
    INSECURE_ORIGIN = "insecure-origin"
    PUBLIC_SUFFIX = "public-suffix"
    REGEX_INVALID = "regex-invalid"
    REGEX_HOSTILE_MATCH = "regex-hostile-match"
    REGEX_NEVER_MATCHES = "regex-never-matches"
    REGEX_LOOSE = "regex-loose"
    ALL_SUBDOMAINS_WITH_CREDENTIALS = "all-subdomains-with-credentials"
    METHOD_INVALID = "method-invalid"
    METHOD_CASE = "method-case"
    HEADER_INVALID = "header-invalid"
    WILDCARD_MIXED = "wildcard-mixed"
    HEADERS_WILDCARD_AUTHORIZATION = "headers-wildcard-authorization"
    HOST_SYNTAX = "host-syntax"
    PATH_SYNTAX = "path-syntax"
    EXPOSE_WILDCARD_WITH_CREDENTIALS = "expose-wildcard-with-credentials"
    MAX_AGE_RANGE = "max-age-range"
    PROTOCOL_UNKNOWN = "protocol-unknown"
    REQUIRE_ORIGIN_BROWSER = "require-origin-browser"
    NAME_DUPLICATE = "name-duplicate"
    NAME_UNKNOWN = "name-unknown"
    GROUP_EMPTY = "group-empty"
    POLICY_REPEATED = "policy-repeated"
    POLICY_UNUSED = "policy-unused"
    SET_EMPTY = "set-empty"
    GROUP_CONFLICT = "group-conflict"
    POLICY_UNREACHABLE = "policy-unreachable"
    POLICIES_DISJOINT = "policies-disjoint"
    WEBSOCKET_ANY_ORIGIN = "websocket-any-origin"

    FILE_UNREADABLE = "file-unreadable"
    FILE_TOO_LARGE = "file-too-large"
    ENCODING_INVALID = "encoding-invalid"
    CHARACTER_INVALID = "character-invalid"
    BASE64_INVALID = "base64-invalid"
    YAML_SYNTAX = "yaml-syntax"
    YAML_UNSUPPORTED = "yaml-unsupported"
    NESTING_TOO_DEEP = "nesting-too-deep"
    KIND_UNKNOWN = "kind-unknown"
    KEY_UNKNOWN = "key-unknown"
    KEY_DUPLICATE = "key-duplicate"
    KEY_MISSING = "key-missing"
    TYPE_WRONG = "type-wrong"
    VALUE_UNKNOWN = "value-unknown"
    VALUE_RANGE = "value-range"
    NAME_INVALID = "name-invalid"
    VERSION_UNKNOWN = "version-unknown"
    SETTINGS_TWICE = "settings-twice"
    ACKNOWLEDGE_INVALID = "acknowledge-invalid"
    TEST_INVALID = "test-invalid"


class Severity(StrEnum):
    """What a rule's finding does to the set, and whether ``acknowledge`` accepts it."""

    ERROR = "E"
    """Refuses the set, always."""
    DANGER = "E!"
    """Refuses the set unless acknowledged."""
    DANGER_WITH_CREDENTIALS = "E! with credentials, else W"
    WARNING = "W"
    """Warns unless acknowledged."""
    CONSENT = "consent"
    """Finds nothing; acknowledging it permits what is refused otherwise."""

    def level(self, *, credentials: bool, acknowledged: bool) -> Level | None:
        """The level of a finding in a policy; ``None`` where its danger is accepted."""
        if self is Severity.ERROR:
            return Level.ERROR
        if acknowledged or self is Severity.CONSENT:
            return None
        danger = self is Severity.DANGER or (
            self is Severity.DANGER_WITH_CREDENTIALS and credentials
        )
        return Level.ERROR if danger else Level.WARNING


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: how severe it is, and what it finds, in one sentence."""

    severity: Severity
    summary: str


_E, _W = Severity.ERROR, Severity.WARNING

RULES: Mapping[RuleId, Rule] = MappingProxyType(
    {
        RuleId.ANY_ORIGIN_WITH_CREDENTIALS: Rule(
            _E, "Every site, or arbitrary sites, may send requests with credentials."
        ),
        RuleId.NULL_ORIGIN: Rule(
            Severity.DANGER_WITH_CREDENTIALS,
            "The origin null, which any sandboxed frame can send, is accepted.",
        ),
        RuleId.ORIGIN_SYNTAX: Rule(_E, "An entry is no origin as browsers spell it."),
        RuleId.INSECURE_ORIGIN: Rule(
            Severity.DANGER_WITH_CREDENTIALS, "An origin without TLS is accepted."
        ),
        RuleId.PUBLIC_SUFFIX: Rule(
            Severity.DANGER_WITH_CREDENTIALS,
            "A wildcard or regex spans domains that different people own.",
        ),
        RuleId.REGEX_INVALID: Rule(_E, "A regex does not compile as RE2, or is too long."),
        RuleId.REGEX_HOSTILE_MATCH: Rule(
            Severity.DANGER, "A regex accepts an origin that an attacker can register."
        ),
        RuleId.REGEX_NEVER_MATCHES: Rule(_W, "A regex can match no serialised origin."),
        RuleId.REGEX_LOOSE: Rule(_W, "A regex has an unescaped dot, or .* or .+ in the host."),
        RuleId.ALL_SUBDOMAINS_WITH_CREDENTIALS: Rule(
            _W, "All subdomains are trusted with credentials; one takeover is enough."
        ),
        RuleId.METHOD_INVALID: Rule(_E, "An entry is no method that a page can use."),
        RuleId.METHOD_CASE: Rule(_W, "A standard method is spelled in lower case."),
        RuleId.HEADER_INVALID: Rule(
            _E, "An entry is no header name, or one that CORS cannot allow or expose."
        ),
        RuleId.WILDCARD_MIXED: Rule(_W, "* stands beside entries that it covers."),
        RuleId.HEADERS_WILDCARD_AUTHORIZATION: Rule(_W, "* does not cover Authorization."),
        RuleId.HOST_SYNTAX: Rule(_E, "An entry is no host in normal form."),
        RuleId.PATH_SYNTAX: Rule(_E, "An entry is no path in normal form."),
        RuleId.EXPOSE_WILDCARD_WITH_CREDENTIALS: Rule(
            _E, "With credentials browsers take * in exposedHeaders literally."
        ),
        RuleId.MAX_AGE_RANGE: Rule(_E, "maxAge is below 0 or above 86400 seconds."),
        RuleId.PROTOCOL_UNKNOWN: Rule(
            _E, "allowedHttpProtocols is empty, or names a version that does not exist."
        ),
        RuleId.REQUIRE_ORIGIN_BROWSER: Rule(
            _W, "Origin is required, but browsers send none with same-origin GETs."
        ),
        RuleId.NAME_DUPLICATE: Rule(_E, "Two policies or two groups have the same name."),
        RuleId.NAME_UNKNOWN: Rule(_E, "A group names a policy that does not exist."),
        RuleId.GROUP_EMPTY: Rule(_W, "A group has no policies."),
        RuleId.POLICY_REPEATED: Rule(_W, "A group names a policy twice."),
        RuleId.POLICY_UNUSED: Rule(_W, "No group names the policy."),
        RuleId.SET_EMPTY: Rule(_E, "There is no API group at all."),
        RuleId.GROUP_CONFLICT: Rule(_E, "Two groups claim the same host and path."),
        RuleId.POLICY_UNREACHABLE: Rule(
            _W, "An earlier policy of the group accepts every origin of this one."
        ),
        RuleId.POLICIES_DISJOINT: Rule(_E, "No request can ever pass all policies of the group."),
        RuleId.WEBSOCKET_ANY_ORIGIN: Rule(
            Severity.CONSENT,
            "Handshakes are accepted although the policy accepts every origin.",
        ),
        RuleId.FILE_UNREADABLE: Rule(_E, "A file or folder cannot be read."),
        RuleId.FILE_TOO_LARGE: Rule(_E, "A file has more bytes or values than can be loaded."),
        RuleId.ENCODING_INVALID: Rule(_E, "A file is not UTF-8."),
        RuleId.CHARACTER_INVALID: Rule(_E, "A file holds a character that YAML forbids."),
        RuleId.BASE64_INVALID: Rule(_E, "A value of binaryData is not base64."),
        RuleId.YAML_SYNTAX: Rule(_E, "A file is no YAML or JSON."),
        RuleId.YAML_UNSUPPORTED: Rule(_E, "An alias, a tag or a key that is no text is used."),
        RuleId.NESTING_TOO_DEEP: Rule(_E, "Values are nested deeper than any document needs."),
        RuleId.KIND_UNKNOWN: Rule(_E, "A manifest is neither ConfigMap nor List."),
        RuleId.KEY_UNKNOWN: Rule(_E, "A key is none that stands here."),
        RuleId.KEY_DUPLICATE: Rule(_E, "A key stands twice in one mapping."),
        RuleId.KEY_MISSING: Rule(_E, "A required key is missing."),
        RuleId.TYPE_WRONG: Rule(_E, "A value is of another type than its key takes."),
        RuleId.VALUE_UNKNOWN: Rule(_E, "A value is none of those its key takes."),
        RuleId.VALUE_RANGE: Rule(_E, "A number is out of its range, or there are too many."),
        RuleId.NAME_INVALID: Rule(_E, "A name is empty, too long, or not printable."),
        RuleId.VERSION_UNKNOWN: Rule(_E, "The version of the documents is not 1."),
        RuleId.SETTINGS_TWICE: Rule(_E, "settings stands in more than one place."),
        RuleId.ACKNOWLEDGE_INVALID: Rule(
            _E, "acknowledge names no rule, or one whose findings cannot be accepted."
        ),
        RuleId.TEST_INVALID: Rule(_E, "A test's request is none, or the test expects nothing."),
    }
)
