"""ConfigMap manifests: their ``data`` and ``binaryData`` are read as the files they become."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from cors_authz.config.decode import decode
from cors_authz.config.excerpt import Excerpt, Position
from cors_authz.config.finding import Finding
from cors_authz.config.nearest import nearest
from cors_authz.config.node import MappingNode, Node, ScalarNode, SequenceNode, position
from cors_authz.config.rule import RuleId
from cors_authz.config.scalar import Unread
from cors_authz.config.source import is_document_name
from cors_authz.config.syntax_fault import split_lines

_LISTS = ("List", "ConfigMapList")


@dataclass(slots=True)
class Unwrapped:
    """The texts that a manifest holds, and what is wrong with it."""

    excerpts: list[Excerpt] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def is_manifest(root: MappingNode) -> bool:
    """Whether a document is a Kubernetes object."""
    return root.key("kind") is not None


def unwrap(root: MappingNode, excerpt: Excerpt) -> Unwrapped:
    """Take the policy files out of a ConfigMap, or out of a list of them.

    Keys that would be no policy file in a mounted folder are left out, as they are there.
    """
    unwrapped = Unwrapped()
    for config_map in _config_maps(root, excerpt, unwrapped):
        for section in ("data", "binaryData"):
            values = config_map.value(section)
            if isinstance(values, MappingNode):
                _read_section(section, values, excerpt, unwrapped)
            elif values is not None and not _is_null(values):
                unwrapped.findings.append(
                    excerpt.finding(
                        RuleId.TYPE_WRONG,
                        position(values),
                        f"{section} must be a mapping of file names to contents",
                        f"write a file name, a colon and | below {section}",
                    )
                )
    return unwrapped


def _config_maps(
    root: MappingNode, excerpt: Excerpt, unwrapped: Unwrapped
) -> Iterator[MappingNode]:
    kind = root.value("kind")
    name = kind.text if isinstance(kind, ScalarNode) else ""
    items = root.value("items")
    if name == "ConfigMap":
        yield root
    elif name in _LISTS and isinstance(items, SequenceNode):
        for item in items.items:
            if isinstance(item, MappingNode) and _is_config_map(item):
                yield item
            else:
                unwrapped.findings.append(_unknown_kind(item, "", excerpt))
    else:
        unwrapped.findings.append(_unknown_kind(kind or root, name, excerpt))


def _is_config_map(node: MappingNode) -> bool:
    kind = node.value("kind")
    return isinstance(kind, ScalarNode) and kind.text == "ConfigMap"


def _unknown_kind(node: Node, name: str, excerpt: Excerpt) -> Finding:
    meant = nearest(name, ("ConfigMap", *_LISTS))
    return excerpt.finding(
        RuleId.KIND_UNKNOWN,
        position(node),
        "this Kubernetes object is no ConfigMap",
        f"write {meant}" if meant and meant != name else "leave it out of the policy files",
    )


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is Unread.NULL


def _read_section(
    section: str, values: MappingNode, excerpt: Excerpt, unwrapped: Unwrapped
) -> None:
    lines = split_lines(excerpt.content)
    for name, value in values.pairs:
        if not is_document_name(name.text):
            continue
        if not isinstance(value, ScalarNode) or not isinstance(value.value, str):
            unwrapped.findings.append(
                excerpt.finding(
                    RuleId.TYPE_WRONG,
                    position(value),
                    f"{name.text} must be the text of a file",
                    f"write | after {name.text}: and the file below it, indented",
                )
            )
            continue
        read = (_read_binary if section == "binaryData" else _read_text)(
            excerpt, name, value, lines
        )
        if isinstance(read, Finding):
            unwrapped.findings.append(read)
        else:
            unwrapped.excerpts.append(read)


def _read_text(
    excerpt: Excerpt, name: ScalarNode, value: ScalarNode, lines: list[str]
) -> Excerpt | Finding:
    indent = _indent(value, lines) if value.literal else None
    if indent is None or excerpt.pinned is not None:
        inner = _pinned(excerpt, name)
    else:
        inner = Excerpt(
            excerpt.file,
            "",
            name.text,
            line_offset=excerpt.line_offset + value.line,
            column_offset=excerpt.column_offset + indent,
        )
    return decode(inner, value.text.encode(errors="surrogatepass"))


def _read_binary(
    excerpt: Excerpt, name: ScalarNode, value: ScalarNode, _lines: list[str]
) -> Excerpt | Finding:
    inner = _pinned(excerpt, name)
    try:
        content = base64.b64decode("".join(value.text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        return excerpt.finding(
            RuleId.BASE64_INVALID,
            position(value),
            f"{name.text} is not base64: {error}",
            f"write the file below data, as {name.text}: |",
        )
    return decode(inner, content)


def _pinned(excerpt: Excerpt, name: ScalarNode) -> Excerpt:
    at = Position(name.line, name.column)
    return Excerpt(excerpt.file, "", name.text, pinned=excerpt.place(at))


def _indent(value: ScalarNode, lines: list[str]) -> int | None:
    """By how many blanks a ``|`` block is indented; ``None`` if its lines are not found."""
    for offset, inner in enumerate(split_lines(value.text)):
        if inner.strip():
            index = value.line + offset
            raw = lines[index] if index < len(lines) else ""
            return len(raw) - len(inner) if raw.endswith(inner) else None
    return 0
