"""Sets of one policy, and what lint says of them."""

import json
from collections.abc import Sequence
from typing import Any

from cors_authz.config.finding import Finding
from cors_authz.config.load import load_sources
from cors_authz.config.source import Source


def findings_of(origins: Sequence[str] | None, **fields: Any) -> tuple[Finding, ...]:
    """The findings of a set whose one policy has these origins and fields."""
    policy = {"name": "p", "allowedHttpProtocols": ["HTTP/2"], **fields}
    if origins is not None:
        policy["allowedOrigins"] = list(origins)
    data = {"policies": [policy], "apiGroups": [{"name": "g", "policies": ["p"]}]}
    source = Source("set.json", json.dumps(data).encode())
    return load_sources([source], place="folder").findings
