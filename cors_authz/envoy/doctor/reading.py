"""From a file's bytes to the node of its root; what fields mean is known elsewhere."""

import json
from typing import cast

from cors_authz.config.decode import decode
from cors_authz.config.excerpt import Excerpt, Position
from cors_authz.config.finding import Finding
from cors_authz.envoy.doctor.node import Node
from cors_authz.envoy.doctor.unreadable import UnreadableError
from cors_authz.envoy.doctor.yaml_text import MAX_DEPTH, MAX_VALUES, Json, Positions, read_yaml

MAX_BYTES = 64 << 20
"""A dump of ten thousand routes has some 20 MiB."""

MAX_YAML_BYTES = 16 << 20
"""YAML is written by hand or by a template; it costs fifty times as much to read as JSON."""


def read_root(content: bytes) -> Node:
    """Read JSON or YAML.

    Raises:
        UnreadableError: It is neither, or larger or nested deeper than any configuration.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableError(f"it has more than {MAX_BYTES >> 20} MiB")
    if not content.strip():
        raise UnreadableError("it is empty")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        parsed = _read_json(content)
        if parsed is not None:
            return Node(parsed, "", Positions())
    if len(content) > MAX_YAML_BYTES:
        raise UnreadableError(
            f"it is no JSON, and as YAML has more than {MAX_YAML_BYTES >> 20} MiB"
        )
    decoded = decode(Excerpt("", ""), content)
    if isinstance(decoded, Finding):
        raise UnreadableError(decoded.message, Position(decoded.line, decoded.column))
    root, positions = read_yaml(decoded.content)
    return Node(root, "", positions)


def _read_json(content: bytes) -> Json:
    """``None`` where it is no JSON: what begins with a brace may be YAML yet."""
    if sum(map(content.count, (b"{", b"[", b","))) > MAX_VALUES:
        raise UnreadableError(f"it holds more than {MAX_VALUES} values")
    try:
        parsed = cast("Json", json.loads(content))
    except RecursionError as error:
        raise UnreadableError("values are nested too deep") from error
    except (ValueError, UnicodeDecodeError):
        return None
    if _is_deeper_than(parsed, MAX_DEPTH):
        raise UnreadableError(f"values are nested more than {MAX_DEPTH} deep")
    return parsed


def _is_deeper_than(root: Json, limit: int) -> bool:
    level: list[Json] = [root]
    for _ in range(limit + 1):
        inner: list[Json] = []
        for value in level:
            if isinstance(value, dict):
                inner += [v for v in value.values() if isinstance(v, dict | list)]
            elif isinstance(value, list):
                inner += [v for v in value if isinstance(v, dict | list)]
        if not inner:
            return False
        level = inner
    return True
