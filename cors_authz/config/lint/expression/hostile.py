"""Origins that an attacker derives from one that is meant to be accepted.

The tricks are those of published research; ``docs/lint.md`` names it. Some yield texts that
are no origins: servers that do not parse the header fall for them.
"""

from collections.abc import Iterator

from cors_authz.config.lint.expression.filling import ATTACKER
from cors_authz.config.lint.sites import public_suffix, site_of
from cors_authz.policy.origin import Origin

_OTHER_SITES = (ATTACKER, "evil.net", "evil.com", "unrelatedsite.org")
_OTHER_SUFFIXES = ("zip", "net", "evil", "co.uk")
_IN_PLACE_OF_DOTS = ("x", "-", "_", "0")
_SPECIAL = "-_`}{!~*'$&()+,;=|^\"%<>\\"
"""Characters that some browsers send in host names, a wildcard DNS entry answering them."""


def hostile_variants(origin: Origin) -> Iterator[str]:
    """Texts made of an accepted origin that must not be accepted as well."""
    port = "" if origin.port is None else f":{origin.port}"
    start = f"{origin.scheme}://"
    for host in _hostile_hosts(origin.host):
        yield f"{start}{host}{port}"
        if port:
            yield start + host
    yield from _around(start, origin.host, port)


def _hostile_hosts(host: str) -> Iterator[str]:
    site = site_of(host)
    for domain in dict.fromkeys((host, site)):
        yield from (f"evil{domain}", f"evil-{domain}", f"evil_{domain}")
        yield from (f"{domain}.{ATTACKER}", f"{domain}{ATTACKER}", f"{domain}-{ATTACKER}")
        yield from (f"{domain}_.{ATTACKER}", f"{domain}-.{ATTACKER}", f"{domain}evil.net")
    for index, sign in enumerate(host):
        if sign == ".":
            yield from (host[:index] + other + host[index + 1 :] for other in _IN_PLACE_OF_DOTS)
    suffix = public_suffix(host) or host.rpartition(".")[2]
    yield from (host.removesuffix(suffix) + other for other in _OTHER_SUFFIXES)
    yield from _OTHER_SITES


def _around(start: str, host: str, port: str) -> Iterator[str]:
    """Special characters, userinfo, tricks with ports and paths."""
    for sign in _SPECIAL:
        yield f"{start}{host}{sign}.{ATTACKER}{port}"
        yield f"{start}{host}{port}{sign}.{ATTACKER}"
    for sign in "@/?#\\`}_-":
        yield f"{start}{ATTACKER}{sign}{host}{port}"
        yield f"{start}{ATTACKER}{sign}.{host}{port}"
    yield from (f"{start}{host}@{ATTACKER}", f"{start}{host}:443@{ATTACKER}")
    yield from (f"{start}{host}:80.{ATTACKER}", f"{start}{host}:.{ATTACKER}")
    yield from (f"{start}{host}:{ATTACKER}", f"{start}{ATTACKER}:{host}")
