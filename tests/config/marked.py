"""Policy files in which ``▶`` marks where a finding is expected to point."""

from typing import NamedTuple

from cors_authz.config.finding import Finding, Level
from cors_authz.config.load import load_sources
from cors_authz.config.result import LoadResult
from cors_authz.config.source import Source

MARK = "▶"


class Told(NamedTuple):
    """What a test compares of a finding."""

    rule: str
    line: int
    column: int


def load_text(text: str, name: str = "set.yaml") -> LoadResult:
    return load_sources([Source(name, text.encode())], place="folder")


def errors(result: LoadResult) -> list[Finding]:
    """What refuses the set; sets as small as here earn warnings too, policy-unused for one."""
    return [finding for finding in result.findings if finding.level is Level.ERROR]


def told(result: LoadResult) -> list[Told]:
    return [Told(finding.id, finding.line, finding.column) for finding in errors(result)]


def unmark(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and the positions that they stood at."""
    positions: list[tuple[int, int]] = []
    parts = text.split(MARK)
    seen = ""
    for part in parts[:-1]:
        seen += part
        line_start = seen.rfind("\n") + 1
        positions.append((seen.count("\n") + 1, len(seen) - line_start + 1))
    return "".join(parts), positions


def policy_with(field: str) -> str:
    """A valid set but for one line of its policy."""
    return f"""\
policies:
- name: storefront
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
  {field}
apiGroups:
- name: orders
  policies: [storefront]
"""


def group_with(field: str) -> str:
    """A valid set but for one line of its group."""
    return f"""\
policies:
- name: storefront
  allowedHttpProtocols: [HTTP/1.1, HTTP/2]
apiGroups:
- name: orders
  policies: [storefront]
  {field}
"""
