"""``curl`` commands as browsers' developer tools copy them, read as requests.

Nothing is run and nothing is expanded. What only changes how curl works is left out;
what is not known is refused, as it could be anything.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cors_authz.policy.explain.inquiry import InquiryError
from cors_authz.policy.terms import HttpProtocol

MAX_COMMAND_LENGTH = 262_144
"""A body of a quarter of a megabyte is more than anybody pastes into a shell."""

_QUOTED = re.compile(
    r"'[^']*'"
    r'|"(?:[^"\\]|\\.)*"'
    r"|\\(?P<newline>\r?\n)|\\."
    r"|\$'(?P<ansi>(?:[^'\\]|\\.)*)'",
    re.DOTALL,
)
_ANSI_ESCAPE = re.compile(
    r"\\(?:x(?P<x>[0-9A-Fa-f]{1,2})|u(?P<u>[0-9A-Fa-f]{1,4})|U(?P<U>[0-9A-Fa-f]{1,8})"
    r"|(?P<octal>[0-7]{1,3})|(?P<other>.))",
    re.DOTALL,
)
_ANSI = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}
_ENDS = frozenset({";", "|", "||", "&", "&&", ">", "<"})

_PROTOCOLS: Mapping[str, HttpProtocol] = {
    "--http1.0": HttpProtocol.HTTP_1_0,
    "-0": HttpProtocol.HTTP_1_0,
    "--http1.1": HttpProtocol.HTTP_1_1,
    "--http2": HttpProtocol.HTTP_2,
    "--http2-prior-knowledge": HttpProtocol.HTTP_2,
    "--http3": HttpProtocol.HTTP_3,
    "--http3-only": HttpProtocol.HTTP_3,
}
_SWITCHES = frozenset(
    {
        "--compressed",
        "--fail",
        "--globoff",
        "--include",
        "--insecure",
        "--location",
        "--path-as-is",
        "--show-error",
        "--silent",
        "--verbose",
    }
)
_SWITCH_LETTERS = frozenset("kLsSvigfNq#46")
_WITH_VALUE: Mapping[str, str] = {
    **dict.fromkeys(("-X", "--request"), "method"),
    **dict.fromkeys(("-H", "--header"), "header"),
    **dict.fromkeys(("-b", "--cookie"), "cookie"),
    **dict.fromkeys(("-u", "--user", "--oauth2-bearer"), "authorization"),
    **dict.fromkeys(("-T", "--upload-file"), "upload"),
    **dict.fromkeys(("-F", "--form", "--form-string"), "form"),
    **dict.fromkeys(("-d", "--data", "--data-raw", "--data-binary"), "data"),
    **dict.fromkeys(("--data-ascii", "--data-urlencode"), "data"),
    "--json": "json",
    "--url": "url",
    **dict.fromkeys(("-A", "--user-agent", "-e", "--referer", "-o", "--output"), "unused"),
    **dict.fromkeys(("-m", "--max-time", "--connect-timeout", "-x", "--proxy"), "unused"),
    **dict.fromkeys(("--resolve", "--connect-to", "--cacert", "--cert", "-E"), "unused"),
    **dict.fromkeys(("--key", "-w", "--write-out", "--retry", "-c", "--cookie-jar"), "unused"),
}

_SET_BY_BROWSERS = frozenset(
    {
        "alt-used",
        "cache-control",
        "if-modified-since",
        "if-none-match",
        "pragma",
        "priority",
        "upgrade-insecure-requests",
        "user-agent",
    }
)
"""Names that developer tools list although hardly any script set them."""

_DATA_TYPES = {
    "data": "application/x-www-form-urlencoded",
    "form": "multipart/form-data",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class CurlCommand:
    """The request that a command makes."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    """Without those that browsers add by themselves; values may be secrets."""
    protocol: HttpProtocol | None


@dataclass(slots=True)
class _Parts:
    urls: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    protocol: HttpProtocol | None = None
    body: str = ""
    get: bool = False
    head: bool = False


def parse_curl(command: str) -> CurlCommand:
    """Understand a command in the syntax of a POSIX shell.

    Raises:
        InquiryError: It is no curl command, or has an option that is not known here.
    """
    words = _split(command)
    if not words or words[0].rpartition("/")[2] != "curl":
        raise InquiryError("this is no curl command", "paste what 'Copy as cURL' gave")
    parts = _Parts()
    rest = iter(words[1:])
    for word in rest:
        if word in _ENDS:
            break
        _take(word, rest, parts)
    if len(parts.urls) != 1:
        raise InquiryError(
            f"the command has {len(parts.urls) or 'no'} URLs", "paste a command with one URL"
        )
    names = {name.lower() for name, _ in parts.headers}
    if parts.body in _DATA_TYPES and "content-type" not in names:
        parts.headers.append(("content-type", _DATA_TYPES[parts.body]))
    return CurlCommand(
        url=parts.urls[0],
        method=parts.methods[-1] if parts.methods else _default_method(parts),
        headers=tuple(h for h in parts.headers if h[0].lower() not in _SET_BY_BROWSERS),
        protocol=parts.protocol,
    )


def _split(command: str) -> list[str]:
    if len(command) > MAX_COMMAND_LENGTH:
        raise InquiryError(
            f"the command has more than {MAX_COMMAND_LENGTH} characters", "leave its body out"
        )
    try:
        words = shlex.split(_QUOTED.sub(_as_posix, command))
    except ValueError as error:
        raise InquiryError(
            "a quote of the command is not closed",
            "paste all of it, in quotes, as 'Copy as cURL (bash)' gave it",
        ) from error
    return [word for word in words if word.strip()]


def _as_posix(match: re.Match[str]) -> str:
    """Rewrite what :mod:`shlex` does not know: ``$'…'`` and continued lines."""
    if match["newline"]:
        return ""
    if match["ansi"] is None:
        return match[0]
    text = _ANSI_ESCAPE.sub(_unescape, match["ansi"])
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return shlex.quote(joined)


def _unescape(match: re.Match[str]) -> str:
    digits = match["x"] or match["u"] or match["U"]
    if digits or match["octal"]:
        number = int(digits, 16) if digits else int(match["octal"], 8)
        return chr(number) if number < 0x110000 else "\ufffd"
    return _ANSI.get(match["other"], match["other"])


def _take(word: str, rest: Iterator[str], parts: _Parts) -> None:
    if word.startswith("-") and not word.startswith("--") and len(word) > 1:
        _take_letters(word, rest, parts)
    elif word in _PROTOCOLS:
        parts.protocol = _PROTOCOLS[word]
    elif word == "--get":
        parts.get = True
    elif word == "--head":
        parts.head = True
    elif word in _WITH_VALUE:
        _take_value(_WITH_VALUE[word], _value(word, rest), parts)
    elif not word.startswith("-"):
        parts.urls.append(word)
    elif word not in _SWITCHES:
        raise _unknown(word)


def _take_letters(word: str, rest: Iterator[str], parts: _Parts) -> None:
    """Take ``-X PUT``, ``-XPUT`` and ``-sSL``."""
    for index, letter in enumerate(word[1:], start=1):
        option = f"-{letter}"
        if option in _WITH_VALUE:
            value = word[index + 1 :] or _value(option, rest)
            _take_value(_WITH_VALUE[option], value, parts)
            return
        if option in _PROTOCOLS:
            parts.protocol = _PROTOCOLS[option]
        elif letter == "G":
            parts.get = True
        elif letter == "I":
            parts.head = True
        elif letter not in _SWITCH_LETTERS:
            raise _unknown(option)


def _value(option: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise InquiryError(f"{option} has no value", "paste the whole command")
    return value


def _unknown(option: str) -> InquiryError:
    """Name the option, but nothing that may be a secret joined to it."""
    name = re.match(r"-{1,2}[A-Za-z0-9-]{0,32}", option, re.ASCII)
    return InquiryError(
        f"the option {name[0] if name else ''} is not known here",
        "leave out what does not change the request",
    )


def _take_value(what: str, value: str, parts: _Parts) -> None:
    match what:
        case "method":
            parts.methods.append(value)
        case "url":
            parts.urls.append(value)
        case "header":
            name, _, text = value.partition(":")
            parts.headers.append((name.rstrip("; "), text.strip()))
        case "cookie" | "authorization":
            parts.headers.append((what, ""))
        case "upload" | "form" | "data" | "json":
            parts.body = what


def _default_method(parts: _Parts) -> str:
    if parts.head:
        return "HEAD"
    if parts.get or not parts.body:
        return "GET"
    return "PUT" if parts.body == "upload" else "POST"
