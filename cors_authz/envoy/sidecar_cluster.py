"""The cluster of the sidecar's workers: where they are, and how Envoy talks to them."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from envoy_data_plane.envoy.config.cluster.v3 import (
    CircuitBreakers,
    CircuitBreakersThresholds,
    Cluster,
    ClusterDiscoveryType,
    ClusterDnsLookupFamily,
)
from envoy_data_plane.envoy.config.core.v3 import (
    Address,
    DataSource,
    HealthCheck,
    HealthCheckGrpcHealthCheck,
    Http2ProtocolOptions,
    TransportSocket,
)
from envoy_data_plane.envoy.config.endpoint.v3 import (
    ClusterLoadAssignment,
    Endpoint,
    LbEndpoint,
    LocalityLbEndpoints,
)
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import (
    CertificateValidationContext,
    CommonTlsContext,
    SubjectAltNameMatcher,
    SubjectAltNameMatcherSanType,
    TlsCertificate,
    TlsParameters,
    TlsParametersTlsProtocol,
    UpstreamTlsContext,
)
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import (
    HttpProtocolOptions,
    HttpProtocolOptionsExplicitHttpConfig,
)
from envoy_data_plane.envoy.type.matcher.v3 import StringMatcher
from envoy_data_plane.google.protobuf import Any

from cors_authz.envoy.address import host_of, is_ip, reachable_address

CLUSTER_NAME = "cors_authz"

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_LOCAL_CONNECT_TIMEOUT = timedelta(milliseconds=100)
_REMOTE_CONNECT_TIMEOUT = timedelta(milliseconds=250)
MAX_RETRIES = 1024


@dataclass(frozen=True, slots=True)
class SidecarTls:
    """What Envoy demands of the sidecar's certificate, and shows of its own; paths are Envoy's."""

    authority: str
    """The file with the authority that signs the sidecar's certificate, PEM."""
    name: str
    """Alternative name that the certificate must have: DNS, IP address or URI."""
    certificate: str | None = None
    """The file with Envoy's own chain; ``None`` where the sidecar does not ask for one."""
    key: str | None = None


def sidecar_cluster(addresses: tuple[str, ...], tls: SidecarTls | None) -> Cluster:
    """A cluster with one endpoint a worker, as Envoy keeps one connection per endpoint.

    Raises:
        AddressError: One of the addresses is none.
    """
    endpoints = [reachable_address(address) for address in addresses]
    is_local = tls is None and all(_is_here(host_of(endpoint)) for endpoint in endpoints)
    cluster = cluster_at(CLUSTER_NAME, endpoints)
    cluster.connect_timeout = _LOCAL_CONNECT_TIMEOUT if is_local else _REMOTE_CONNECT_TIMEOUT
    cluster.typed_extension_protocol_options = {_HTTP_OPTIONS: Any.pack(_http2())}
    cluster.circuit_breakers = CircuitBreakers(
        thresholds=[CircuitBreakersThresholds(max_retries=MAX_RETRIES)]
    )
    cluster.health_checks = [_health_check()]
    cluster.transport_socket = None if tls is None else _transport_socket(tls)
    return cluster


def cluster_at(name: str, endpoints: list[Address]) -> Cluster:
    """A cluster of endpoints that are all alike, with nothing said yet of how to talk to them.

    Names are looked up as IPv4 first: Envoy's own default asks for IPv6 and stays with it, also
    where nobody listens there, and it always finds ``::1`` for ``localhost``.
    """
    found = [LbEndpoint(endpoint=Endpoint(address=address)) for address in endpoints]
    cluster = Cluster(
        name=name,
        type=ClusterDiscoveryType.STATIC,
        load_assignment=ClusterLoadAssignment(
            cluster_name=name, endpoints=[LocalityLbEndpoints(lb_endpoints=found)]
        ),
    )
    hosts = [host_of(endpoint) for endpoint in endpoints]
    if any(host and not is_ip(host) for host in hosts):
        cluster.type = ClusterDiscoveryType.STRICT_DNS
        cluster.dns_lookup_family = ClusterDnsLookupFamily.V4_PREFERRED
    return cluster


def _http2() -> HttpProtocolOptions:
    explicit = HttpProtocolOptionsExplicitHttpConfig(http2_protocol_options=Http2ProtocolOptions())
    return HttpProtocolOptions(explicit_http_config=explicit)


def _health_check() -> HealthCheck:
    """Takes a draining worker out before its connection ends."""
    return HealthCheck(
        timeout=timedelta(milliseconds=500),
        interval=timedelta(seconds=1),
        no_traffic_interval=timedelta(seconds=1),
        unhealthy_threshold=1,
        healthy_threshold=1,
        grpc_health_check=HealthCheckGrpcHealthCheck(),
    )


def _is_here(host: str) -> bool:
    return not host or host == "localhost" or (is_ip(host) and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _transport_socket(tls: SidecarTls) -> TransportSocket:
    validation = CertificateValidationContext(
        trusted_ca=DataSource(filename=tls.authority),
        match_typed_subject_alt_names=[
            SubjectAltNameMatcher(
                san_type=_san_type(tls.name), matcher=StringMatcher(exact=tls.name)
            )
        ],
    )
    context = CommonTlsContext(
        tls_params=TlsParameters(tls_minimum_protocol_version=TlsParametersTlsProtocol.TLSv1_2),
        alpn_protocols=["h2"],
        tls_certificates=_own_certificates(tls),
        validation_context=validation,
    )
    is_dns = _san_type(tls.name) is SubjectAltNameMatcherSanType.DNS
    config = UpstreamTlsContext(common_tls_context=context, sni=tls.name if is_dns else "")
    return TransportSocket(name="envoy.transport_sockets.tls", typed_config=Any.pack(config))


def _own_certificates(tls: SidecarTls) -> list[TlsCertificate]:
    if tls.certificate is None or tls.key is None:
        return []
    return [
        TlsCertificate(
            certificate_chain=DataSource(filename=tls.certificate),
            private_key=DataSource(filename=tls.key),
        )
    ]


def _san_type(name: str) -> SubjectAltNameMatcherSanType:
    if "://" in name:
        return SubjectAltNameMatcherSanType.URI
    if is_ip(name):
        return SubjectAltNameMatcherSanType.IP_ADDRESS
    return SubjectAltNameMatcherSanType.DNS
