"""The failure matrix: what goes wrong, and what clients see with each setting of Envoy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SERVED = "as decided"
UNAVAILABLE = "503"
FORBIDDEN = "403, empty"
OPEN = "passes, no grant"
SOME_UNAVAILABLE = "as decided, some 503"
SOME_FORBIDDEN = "as decided, some 403, empty"
SOME_OPEN = "as decided, some pass, no grant"

_TIMEOUT = {"envoy_grpc": {"cluster_name": "cors_authz"}, "timeout": "0.4s"}
_RETRIES = {
    **_TIMEOUT,
    "retry_policy": {
        "retry_on": "connect-failure,refused-stream,unavailable,cancelled,reset",
        "num_retries": 3,
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
        "host_selection_retry_max_attempts": 5,
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.retry.host."
                    "previous_hosts.v3.PreviousHostsPredicate"
                },
            }
        ],
    },
}

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "recommended": {"grpc_service": _RETRIES},
    "without retries": {"grpc_service": _TIMEOUT},
    "without `status_on_error`": {
        "grpc_service": _RETRIES,
        "status_on_error": {"code": "Forbidden"},
    },
    "`failure_mode_allow: true`": {"grpc_service": _RETRIES, "failure_mode_allow": True},
}
"""By the head of its column, what differs in Envoy's filter.

403 is what Envoy answers where ``status_on_error`` is left out.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One failure, and what clients see by setting, in the order of :data:`SETTINGS`."""

    failure: str
    cells: tuple[str, str, str, str]


_GONE = (UNAVAILABLE, UNAVAILABLE, FORBIDDEN, OPEN)
_UNHARMED = (SERVED,) * 4

DOWN = Row("sidecar down", _GONE)
SLOW = Row("slow: no answer within the timeout", _GONE)
OVERLOADED = Row("overloaded", (SOME_UNAVAILABLE, SOME_UNAVAILABLE, SOME_FORBIDDEN, SOME_OPEN))
KILLED = Row("killed, the whole server", _GONE)
OUT_OF_MEMORY = Row(
    "out of memory: one worker of several killed",
    (SERVED, SOME_UNAVAILABLE, SERVED, SERVED),
)
NO_DESCRIPTORS_OPEN = Row("out of file descriptors, Envoy connected before", _UNHARMED)
NO_DESCRIPTORS_NEW = Row("out of file descriptors, Envoy connects anew", _GONE)
FULL_DISK = Row("full disk below the log", _UNHARMED)
BLOCKED_LOG = Row("blocked log: nobody reads the pipe", _UNHARMED)
BAD_POLICY = Row("bad policy set while running", _UNHARMED)
CLOCK_JUMP = Row("clock jump, a day ahead or back", _UNHARMED)
ENVOY_RESTARTS = Row("Envoy restarts", _UNHARMED)

ROWS = (
    DOWN,
    SLOW,
    OVERLOADED,
    KILLED,
    OUT_OF_MEMORY,
    NO_DESCRIPTORS_OPEN,
    NO_DESCRIPTORS_NEW,
    FULL_DISK,
    BLOCKED_LOG,
    BAD_POLICY,
    CLOCK_JUMP,
    ENVOY_RESTARTS,
)
