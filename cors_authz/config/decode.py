"""From bytes to a text that a YAML reader can take: UTF-8 without forbidden characters."""

import re
from dataclasses import replace

from cors_authz.config.excerpt import Excerpt, Position
from cors_authz.config.finding import Finding
from cors_authz.config.rule import RuleId
from cors_authz.config.syntax_fault import split_lines

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is not printable to YAML (YAML 1.1, 5.1)."""

_UTF8_MARK = b"\xef\xbb\xbf"


def decode(excerpt: Excerpt, content: bytes) -> Excerpt | Finding:
    """Fill ``excerpt`` with the text of ``content``, or tell why it is none."""
    content = content.removeprefix(_UTF8_MARK)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        return excerpt.finding(
            RuleId.ENCODING_INVALID,
            _end_of(before),
            f"byte 0x{content[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
        )
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        return excerpt.finding(
            RuleId.CHARACTER_INVALID,
            _end_of(text[: forbidden.start()]),
            f"the character U+{ord(forbidden[0]):04X} must not stand in YAML",
            "remove it",
        )
    return replace(excerpt, content=text)


def _end_of(text: str) -> Position:
    lines = split_lines(text)
    return Position(len(lines), len(lines[-1]) + 1)
