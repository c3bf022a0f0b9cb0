"""``cors-authz serve``."""

import asyncio
import grp
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import click

from cors_authz.admin.listening import AdminAddressError
from cors_authz.commands import EXIT_BROKEN_START, EXIT_FINDINGS
from cors_authz.config.report import as_text
from cors_authz.observability.lifecycle import Level
from cors_authz.server.endpoint import MAX_WORKERS, AddressInvalidError, AddressUnavailableError
from cors_authz.server.fleet import BrokenStartError
from cors_authz.server.options import TRANSPORT_NAMES, ServeOptions
from cors_authz.server.serve import serve
from cors_authz.server.supervisor import Beside, SetInvalidError, Supervisor
from cors_authz.server.tls import TlsInvalidError, TlsOptions
from cors_authz.server.unix_socket import DEFAULT_MODE, SocketAccess

NO_ADMIN = "none"

_MAX_MODE = 0o777


def _read_mode(_: click.Context, __: click.Parameter, value: str) -> int:
    try:
        mode = int(value, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= _MAX_MODE:
        raise click.BadParameter(f"{value!r} is no octal file mode such as 660")
    return mode


def _read_group(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    if value is None or value.isdecimal():
        return None if value is None else int(value)
    try:
        return grp.getgrnam(value).gr_gid
    except KeyError:
        raise click.BadParameter(
            f"there is no group {value!r} here; its number works too"
        ) from None


def _tls_options(
    certificate: Path | None, key: Path | None, authority: Path | None, names: tuple[str, ...]
) -> TlsOptions | None:
    if names and authority is None:
        raise click.UsageError("--tls-client-san needs --tls-client-ca")
    if certificate is None and key is None:
        if authority is not None:
            raise click.UsageError("--tls-client-ca needs --tls-cert and --tls-key")
        return None
    if certificate is None or key is None:
        raise click.UsageError("--tls-cert and --tls-key need each other")
    return TlsOptions(certificate, key, authority, names)


def _admin_server(address: str, hosts: Iterable[str], *, is_api_open: bool) -> Beside:
    @asynccontextmanager
    async def beside(supervisor: Supervisor) -> AsyncIterator[Mapping[str, str | None]]:
        if address == NO_ADMIN:
            yield {"admin": None}
            return
        # Half of all that the supervisor loads: workers and checking process do not wait for it.
        serving_admin = await asyncio.to_thread(_load_admin_server)
        async with serving_admin(supervisor, address, hosts, is_api_open=is_api_open) as admin:
            yield {"admin": admin}

    return beside


def _load_admin_server() -> Callable[..., AbstractAsyncContextManager[str]]:
    from cors_authz.admin.server import serving_admin  # noqa: PLC0415

    return serving_admin


@click.command("serve")
@click.option(
    "--config",
    "config",
    envvar="CORS_AUTHZ_CONFIG",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder or file with the policy set, for example a mounted ConfigMap.",
)
@click.option(
    "--listen",
    envvar="CORS_AUTHZ_LISTEN",
    default="127.0.0.1:9191",
    show_default=True,
    metavar="ADDR",
    help="host:port, unix:/path or unix-abstract:name to answer Envoy on. Several workers "
    "count ports up from it, or put their number before the path's suffix.",
)
@click.option(
    "--transport",
    envvar="CORS_AUTHZ_TRANSPORT",
    default=TRANSPORT_NAMES[0],
    show_default=True,
    type=click.Choice(TRANSPORT_NAMES),
    help="What carries the checks: our own server, or grpcio's, which costs a multiple of it.",
)
@click.option(
    "--tls-cert",
    envvar="CORS_AUTHZ_TLS_CERT",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificate chain, PEM, to speak TLS with; read anew when it changes.",
)
@click.option(
    "--tls-key",
    envvar="CORS_AUTHZ_TLS_KEY",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Its key, PEM.",
)
@click.option(
    "--tls-client-ca",
    envvar="CORS_AUTHZ_TLS_CLIENT_CA",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Authority, PEM, that signs the certificates which clients must show then.",
)
@click.option(
    "--tls-client-san",
    "tls_client_names",
    envvar="CORS_AUTHZ_TLS_CLIENT_SAN",
    multiple=True,
    metavar="NAME",
    help="Alternative name, such as a SPIFFE id, of which a client's certificate must have one.",
)
@click.option(
    "--admin",
    envvar="CORS_AUTHZ_ADMIN",
    default="127.0.0.1:9190",
    show_default=True,
    metavar="ADDR",
    help="host:port or unix:/path of probes, metrics and the admin page; none for no such server.",
)
@click.option(
    "--admin-host",
    "admin_hosts",
    envvar="CORS_AUTHZ_ADMIN_HOST",
    multiple=True,
    metavar="NAME",
    help="Name by which the admin page may be called, beside localhost and addresses.",
)
@click.option(
    "--admin-api",
    "admin_api",
    envvar="CORS_AUTHZ_ADMIN_API",
    is_flag=True,
    help="Answer page and API to peers that are not on loopback too.",
)
@click.option(
    "--workers",
    envvar="CORS_AUTHZ_WORKERS",
    default=1,
    show_default=True,
    type=click.IntRange(1, MAX_WORKERS),
    help="Processes that answer checks, each an endpoint of its own.",
)
@click.option(
    "--socket-mode",
    envvar="CORS_AUTHZ_SOCKET_MODE",
    default=f"{DEFAULT_MODE:o}",
    show_default=True,
    callback=_read_mode,
    metavar="MODE",
    help="Who may connect to a socket file, in octal.",
)
@click.option(
    "--socket-group",
    envvar="CORS_AUTHZ_SOCKET_GROUP",
    callback=_read_group,
    metavar="GROUP",
    help="Group of a socket file, by name or number.  [default: that of the process]",
)
@click.option(
    "--drain-delay",
    envvar="CORS_AUTHZ_DRAIN_DELAY",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Go on serving so long after SIGTERM while health says NOT_SERVING.",
)
@click.option(
    "--grace",
    envvar="CORS_AUTHZ_GRACE",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Give running checks so long to end.",
)
@click.option(
    "--log-level",
    envvar="CORS_AUTHZ_LOG_LEVEL",
    default=Level.INFO.value,
    show_default=True,
    type=click.Choice([level.value for level in Level]),
    help="Leave out what is of less weight in the life-cycle log; which decisions are logged, "
    "the policy set says.",
)
def serve_command(  # noqa: PLR0913 - one parameter an option
    *,
    config: Path,
    listen: str,
    transport: str,
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_client_ca: Path | None,
    tls_client_names: tuple[str, ...],
    admin: str,
    admin_hosts: tuple[str, ...],
    admin_api: bool,
    workers: int,
    socket_mode: int,
    socket_group: int | None,
    drain_delay: float,
    grace: float,
    log_level: str,
) -> None:
    """Answer Envoy's authorization checks until SIGTERM.

    The policy set is looked at every second; a change that has errors is told and left out.

    \b
    Examples:
      cors-authz serve --config /etc/cors-authz
      cors-authz serve --config /etc/cors-authz --listen 0.0.0.0:9191 --workers 2
      cors-authz serve --config policies.yaml --listen unix:/run/cors-authz/authz.sock

    \b
    Exit status:
      0  drained after SIGTERM or SIGINT
      1  the policy set has errors
      2  wrong usage
      3  cannot start, and would not on another try: the address is taken, for one
    """  # noqa: D301 - click reads \b as "keep these lines"
    options = ServeOptions(
        config=config,
        listen=listen,
        transport=transport,
        tls=_tls_options(tls_cert, tls_key, tls_client_ca, tls_client_names),
        workers=workers,
        socket_access=SocketAccess(socket_mode, socket_group),
        drain_delay_s=drain_delay,
        grace_s=grace,
        log_level=Level(log_level),
    )
    _serve_or_exit(options, _admin_server(admin, admin_hosts, is_api_open=admin_api))


def _serve_or_exit(options: ServeOptions, beside: Beside) -> None:
    try:
        serve(options, beside)
    except AddressInvalidError as error:
        raise click.BadParameter(str(error), param_hint="--listen") from error
    except SetInvalidError as error:
        click.echo(as_text(error.checked), err=True)
        sys.exit(EXIT_FINDINGS)
    except (AddressUnavailableError, AdminAddressError, BrokenStartError, TlsInvalidError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_BROKEN_START)
