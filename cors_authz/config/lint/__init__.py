"""The checks of design section 6: functions from a draft to findings, a file per subject.

A check sees the whole draft, good policies and bad, and never raises. What it needs that
is broken in a policy it leaves out: that is a finding already. To add one, write a
function, enter it in :data:`CHECKS`, and its rule in :mod:`cors_authz.config.rule`.
"""

from collections.abc import Callable, Iterator

from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding
from cors_authz.config.lint.acknowledgements import check_acknowledgements
from cors_authz.config.lint.credentials import (
    check_any_origin_with_credentials,
    check_expose_wildcard_with_credentials,
)
from cors_authz.config.lint.groups import (
    check_groups_not_empty,
    check_policies_once,
    check_policies_used,
)
from cors_authz.config.lint.headers import (
    check_authorization_with_wildcard,
    check_headers,
    check_wildcards_alone,
)
from cors_authz.config.lint.limits import check_pattern_counts
from cors_authz.config.lint.methods import check_method_case, check_methods
from cors_authz.config.lint.names import (
    check_names_distinct,
    check_names_known,
    check_names_printable,
)
from cors_authz.config.lint.order import check_order
from cors_authz.config.lint.origins import (
    check_insecure_origins,
    check_null_origin,
    check_wildcard_origins,
)
from cors_authz.config.lint.regexes import check_regexes
from cors_authz.config.lint.required import check_required_origin
from cors_authz.config.lint.routes import check_conflicts, check_hosts, check_paths
from cors_authz.config.lint.sets import check_set_not_empty, check_settings_once

Check = Callable[[Draft], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    check_acknowledgements,
    check_any_origin_with_credentials,
    check_expose_wildcard_with_credentials,
    check_null_origin,
    check_insecure_origins,
    check_wildcard_origins,
    check_regexes,
    check_required_origin,
    check_headers,
    check_authorization_with_wildcard,
    check_wildcards_alone,
    check_methods,
    check_method_case,
    check_names_distinct,
    check_names_known,
    check_names_printable,
    check_conflicts,
    check_hosts,
    check_paths,
    check_groups_not_empty,
    check_policies_once,
    check_policies_used,
    check_order,
    check_pattern_counts,
    check_set_not_empty,
    check_settings_once,
)
