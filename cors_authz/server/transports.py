"""What can carry the checks to the handler, made by the name that operators give it."""

from collections.abc import Callable

from cors_authz.observability.counts import Refused
from cors_authz.server.fast_transport import FastTransport
from cors_authz.server.options import GRPCIO
from cors_authz.server.tls_identity import TlsIdentity
from cors_authz.server.transport import CheckHandler, Transport


def make_transport(
    name: str,
    handler: CheckHandler,
    address: str,
    identity: TlsIdentity | None,
    on_refused: Callable[[Refused], None],
) -> Transport:
    """Make a transport of one of :data:`cors_authz.server.options.TRANSPORT_NAMES`.

    Without an ``identity`` it speaks plain text. What grpcio's core refuses it tells nobody but
    the client, so ``on_refused`` hears of nothing then.
    """
    if name != GRPCIO:
        return FastTransport(handler, address, tls=identity, on_refused=on_refused)
    # Imported where it is asked for: grpcio takes 9 MB of every worker and a third of its start.
    from cors_authz.server.grpc_tls import make_credentials  # noqa: PLC0415
    from cors_authz.server.grpc_transport import GrpcTransport  # noqa: PLC0415

    if identity is None:
        return GrpcTransport(handler, address)
    return GrpcTransport(
        handler,
        address,
        credentials=make_credentials(identity),
        accepts=identity.accepts if identity.names_clients else None,
    )
