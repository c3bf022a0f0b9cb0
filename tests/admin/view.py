"""A server to be looked at, in any state."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cors_authz.config.load import load_sources
from cors_authz.config.source import Source
from cors_authz.config.status import PolicyStatus, Reload
from cors_authz.observability.worker_status import WorkerState, WorkerStatus

POLICIES = """\
policies:
- name: storefront
  description: The shop
  tags: {env: prod}
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
  allowedMethods: [GET, PUT]
  allowedOrigins: [https://shop.example.com]
- name: partner
  tags: {env: test}
  allowedHttpProtocols: [HTTP/2]
  allowedOrigins: [https://partner.example.com]
apiGroups:
- name: orders
  tags: {team: orders}
  hosts: [api.example.com]
  paths: [/orders]
  policies: [partner, storefront]
- name: carts
  tags: {team: web}
  hosts: [api.example.com]
  paths: [/carts]
  policies: [storefront]
"""


@dataclass
class CountedNothing:
    """What workers reported."""

    lines: Sequence[Mapping[str, Any]] = ()

    def metrics_text(self) -> bytes:
        return b"# nothing\n"

    def recent_decisions(self) -> Sequence[Mapping[str, Any]]:
        return self.lines


@dataclass
class StandIn:
    """A server whose every fact the test sets."""

    policies: PolicyStatus | None
    draining: bool = False
    workers: tuple[WorkerStatus, ...] = (
        WorkerStatus(0, "127.0.0.1:9191", WorkerState.SERVING, pid=7, port=9191),
    )
    watcher_heartbeat_at_s: float = field(default_factory=time.time)
    watcher_silence_s: float = 0.5
    gathered: CountedNothing = field(default_factory=CountedNothing)


def policies_in_force(text: str = POLICIES, *, last_succeeded: bool = True) -> PolicyStatus:
    """The status after a set was put in force; or after a later change was refused."""
    result = load_sources([Source("set.yaml", text.encode())], place="set")
    assert result.spec is not None, result.findings
    bad = load_sources([Source("set.yaml", b"policies: [{name: shop}]\n")], place="set")
    findings = () if last_succeeded else bad.findings
    reload = Reload(last_succeeded, 1_795_000_000.0, 0.1, "abc", findings)
    return PolicyStatus(result.spec, 1_795_000_000.0, result.findings, reload)
