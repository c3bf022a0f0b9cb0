"""YAML's syntax errors in words that help whoever wrote the file."""

import re

import yaml

from cors_authz.config.excerpt import START, Position
from cors_authz.config.fault import Fault
from cors_authz.config.rule import RuleId

_FIXES = (
    ("while scanning an alias", 'put text that starts with * in quotes: "*.example.com"'),
    ("while scanning an anchor", "put text that starts with & in quotes"),
    ("escape code", "write the character itself"),
    ("unknown escape", "write regexes in single quotes, or double every backslash"),
    ("while scanning a quoted scalar", "close the quote"),
    ("while parsing a quoted scalar", "close the quote"),
    ("while parsing a flow sequence", "separate entries with commas and close the bracket ]"),
    ("while parsing a flow mapping", "separate entries with commas and close the brace }"),
    ("mapping values are not allowed", "put text that holds a colon and a blank in quotes"),
    ("while scanning a simple key", "write a colon and a blank after the key"),
    ("while parsing a block mapping", "align the keys of one mapping in one column"),
    ("while parsing a block collection", "align the entries of one list in one column"),
)
_OTHERWISE = "check indentation, quotes and brackets in this line and the one before"
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


def split_lines(text: str) -> list[str]:
    """The lines of a text, as YAML counts them (YAML 1.1, 5.4)."""
    return _LINE_BREAK.split(text)


def explain_syntax_fault(text: str, error: yaml.YAMLError) -> Fault:
    """Tell where YAML stopped understanding, and what may be the matter."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Fault(RuleId.YAML_SYNTAX, START, f"this is no YAML: {error}", _OTHERWISE)
    mark = error.problem_mark or error.context_mark
    at = START if mark is None else Position(mark.line + 1, mark.column + 1)
    problem = error.problem or "it cannot be read"
    if _character(text, at) == "\t":
        return Fault(
            RuleId.YAML_SYNTAX,
            at,
            "a tab stands where YAML allows blanks only",
            "replace it with blanks",
        )
    told = f"{error.context or ''}; {problem}"
    fix = next((fix for sign, fix in _FIXES if sign in told), _OTHERWISE)
    context = f" {error.context}" if error.context else ""
    if error.context_mark is not None and error.context_mark.line + 1 != at.line:
        context += f" that begins in line {error.context_mark.line + 1}"
    return Fault(RuleId.YAML_SYNTAX, at, f"this is no YAML: {problem}{context}", fix)


def _character(text: str, at: Position) -> str:
    lines = split_lines(text)
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    return line[at.column - 1 : at.column]
