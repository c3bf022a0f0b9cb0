"""From sources to the policies, groups and settings that they hold: pure, all faults at once."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from cors_authz.config.decode import decode
from cors_authz.config.document import (
    Document,
    GroupDocument,
    PolicyDocument,
    SettingsDocument,
)
from cors_authz.config.excerpt import Excerpt
from cors_authz.config.fault import Fault
from cors_authz.config.finding import Finding
from cors_authz.config.manifest import is_manifest, unwrap
from cors_authz.config.node import MappingNode, Node, ScalarNode, SequenceNode, position
from cors_authz.config.parse import parse
from cors_authz.config.rule import RuleId
from cors_authz.config.scalar import Unread
from cors_authz.config.shape import shape
from cors_authz.config.source import Source
from cors_authz.config.trial_document import TrialDocument
from cors_authz.config.written import Written

_MAX_UNWRAPPED = 2
"""A file may be a manifest; a manifest may hold a file that is one. No more."""

_SECTIONS = frozenset({"policies", "apiGroups", "settings", "tests"})
"""The keys of a document whose values are typed one by one."""

Model = TypeVar("Model", PolicyDocument, GroupDocument, SettingsDocument, TrialDocument)
Owner = Written[PolicyDocument] | Written[GroupDocument]


@dataclass(slots=True)
class Reading:
    """Everything that the sources hold."""

    policies: list[Written[PolicyDocument]] = field(default_factory=list)
    groups: list[Written[GroupDocument]] = field(default_factory=list)
    settings: list[Written[SettingsDocument]] = field(default_factory=list)
    tests: list[Written[TrialDocument]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Texts that could not be read, or not to their end."""
    entries_lost: bool = False
    """Whether something stands where a document, a policy or a group should."""


def read_documents(sources: Iterable[Source]) -> Reading:
    """Read all documents of all sources; whatever is wrong with them is a finding."""
    reading = Reading()
    for source in sources:
        decoded = decode(Excerpt(source.name, ""), source.content)
        if isinstance(decoded, Finding):
            reading.findings.append(decoded)
            reading.unread.append(source.content.decode(errors="replace"))
        else:
            _read_text(decoded, reading, _MAX_UNWRAPPED)
    return reading


def _read_text(excerpt: Excerpt, reading: Reading, unwraps: int) -> None:
    parsed = parse(excerpt)
    if parsed.unread:
        reading.unread.append(parsed.unread)
    owners: list[Owner] = []
    for root in parsed.roots:
        if isinstance(root, ScalarNode) and root.value in (Unread.NULL, Unread.REFUSED):
            continue
        if not isinstance(root, MappingNode):
            _lose(root, "a document", excerpt, reading)
        elif is_manifest(root):
            _read_manifest(root, excerpt, reading, unwraps)
        else:
            owners += _read_document(root, excerpt, reading)
    reading.findings += _attribute(parsed.faults, excerpt, owners)


def _attribute(faults: Iterable[Fault], excerpt: Excerpt, owners: list[Owner]) -> Iterator[Finding]:
    """Let the parser's faults name the policy or group that they stand in."""
    owners.sort(key=lambda owner: owner.start)
    starts = [owner.start for owner in owners]
    for fault in faults:
        index = bisect_right(starts, fault.at) - 1
        if index >= 0 and fault.at < owners[index].node.end:
            yield from owners[index].finding(fault.rule, fault.at, fault.message, fault.fix)
        else:
            yield excerpt.finding(fault.rule, fault.at, fault.message, fault.fix)


def _read_manifest(root: MappingNode, excerpt: Excerpt, reading: Reading, unwraps: int) -> None:
    if unwraps == 0:
        reading.findings.append(
            excerpt.finding(
                RuleId.NESTING_TOO_DEEP,
                position(root),
                "a ConfigMap in a ConfigMap in a ConfigMap is not read",
                "write the policies here",
            )
        )
        return
    unwrapped = unwrap(root, excerpt)
    reading.findings += unwrapped.findings
    if unwrapped.findings:
        reading.unread.append(excerpt.content)
    for inner in unwrapped.excerpts:
        _read_text(inner, reading, unwraps - 1)


def _read_document(root: MappingNode, excerpt: Excerpt, reading: Reading) -> list[Owner]:
    shaped = shape(Document, root, without=_SECTIONS)
    for fault in shaped.faults:
        reading.findings.append(excerpt.finding(fault.rule, fault.at, fault.message, fault.fix))
    policies = [
        written
        for node in _items("policies", root, excerpt, reading)
        for written in _read_item(PolicyDocument, node, "a policy", excerpt, reading)
    ]
    groups = [
        written
        for node in _items("apiGroups", root, excerpt, reading)
        for written in _read_item(GroupDocument, node, "an API group", excerpt, reading)
    ]
    reading.policies += policies
    reading.groups += groups
    settings = root.value("settings")
    if settings is not None:
        reading.settings += _read_item(SettingsDocument, settings, "settings", excerpt, reading)
    for node in _items("tests", root, excerpt, reading):
        reading.tests += _read_item(TrialDocument, node, "a test", excerpt, reading)
    return [*policies, *groups]


def _items(key: str, root: MappingNode, excerpt: Excerpt, reading: Reading) -> tuple[Node, ...]:
    node = root.value(key)
    if isinstance(node, SequenceNode):
        return node.items
    if node is not None and not _refused(node):
        reading.entries_lost = True
        reading.findings.append(
            excerpt.finding(
                RuleId.TYPE_WRONG,
                position(node),
                f"{key} must be a list",
                "write each entry after a dash, or remove the key",
            )
        )
    return ()


def _read_item(
    model: type[Model], node: Node, what: str, excerpt: Excerpt, reading: Reading
) -> list[Written[Model]]:
    if not isinstance(node, MappingNode):
        if not _refused(node):
            _lose(node, what, excerpt, reading)
        return []
    shaped = shape(model, node)
    written = Written(shaped.document, node, excerpt, shaped.broken)
    for fault in shaped.faults:
        reading.findings += written.finding(fault.rule, fault.at, fault.message, fault.fix)
    return [written]


def _refused(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is Unread.REFUSED


def _lose(node: Node, what: str, excerpt: Excerpt, reading: Reading) -> None:
    reading.entries_lost = True
    reading.findings.append(
        excerpt.finding(
            RuleId.TYPE_WRONG,
            position(node),
            f"{what} must be a mapping of keys to values",
            "write keys and values: each key, a colon, its value",
        )
    )
