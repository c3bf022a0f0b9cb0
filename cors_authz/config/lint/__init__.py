"""The checks of design section 6: functions from a draft to findings, a file per subject.

A check sees the whole draft, good policies and bad, and never raises. What it needs that
is broken in a policy it leaves out: that is a finding already. To add one, write a
function, enter it in :data:`CHECKS`, and its rule in :mod:`cors_authz.config.rule`.
"""

from collections.abc import Callable, Iterator

from cors_authz.config.draft import Draft
from cors_authz.config.finding import Finding

Check = Callable[[Draft], Iterator[Finding]]

CHECKS: tuple[Check, ...] = ()
