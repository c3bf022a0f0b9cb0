"""What pydantic found wrong with a document's shape, in words for whoever wrote it."""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic_core import ErrorDetails

from cors_authz.config.fault import Fault
from cors_authz.config.nearest import nearest
from cors_authz.config.node import MappingNode, Node, ScalarNode, SequenceNode, position, walk
from cors_authz.config.rule import RuleId
from cors_authz.config.scalar import Unread

_EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}

_RULES: Mapping[tuple[str, str], RuleId] = {
    ("maxAge", "greater_than_equal"): RuleId.MAX_AGE_RANGE,
    ("maxAge", "less_than_equal"): RuleId.MAX_AGE_RANGE,
    ("allowedHttpProtocols", "enum"): RuleId.PROTOCOL_UNKNOWN,
    ("allowedHttpProtocols", "too_short"): RuleId.PROTOCOL_UNKNOWN,
}
"""Faults of shape that have a rule of their own, by key and pydantic's error type."""

_EXAMPLES: Mapping[str, str] = {
    "name": "name: storefront",
    "allowedHttpProtocols": "allowedHttpProtocols: [HTTP/1.1, HTTP/2, HTTP/3]",
    "policies": "policies: [storefront]",
}

_ALL_IF_UNSET = frozenset({"allowedOrigins", "allowedMethods", "hosts", "paths"})
"""Keys whose absence opens rather than closes."""

_ALSO_CALLED: Mapping[str, str] = {
    "http/2.0": "HTTP/2",
    "http2": "HTTP/2",
    "h2": "HTTP/2",
    "h2c": "HTTP/2",
    "http/3.0": "HTTP/3",
    "http3": "HTTP/3",
    "h3": "HTTP/3",
    "http/1": "HTTP/1.1",
    "http1": "HTTP/1.1",
}
"""Other names of HTTP's versions, which are not nearest to the right ones by spelling."""

_TRUE_WORDS = frozenset({"true", "yes", "on", "y", "1"})
_FALSE_WORDS = frozenset({"false", "no", "off", "n", "0"})


def explain_shape_fault(
    detail: ErrorDetails, root: MappingNode, known: Sequence[str]
) -> Fault | None:
    """Explain one of pydantic's errors; ``None`` where it is reported already.

    Args:
        detail: The error.
        root: The mapping that was typed.
        known: The keys that may stand in the mapping where the error is.
    """
    location, kind = detail["loc"], detail["type"]
    node, _ = walk(root, location)
    if _told_already(kind, node):
        return None
    if kind == "extra_forbidden":
        return _unknown_key(root, location, known)
    where = _where(location)
    if kind == "missing":
        key = str(location[-1])
        message, fix = f"{where} is required", f"add {_EXAMPLES.get(key, key)}"
        return Fault(RuleId.KEY_MISSING, position(node), message, fix)
    return _wrong_value(detail, node, where)


def _told_already(kind: str, node: Node) -> bool:
    """Whether the parser refused the value, or each entry of the list has its own fault."""
    if isinstance(node, ScalarNode):
        return node.value is Unread.REFUSED
    return kind == "too_short" and isinstance(node, SequenceNode) and bool(node.items)


def _wrong_value(detail: ErrorDetails, node: Node, where: str) -> Fault:
    kind = detail["type"]
    if isinstance(node, ScalarNode) and node.value is Unread.NULL:
        fix = "write a value, or remove the key"
        if where in _ALL_IF_UNSET:
            fix = "list its entries; [] is none, and without the key all are taken"
        return Fault(RuleId.TYPE_WRONG, position(node), f"{where} has no value", fix)
    if where == "version":
        return Fault(RuleId.VERSION_UNKNOWN, position(node), "version must be 1", "write 1")
    if kind in _EXPECTED:
        message = f"{where} must be {_EXPECTED[kind]}, but {_what_it_is(node)}"
        return Fault(RuleId.TYPE_WRONG, position(node), message, _type_fix(kind, node))
    return _refused_value(detail, node, where)


def _unknown_key(
    root: MappingNode, location: Sequence[str | int], known: Sequence[str]
) -> Fault | None:
    mapping, _ = walk(root, location[:-1])
    key = str(location[-1])
    node = mapping.key(key) if isinstance(mapping, MappingNode) else None
    meant = nearest(key, known)
    fix = f"write {meant}" if meant else f"the keys here are {', '.join(known)}"
    return Fault(
        RuleId.KEY_UNKNOWN, position(node or mapping), f"there is no key {key!r} here", fix
    )


def _refused_value(detail: ErrorDetails, node: Node, where: str) -> Fault:
    kind = detail["type"]
    context = detail.get("ctx", {})
    text = node.text if isinstance(node, ScalarNode) else "this"
    rule = _RULES.get((str(detail["loc"][0]), kind))
    if kind == "enum":
        return _unknown_value(detail, node, where)
    if kind == "greater_than_equal":
        message, fix = f"{text} is below {context['ge']:g}", f"write {context['ge']:g} or more"
    elif kind == "less_than_equal":
        message, fix = f"{text} is above {context['le']:g}", f"write {context['le']:g} or less"
    elif kind == "string_too_long":
        rule, message, fix = (
            RuleId.NAME_INVALID,
            "it is too long",
            "shorten it to " + (f"{context['max_length']} characters"),
        )
    elif kind == "string_too_short":
        rule, message, fix = RuleId.NAME_INVALID, "it is empty", "write a name"
    else:
        message, fix = "the list is empty", "write at least one entry"
    return Fault(rule or RuleId.VALUE_RANGE, position(node), f"{where}: {message}", fix)


def _unknown_value(detail: ErrorDetails, node: Node, where: str) -> Fault:
    text = node.text if isinstance(node, ScalarNode) else "this"
    rule = _RULES.get((str(detail["loc"][0]), detail["type"]), RuleId.VALUE_UNKNOWN)
    expected = str(detail.get("ctx", {}).get("expected", ""))
    choices = re.findall(r"[^\s',]+(?=')", expected)
    meant = _ALSO_CALLED.get(text.lower()) or nearest(text, choices)
    return Fault(
        rule,
        position(node),
        f"{where}: {text} is none of {', '.join(choices)}",
        f"write {meant}" if meant else f"write one of {', '.join(choices)}",
    )


def _where(location: Sequence[str | int]) -> str:
    """A place in a document in words: ``allowedOrigins, entry 3``."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f", entry {step + 1}"
        elif step != "[key]":
            text += f".{step}" if text else step
    return text


def _what_it_is(node: Node) -> str:
    if isinstance(node, SequenceNode):
        return "this is a list"
    if isinstance(node, MappingNode):
        return "this is a mapping"
    if node.value is Unread.AMBIGUOUS:
        return f"{node.text} without quotes is not text to every reader of YAML"
    if isinstance(node.value, str):
        return f"{node.text!r} is text"
    return f"{node.text} without quotes is {_kind_of_value(node)}"


def _kind_of_value(node: ScalarNode) -> str:
    return "true or false" if isinstance(node.value, bool) else "a number"


def _type_fix(kind: str, node: Node) -> str:
    text = node.text if isinstance(node, ScalarNode) else None
    if kind == "string_type":
        return "write one text" if text is None else f"quote it: {json.dumps(text)}"
    if kind == "bool_type":
        word = (text or "").lower()
        choice = "true" if word in _TRUE_WORDS else "false" if word in _FALSE_WORDS else None
        return f"write {choice}" if choice else "write true or false"
    if kind == "tuple_type":
        return (
            "write each entry in a line of its own, after a dash"
            if text is None
            else f"write [{json.dumps(text)}]"
        )
    if kind in ("dict_type", "model_type"):
        return "write keys and values below it, indented"
    return f"write {_EXPECTED[kind]}, without quotes"
