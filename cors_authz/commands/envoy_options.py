"""What the commands that write Envoy configuration have in common: options, and refusals."""

import ipaddress
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

import click

from cors_authz.commands import EXIT_FINDINGS
from cors_authz.commands.seconds import read_seconds
from cors_authz.config.spec import SetSpec
from cors_authz.envoy.address import is_ip
from cors_authz.envoy.kubernetes import Service
from cors_authz.envoy.sidecar_cluster import SidecarTls
from cors_authz.envoy.without_origin import refusals
from cors_authz.server.endpoint import MAX_PORT, MAX_WORKERS, AddressInvalidError, worker_endpoints

Function = Callable[..., None]

_MIN_TIMEOUT_S = 0.01
_MAX_TIMEOUT_S = 60
"""Pages have given up long before; Envoy Gateway reads five digits of milliseconds."""

_LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SERVICES = {
    "host:port": rf"(?P<name>{_LABEL}(?:\.{_LABEL})*)",
    "name:port": f"(?P<name>{_LABEL})",
    "namespace/name:port": f"(?P<namespace>{_LABEL})/(?P<name>{_LABEL})",
}
"""What stands before the port, by the form that people are told (RFC 1123)."""

TIMEOUT = click.option(
    "--timeout",
    default=0.25,
    show_default=True,
    type=click.FloatRange(_MIN_TIMEOUT_S, _MAX_TIMEOUT_S),
    callback=read_seconds,
    metavar="SECONDS",
    help="How long Envoy waits for a decision, all tries together.",
)
SKIP_WITHOUT_ORIGIN = click.option(
    "--skip-without-origin",
    is_flag=True,
    help="Do not ask about requests that have no Origin, where the policy set lets all pass.",
)
_SIDECAR = (
    click.option(
        "--sidecar",
        default="127.0.0.1:9191",
        show_default=True,
        metavar="ADDR",
        help="Where Envoy reaches cors-authz: host:port, unix:/path or unix-abstract:name, as "
        "given to `serve --listen`.",
    ),
    click.option(
        "--workers",
        default=1,
        show_default=True,
        type=click.IntRange(1, MAX_WORKERS),
        help="As given to `serve --workers`: so many endpoints are counted up from the address.",
    ),
    click.option(
        "--sidecar-ca",
        metavar="FILE",
        help="Authority, PEM, of the certificate of cors-authz; asks over TLS. Files are Envoy's.",
    ),
    click.option(
        "--sidecar-san",
        metavar="NAME",
        help="Alternative name that this certificate must have.  [default: the host asked]",
    ),
    click.option(
        "--sidecar-cert",
        metavar="FILE",
        help="Certificate chain, PEM, that Envoy shows to cors-authz.",
    ),
    click.option("--sidecar-key", metavar="FILE", help="Its key, PEM."),
)


class GivenSidecar(TypedDict):
    """The values of the above, as click passes them."""

    sidecar: str
    workers: int
    sidecar_ca: str | None
    sidecar_san: str | None
    sidecar_cert: str | None
    sidecar_key: str | None


@dataclass(frozen=True, slots=True)
class SidecarOptions:
    """What they say."""

    addresses: tuple[str, ...]
    """One a worker."""
    tls: SidecarTls | None


def format_option(command: str) -> Callable[[Function], Function]:
    """The option that says what one command prints; variables are named by the option."""
    return click.option(
        "--format",
        "output_format",
        envvar=f"CORS_AUTHZ_ENVOY_{command.upper()}_FORMAT",
        type=click.Choice(["yaml", "json"]),
        default="yaml",
        show_default=True,
        help="YAML with the reasons beside it, or JSON.",
    )


def sidecar_options(function: Function) -> Function:
    """Add the options that say where cors-authz is."""
    for option in reversed(_SIDECAR):
        function = option(function)
    return function


def read_sidecar(given: GivenSidecar) -> SidecarOptions:
    """Read them; what does not fit together is wrong usage."""
    address, authority = given["sidecar"], given["sidecar_ca"]
    certificate, key = given["sidecar_cert"], given["sidecar_key"]
    try:
        endpoints = worker_endpoints(address, given["workers"])
    except AddressInvalidError as error:
        raise click.BadParameter(str(error), param_hint="--sidecar") from error
    addresses = tuple(endpoint.address for endpoint in endpoints)
    if (certificate is None) != (key is None):
        raise click.UsageError("--sidecar-cert and --sidecar-key need each other")
    if authority is None:
        if certificate is not None or given["sidecar_san"] is not None:
            raise click.UsageError("--sidecar-cert and --sidecar-san need --sidecar-ca")
        return SidecarOptions(addresses, None)
    name = given["sidecar_san"] or _host(address)
    if name is None:
        raise click.UsageError("a socket has no host: say with --sidecar-san whose certificate")
    return SidecarOptions(addresses, SidecarTls(authority, name, certificate, key))


def _host(address: str) -> str | None:
    """The host as certificates have it."""
    if address.startswith("unix"):
        return None
    host = address.rpartition(":")[0].removeprefix("[").removesuffix("]")
    return str(ipaddress.ip_address(host)) if is_ip(host) else host.removesuffix(".")


def read_service(text: str, option: str, form: str) -> Service:
    """A port of a Service, from one of the forms that there are."""
    match = re.fullmatch(f"{_SERVICES[form]}:(?P<port>[1-9][0-9]{{0,4}})", text)
    if match is None or int(match["port"]) > MAX_PORT:
        raise click.BadParameter(f"{text}: write {form}", param_hint=option)
    parts = match.groupdict()
    return Service(parts["name"], int(parts["port"]), parts.get("namespace", ""))


def require_skippable(spec: SetSpec) -> None:
    """End the process with all reasons where the sidecar has to be asked about every request."""
    reasons = refusals(spec)
    if not reasons:
        return
    click.echo("--skip-without-origin would change decisions of this policy set:", err=True)
    for reason in reasons:
        click.echo(f"  {reason}", err=True)
    click.echo("fix: leave the option out", err=True)
    sys.exit(EXIT_FINDINGS)
