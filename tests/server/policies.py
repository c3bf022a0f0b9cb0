"""A small policy set, for tests that are about something else."""

from pathlib import Path

from tests.support.checks import preflight

HOST, ORIGIN = "api.example.com", "https://shop.example.com"
PREFLIGHT = preflight(HOST, ORIGIN)

_SET = """\
policies:
- name: shop
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
  allowedMethods: [PUT]
  allowedOrigins: [https://shop.example.com]
apiGroups:
- {name: orders, hosts: [api.example.com], policies: [shop]}
"""


def write_policies(folder: Path) -> Path:
    """Write the set into a folder below ``folder``, and return it."""
    policies = folder / "policies"
    policies.mkdir()
    (policies / "set.yaml").write_text(_SET)
    return policies
