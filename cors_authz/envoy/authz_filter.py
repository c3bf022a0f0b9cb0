"""The filter that asks the sidecar: what it sends, how long it waits, what becomes of faults."""

from dataclasses import dataclass
from datetime import timedelta

from envoy_data_plane.envoy.config.core.v3 import (
    ApiVersion,
    BackoffStrategy,
    GrpcService,
    GrpcServiceEnvoyGrpc,
    HeaderValue,
    RetryPolicy,
    RetryPolicyRetryHostPredicate,
)
from envoy_data_plane.envoy.extensions.filters.http.ext_authz.v3 import ExtAuthz
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.envoy.type.matcher.v3 import ListStringMatcher, StringMatcher
from envoy_data_plane.envoy.type.v3 import HttpStatus, StatusCode
from envoy_data_plane.google.protobuf import Any

from cors_authz.envoy.without_origin import skipping_without_origin

FILTER_NAME = "envoy.filters.http.ext_authz"
"""Also the namespace of the dynamic metadata with the decision."""

_EXACT_HEADERS = ("origin", "upgrade", "x-request-id", "traceparent", "b3")
_HEADER_PREFIXES = ("access-control-request-", "sec-fetch-", "x-b3-")

HEADERS_READ = (
    *_EXACT_HEADERS,
    "access-control-request-method",
    "access-control-request-headers",
    "sec-fetch-site",
    "sec-fetch-mode",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
)
"""What the sidecar reads of a request's headers, and nothing else; the patterns cover it."""

_RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled,reset"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Asking:
    """How Envoy asks the sidecar."""

    cluster: str
    timeout_s: float
    """For all tries together."""
    skips_without_origin: bool = False
    """Whether requests whose answer is certain are not asked about."""


def authz_http_filter(asking: Asking) -> HttpFilter:
    """The filter, to be the first of its chain."""
    config = Any.pack(ext_authz(asking))
    if asking.skips_without_origin:
        config = Any.pack(skipping_without_origin(FILTER_NAME, config))
    return HttpFilter(name=FILTER_NAME, typed_config=config)


def ext_authz(asking: Asking) -> ExtAuthz:
    """The configuration of the filter. Faults are refusals, as ``failure_mode_allow`` is unset."""
    return ExtAuthz(
        transport_api_version=ApiVersion.V3,
        grpc_service=GrpcService(
            envoy_grpc=GrpcServiceEnvoyGrpc(cluster_name=asking.cluster),
            timeout=timedelta(seconds=asking.timeout_s),
            initial_metadata=[HeaderValue(key="x-request-id", value="%REQ(x-request-id)%")],
            retry_policy=retry_policy(asking.timeout_s),
        ),
        status_on_error=HttpStatus(code=StatusCode.ServiceUnavailable),
        validate_mutations=True,
        charge_cluster_response_stats=False,
        allowed_headers=allowed_headers(),
    )


def retry_policy(timeout_s: float) -> RetryPolicy:
    """Tries that go to other workers; Envoy takes the longest pause for each try's timeout."""
    predicate = RetryPolicyRetryHostPredicate(
        name="envoy.retry_host_predicates.previous_hosts",
        typed_config=Any.pack(PreviousHostsPredicate()),
    )
    return RetryPolicy(
        retry_on=_RETRY_ON,
        num_retries=_TRIES,
        retry_back_off=BackoffStrategy(
            base_interval=timedelta(seconds=timeout_s / 10),
            max_interval=timedelta(seconds=timeout_s),
        ),
        host_selection_retry_max_attempts=5,
        retry_host_predicate=[predicate],
    )


def allowed_headers() -> ListStringMatcher:
    """The request headers that the sidecar is shown; cookies and tokens are not among them."""
    exact = [StringMatcher(exact=name, ignore_case=True) for name in _EXACT_HEADERS]
    prefixes = [StringMatcher(prefix=prefix, ignore_case=True) for prefix in _HEADER_PREFIXES]
    return ListStringMatcher(patterns=[*exact, *prefixes])
