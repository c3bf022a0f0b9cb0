"""Policy sets of any size, in files as several ConfigMaps projected into one folder hold them."""

from collections.abc import Iterator

_POLICIES_PER_FILE = 1000

_POLICY = """\
- name: policy-{index}
  description: Pages of shop {index}
  tags: {{env: prod, team: team-{team}}}
  allowedHttpProtocols: [HTTP/1.1, HTTP/2, HTTP/3]
  allowedMethods: [GET, POST, PUT]
  allowedOrigins:
  - https://shop-{index}.example.com
  - https://*.shop-{index}.example.org
  - '~https://pr-[0-9]+\\.shop-{index}\\.example\\.net'
  allowedHeaders: [authorization, content-type]
  maxAge: {max_age}
  allowCredentials: false
"""

_GROUP = """\
- name: group-{index}
  tags: {{team: team-{team}}}
  hosts: [api-{index}.example.com]
  paths: [/orders]
  policies: [policy-{index}]
"""


def origin_of(index: int) -> str:
    """An origin that policy ``index`` accepts, and no other does."""
    return f"https://shop-{index}.example.com"


def host_of(index: int) -> str:
    """A host of the group of policy ``index``."""
    return f"api-{index}.example.com"


def many_policies(count: int, *, max_age_s: int = 900) -> dict[str, str]:
    """Files with ``count`` policies, each with a group of its own; ``max_age_s`` of all."""
    return dict(_files(count, max_age_s))


def _files(count: int, max_age_s: int) -> Iterator[tuple[str, str]]:
    for first in range(0, count, _POLICIES_PER_FILE):
        indices = range(first, min(count, first + _POLICIES_PER_FILE))
        policies = [_POLICY.format(index=i, team=i % 10, max_age=max_age_s) for i in indices]
        groups = [_GROUP.format(index=i, team=i % 10) for i in indices]
        text = "policies:\n" + "".join(policies) + "apiGroups:\n" + "".join(groups)
        yield f"policies-{first:06}.yaml", text
