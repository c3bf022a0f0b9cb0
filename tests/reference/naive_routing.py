"""From host and path to the API group, by scanning lists (design section 3).

Part of the naive reference: nothing of the product may be imported here.
"""

import ipaddress
import re
import string
from collections.abc import Iterator
from itertools import product
from typing import Any

Document = dict[str, Any]
UNRESERVED = string.ascii_letters + string.digits + "-._~"
SLASH_SPELLINGS = ("%2F", "%5C", "\\")


def is_ipv6(text: str) -> bool:
    """Whether a text is an IPv6 address without brackets or zone."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def is_name(text: str) -> bool:
    """Whether a text is a host name that DNS could hold, a trailing dot included."""
    labels = text.removesuffix(".").split(".")
    return len(text) <= 254 and all(
        re.fullmatch(r"[a-z0-9_-]{1,63}", label, re.ASCII) for label in labels
    )


def parse_host(text: str) -> tuple[str, str | None] | None:
    """A host header as lower-case host and port, or nothing if it is no ``host[:port]``."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(:(.*))?", text, re.ASCII | re.DOTALL)
    if match is None:
        return None
    host, port = match[1].lower(), match[3]
    if port is not None and (
        not re.fullmatch(r"0|[1-9][0-9]{0,4}", port, re.ASCII) or int(port) > 65535
    ):
        return None
    if host.startswith("["):
        return (host, port) if is_ipv6(host[1:-1]) else None
    return (host, port) if text.isascii() and is_name(host) else None


def decoded(path: str) -> str:
    """A path whose escaped unreserved characters are written out, the rest in upper case.

    An escaped separator that decoding brings about is in upper case too.
    """
    written = ""
    while path:
        digits = path[1:3]
        if path[0] == "%" and len(digits) == 2 and all(d in string.hexdigits for d in digits):
            character = chr(int(digits, 16))
            written += character if character in UNRESERVED else path[:3].upper()
            path = path[3:]
        else:
            written += path[0]
            path = path[1:]
    for separator in ("%2f", "%5c"):
        written = written.replace(separator, separator.upper())
    return written


def resolved(path: str) -> str:
    """A path without ``.``, ``..`` and empty segments."""
    if not path.startswith("/"):
        return path
    segments = path[1:].split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment not in (".", ""):
            kept.append(segment)
    ends_open = segments[-1] in ("", ".", "..")
    return "/" + "/".join(kept) + ("/" if ends_open and kept else "")


def readings(target: str) -> list[str]:
    """Every way in which somebody further on may read the path; the plain one first.

    They may resolve the dots before or after they take something for a slash.
    """
    sent = decoded(re.split(r"[?#]", target)[0])
    plain = resolved(sent)
    found = [plain]
    for path in (plain, sent):
        for chosen in product((False, True), repeat=len(SLASH_SPELLINGS)):
            spelt = path
            for spelling, read_as_slash in zip(SLASH_SPELLINGS, chosen, strict=True):
                if read_as_slash:
                    spelt = spelt.replace(spelling, "/")
            found.append(resolved(spelt))
            without_parameters = "/".join(segment.split(";")[0] for segment in spelt.split("/"))
            found.append(resolved(without_parameters))
    return found


def candidate_groups(document: Document, host: str | None, target: str) -> list[Document | None]:
    """The groups that some reading of the path selects; that of the plain reading first."""
    found: list[Document | None] = []
    for path in readings(target):
        group = find_group(document, host, path)
        if group not in found:
            found.append(group)
    return found


def find_group(document: Document, host: str | None, path: str) -> Document | None:
    """The group of a host (``None``: one that cannot be parsed) and a normal path."""
    for level in host_levels(document, host):
        group = claimant(document, level, path)
        if group is not None:
            return group
    return None


def host_levels(document: Document, host: str | None) -> list[str | None]:
    """The host entries that fit, the most specific first; ``None`` is every host."""
    entries: set[str] = {e for g in document["apiGroups"] for e in g.get("hosts") or []}
    fitting: list[str | None] = []
    if host is not None:
        bare = host.removesuffix(".")
        fitting += [entry for entry in entries if entry == bare]
        wildcards = [e for e in entries if e.startswith("*.") and bare.endswith(e[1:])]
        below = [entry for entry in wildcards if bare != entry[1:]]
        below.sort(key=len, reverse=True)
        fitting += below
    return [*fitting, None]


def entries_of(group: Document, key: str) -> list[str | None]:
    """A group's hosts or paths; ``None`` stands for every one."""
    listed = group.get(key)
    return [None] if listed is None else list(listed)


def entries_at(document: Document, level: str | None) -> Iterator[tuple[Document, str | None]]:
    """Every (group, path entry) claimed for a host entry, in the order of the documents."""
    for group in document["apiGroups"]:
        if level in entries_of(group, "hosts"):
            for entry in entries_of(group, "paths"):
                yield group, entry


def claimant(document: Document, level: str | None, path: str) -> Document | None:
    """The group that claims a path on one host entry: exact, regex, prefix, then any path."""
    entries = list(entries_at(document, level))
    for group, entry in entries:
        if entry is not None and entry.startswith("=") and entry[1:] == path:
            return group
    for group, entry in entries:
        if entry is not None and entry.startswith("~") and re.fullmatch(entry[1:], path):
            return group
    prefixes = [(e, g) for g, e in entries if e is not None and e.startswith("/")]
    for entry, group in sorted(prefixes, key=lambda pair: len(pair[0]), reverse=True):
        if path == entry or path.startswith(entry.removesuffix("/") + "/"):
            return group
    for group, entry in entries:
        if entry is None:
            return group
    return None


def conflicts(document: Document) -> bool:
    """Whether two groups claim the same host and path."""
    groups = document["apiGroups"]
    claims = [
        {(host, path) for host in entries_of(g, "hosts") for path in entries_of(g, "paths")}
        for g in groups
    ]
    return any(claims[one] & claims[two] for one in range(len(groups)) for two in range(one))
