"""Policy sets of the sizes and kinds that are compared, as files."""

from dataclasses import dataclass
from pathlib import Path

from tests.bench.requests import ORIGIN

EXACT_ORIGINS = (ORIGIN,)
WILDCARD_ORIGINS = ("https://*.example.com",)
REGEX_ORIGINS = (r"~https://shop[0-9]*\.example\.com",)


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a policy set is, and what its policies are like."""

    groups: int = 10
    """Each with a host of its own, the same policies, and the path that is asked for."""
    policies: int = 1
    """Of each group; the last is the one that accepts the origin."""
    origins: tuple[str, ...] = EXACT_ORIGINS
    is_logged: bool = True


def write_set(shape: Shape, folder: Path) -> Path:
    """Write a policy set to a new folder, and return it."""
    folder.mkdir()
    (folder / "set.yaml").write_text(as_yaml(shape))
    return folder


def as_yaml(shape: Shape) -> str:
    """The policy set as text."""
    share = float(shape.is_logged)
    names = [f"policy-{number}" for number in range(shape.policies)]
    lines = [f"settings: {{decisionLog: {{allowed: {share}, denied: {share}}}}}", "policies:"]
    for name in names[:-1]:
        lines += _policy(name, (f"https://{name}.example.org",))
    lines += _policy(names[-1], shape.origins)
    lines.append("apiGroups:")
    for number in range(shape.groups):
        lines.append(f"- name: group-{number}")
        lines.append(f"  hosts: [api-{number if shape.groups > 1 else 7}.example.com]")
        lines.append("  paths: [/orders]")
        lines.append(f"  policies: [{', '.join(names)}]")
    return "\n".join(lines) + "\n"


def _policy(name: str, origins: tuple[str, ...]) -> list[str]:
    return [
        f"- name: {name}",
        "  allowedHttpProtocols: [HTTP/1.1, HTTP/2]",
        "  allowedMethods: [GET, POST, PUT]",
        f"  allowedOrigins: [{', '.join(map(repr, origins))}]",
        "  allowedHeaders: [authorization, content-type]",
        "  allowCredentials: true",
    ]
