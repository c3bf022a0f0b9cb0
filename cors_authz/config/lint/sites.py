"""Whose a host is: registrable domains and public suffixes (https://publicsuffix.org)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList

from cors_authz.policy.authority import canonical_ip

_REMEMBERED_HOSTS = 4096
"""The few hosts of one expression are asked for again and again."""

_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_TOP_LEVEL_DOMAIN = re.compile(r"[a-z]+|xn--[a-z0-9-]+", re.ASCII)
"""Letters alone, or an internationalised name (RFC 3696 section 2)."""


@dataclass(frozen=True, slots=True)
class _Suffixes:
    rules: PublicSuffixList
    below: Mapping[str, str]
    """By domains that are no public suffix: one that lies below."""


@cache
def _suffixes() -> _Suffixes:
    """Read the bundled list, once and only where a wildcard or an expression asks for it."""
    lines = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    rules = PublicSuffixList(lines, accept_unknown=False)
    below: dict[str, str] = {}
    for line in lines:
        rule = line.split(" ")[0]
        if not rule or rule.startswith(("//", "!", "*")) or not rule.isascii():
            continue
        domain = rule.partition(".")[2]
        while domain and not rules.is_public(domain):
            below.setdefault(domain, rule)
            domain = domain.partition(".")[2]
    return _Suffixes(rules, below)


def is_public_suffix(domain: str) -> bool:
    """Whether the list has it, so that names below it belong to whoever registers them."""
    return bool(domain) and public_suffix(domain) == domain.removesuffix(".")


@lru_cache(maxsize=_REMEMBERED_HOSTS)
def public_suffix(host: str) -> str | None:
    """What a host's registrable domain is registered under; ``None`` where no list says."""
    return _suffixes().rules.publicsuffix(host)


def suffix_below(domain: str) -> str | None:
    """A public suffix below a domain that is none itself, as ``s3.amazonaws.com`` is."""
    return _suffixes().below.get(domain)


def site_of(host: str) -> str:
    """What one owner has: the registrable domain.

    An address and a public suffix are sites of their own. Where no list says, as below
    ``internal``, the last two labels are taken.
    """
    host = host.removesuffix(".")
    if is_address(host) or is_public_suffix(host):
        return host
    suffix = public_suffix(host)
    count = 2 if suffix is None else suffix.count(".") + 2
    return ".".join(host.split(".")[-count:])


def is_address(host: str) -> bool:
    """Whether browsers take it for an IP address, well-formed or not."""
    last = host.removesuffix(".").rpartition(".")[2]
    return host.startswith("[") or _NUMERIC_LABEL.fullmatch(last) is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine answers for it (W3C Secure Contexts 3.1)."""
    host = host.removesuffix(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_address(host) and canonical_ip(host) == host and _address(host).is_loopback


def may_be_anybodys(host: str) -> bool:
    """Whether somebody else than the operator could have it: no address of a private network."""
    host = host.removesuffix(".")
    if is_address(host):
        return canonical_ip(host) == host and _address(host).is_global
    return not is_loopback(host) and bool(_TOP_LEVEL_DOMAIN.fullmatch(host.rpartition(".")[2]))


def _address(host: str) -> IPv4Address | IPv6Address:
    return ip_address(host.strip("[]"))
