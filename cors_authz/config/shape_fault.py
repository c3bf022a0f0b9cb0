"""What pydantic found wrong with a document's shape, in words for whoever wrote it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from cors_authz.config.nearest import nearest
from cors_authz.config.node import MappingNode, Node, ScalarNode, SequenceNode, walk
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
    ("version", "literal_error"): RuleId.VERSION_UNKNOWN,
}
"""Faults of shape that have a rule of their own, by key and pydantic's error type."""

_EXAMPLES: Mapping[str, str] = {
    "name": "name: storefront",
    "allowedHttpProtocols": "allowedHttpProtocols: [HTTP/1.1, HTTP/2, HTTP/3]",
    "policies": "policies: [storefront]",
}

_TRUE_WORDS = frozenset({"true", "yes", "on", "y", "1"})
_FALSE_WORDS = frozenset({"false", "no", "off", "n", "0"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of shape, at a node."""

    rule: RuleId
    node: Node
    message: str
    fix: str


def explain_shape_fault(
    detail: ErrorDetails, root: MappingNode, known: Sequence[str]
) -> Fault | None:
    """Explain one of pydantic's errors; ``None`` where the parser reported it already.

    Args:
        detail: The error.
        root: The mapping that was typed.
        known: The keys that may stand in the mapping where the error is.
    """
    location, kind = detail["loc"], detail["type"]
    node, _ = walk(root, location)
    if isinstance(node, ScalarNode) and node.value is Unread.REFUSED:
        return None
    if kind == "extra_forbidden":
        return _unknown_key(root, location, known)
    where = _where(location)
    if kind == "missing":
        key = str(location[-1])
        fix = f"add {_EXAMPLES[key]}" if key in _EXAMPLES else f"add {key}"
        return Fault(RuleId.KEY_MISSING, node, f"{where} is required", fix)
    if isinstance(node, ScalarNode) and node.value is Unread.NULL:
        message = f"{where} has no value"
        return Fault(RuleId.TYPE_WRONG, node, message, "write a value, or remove the key")
    if kind in _EXPECTED:
        expected = _EXPECTED[kind]
        message = f"{where} must be {expected}, but {_what_it_is(node)}"
        return Fault(RuleId.TYPE_WRONG, node, message, _type_fix(kind, node))
    return _value_fault(detail, node, where)


def _unknown_key(
    root: MappingNode, location: Sequence[str | int], known: Sequence[str]
) -> Fault | None:
    mapping, _ = walk(root, location[:-1])
    key = str(location[-1])
    node = mapping.key(key) if isinstance(mapping, MappingNode) else None
    meant = nearest(key, known)
    fix = f"write {meant}" if meant else f"the keys here are {', '.join(known)}"
    return Fault(RuleId.KEY_UNKNOWN, node or mapping, f"there is no key {key!r} here", fix)


def _value_fault(detail: ErrorDetails, node: Node, where: str) -> Fault:
    kind = detail["type"]
    context = detail.get("ctx", {})
    text = node.text if isinstance(node, ScalarNode) else "this"
    rule = _RULES.get((str(detail["loc"][0]), kind))
    if kind in ("enum", "literal_error"):
        choices = re.findall(r"[^\s',]+(?=')|^[0-9]+$", str(context.get("expected", "")))
        meant = nearest(text, choices) or (choices[0] if len(choices) == 1 else None)
        return Fault(
            rule or RuleId.VALUE_UNKNOWN,
            node,
            f"{where}: {text!r} is none of {', '.join(choices)}",
            f"write {meant}" if meant else f"write one of {', '.join(choices)}",
        )
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
    return Fault(rule or RuleId.VALUE_RANGE, node, f"{where}: {message}", fix)


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
