"""What objects of Kubernetes have in common: their form, their names, hosts they can hold."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from cors_authz.envoy.routes import EVERY_HOST, Hosts
from cors_authz.envoy.text import Json

_HOST = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
)
"""A DNS name of RFC 1123, as the schemas of both gateways want it."""

_FIX = "write the objects from a policy set without it"

_NUMBERS = re.compile(r"[0-9.]+")


class HostError(ValueError):
    """A gateway has no way to write a host of the policy set."""


@dataclass(frozen=True, slots=True)
class Service:
    """A port of a Service."""

    name: str
    """As the gateway calls it: a DNS name, or the name of the object."""
    port: int
    namespace: str = ""
    """Where the gateway asks for it."""


def manifest(api_version: str, kind: str, name: str, namespace: str, spec: Json) -> Json:
    """One object."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def listed(objects: Iterable[Json]) -> Json:
    """Objects in one document."""
    return {"apiVersion": "v1", "kind": "List", "items": list(objects)}


def check_hosts(hosts: Iterable[Hosts], *, numbers: bool, short_names: bool) -> None:
    """Make sure that a gateway knows how to write all hosts.

    Args:
        hosts: What was planned.
        numbers: Whether IPv4 addresses can be written.
        short_names: Whether a name without a dot stays what it is.

    Raises:
        HostError: It does not.
    """
    for domain in (domain for planned in hosts for domain in planned.domains):
        if domain == EVERY_HOST:
            continue
        if not _HOST.fullmatch(domain) or (not numbers and _NUMBERS.fullmatch(domain)):
            raise HostError(
                f"the host {domain} is no DNS name, which is all that can stand here; {_FIX}"
            )
        if not short_names and "." not in domain:
            raise HostError(
                f"the host {domain} has no dot, and would be taken for a Service of the "
                f"gateway's namespace; {_FIX}"
            )


def object_name(hosts: Hosts) -> str:
    """A name for the object about these hosts: the first of them."""
    first = hosts.domains[0]
    return "every-host" if first == EVERY_HOST else first.replace("*", "any")


def distinctly_named(objects: Iterable[Json]) -> list[Json]:
    """The objects, numbered where others of their kind have the name already.

    Some are cut into several, and a host ``any.example.com`` may stand beside ``*.example.com``.
    """
    taken: set[tuple[str, str]] = set()
    found = []
    for each in objects:
        kind, metadata = each["kind"], each["metadata"]
        names = chain([metadata["name"]], (f"{metadata['name']}-{n}" for n in count(2)))
        name = next(name for name in names if (kind, name) not in taken)
        taken.add((kind, name))
        found.append({**each, "metadata": {**metadata, "name": name}})
    return found


def without_empty(fields: dict[str, Any]) -> Json:
    """The fields that say anything."""
    return {key: value for key, value in fields.items() if value not in (None, [], {})}
