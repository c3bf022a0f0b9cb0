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
from cors_authz.config.lint.headers import check_headers
from cors_authz.config.lint.methods import check_methods
from cors_authz.config.lint.names import (
    check_names_distinct,
    check_names_known,
    check_names_printable,
)
from cors_authz.config.lint.routes import check_conflicts, check_hosts, check_paths
from cors_authz.config.lint.sets import check_set_not_empty, check_settings_once

Check = Callable[[Draft], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    check_acknowledgements,
    check_any_origin_with_credentials,
    check_expose_wildcard_with_credentials,
    check_headers,
    check_methods,
    check_names_distinct,
    check_names_known,
    check_names_printable,
    check_conflicts,
    check_hosts,
    check_paths,
    check_set_not_empty,
    check_settings_once,
)
