"""Configuration as text: JSON for programs, and YAML with the reasons for people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from cors_authz.config.excerpt import printable
from cors_authz.config.parse import LOADER
from cors_authz.config.scalar import resolve_plain

Json = dict[str, Any]

_FIRST_KEYS = ("@type", "name")
_MAX_FLOW_LENGTH = 72
_INDICATORS = frozenset("@*%&!|>`")
"""What a plain text cannot begin with (YAML 1.2 5.3), of what our texts do."""


def plain(message: Any) -> Json:  # noqa: ANN401 - messages have no type in common that is typed
    """A message as the JSON of protocol buffers, its fields named as in their definition."""
    found: Json = message.to_dict(casing=str)
    return found


def as_json(document: Json) -> str:
    """One document as JSON."""
    return json.dumps(_arranged(document), indent=2)


def as_yaml(
    documents: Sequence[Json],
    *,
    head: Sequence[str] = (),
    comments: Mapping[str, str] | None = None,
) -> str:
    """Documents as YAML.

    Args:
        documents: Plain data.
        head: Comments that stand before everything.
        comments: By a key, the lines that stand before its first appearance.
    """
    text = yaml.dump_all(
        [_arranged(document) for document in documents],
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=float("inf"),
        explicit_start=len(documents) > 1,
    )
    lines = text.split("\n")
    lines.pop()
    for number, comment in sorted(_placed(text, comments or {}), reverse=True):
        line = lines[number]
        indent = line[: len(line) - len(line.lstrip())]
        lines[number:number] = _commented(comment, indent)
    return "\n".join([line for each in head for line in _commented(each)] + lines)


def _commented(comment: str, indent: str = "") -> list[str]:
    """Lines of comment; names in them come from policy sets, and stay in them."""
    return [f"{indent}# {printable(line)}" for line in comment.splitlines()]


def _arranged(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same with what says what a thing is first."""
    if isinstance(value, list):
        return [_arranged(each) for each in value]
    if not isinstance(value, dict):
        return value
    first = [key for key in _FIRST_KEYS if key in value]
    keys = [*first, *(key for key in value if key not in first)]
    return {key: _arranged(value[key]) for key in keys}


def _placed(text: str, comments: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The number of the line in which each commented key stands first."""
    left = dict(comments)
    for node in yaml.compose_all(text, Loader=LOADER):
        for key in _keys(node):
            comment = left.pop(key.value, None)
            if comment is not None:
                yield key.start_mark.line, comment


def _keys(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """All keys below a node, in the order of the text."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield from _keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _keys(each)


class _Dumper(yaml.SafeDumper):
    """Writes what is short in one line, as people do, and never an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML asks so
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        """Quotes double, unless a backslash would have to be doubled for nothing.

        Quoted is also what another reader takes for a number or boolean: Envoy's reads ``n`` as
        *no*, and that of Kubernetes ``1e3`` as a thousand.
        """
        quoted = data[:1] in _INDICATORS and "\\" not in data
        quoted = quoted or resolve_plain(data) != data
        style = '"' if quoted or not data.isprintable() else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)

    def represent_list(self, data: Any) -> yaml.SequenceNode:  # noqa: ANN401 - PyYAML's
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_is_short(data))

    def represent_dict(self, data: Any) -> yaml.MappingNode:  # noqa: ANN401 - PyYAML's
        return self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=_is_short(data))


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(list, _Dumper.represent_list)
_Dumper.add_representer(dict, _Dumper.represent_dict)


def _is_short(value: Json | list[Any]) -> bool:
    """Whether a collection fits into a line and is simple enough to be read there."""
    if len(json.dumps(value)) > _MAX_FLOW_LENGTH:
        return False
    if isinstance(value, list):
        return not any(isinstance(each, dict | list) for each in value)
    nested = [each for each in value.values() if isinstance(each, dict | list) and each]
    if not nested:
        return True
    return len(value) == 1 and all(isinstance(each, dict) and _is_short(each) for each in nested)
