"""Our certificates as grpcio wants them, looked at anew for each connection."""

import grpc

from cors_authz.server.tls import TlsMaterial
from cors_authz.server.tls_identity import TlsIdentity


def make_credentials(identity: TlsIdentity) -> grpc.ServerCredentials:
    """Credentials that follow ``identity`` as it changes."""
    in_use = identity.material

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        nonlocal in_use
        if identity.material is in_use:
            return None
        in_use = identity.material
        return _configuration(in_use)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(in_use),
        fetch,
        require_client_authentication=identity.demands_certificates,
    )


def _configuration(material: TlsMaterial) -> grpc.ServerCertificateConfiguration:
    pair = (material.key, material.certificate)
    return grpc.ssl_server_certificate_configuration(
        [pair], root_certificates=material.client_authority
    )
