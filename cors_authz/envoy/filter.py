"""The filter alone, with what must stand beside it, to be put into a configuration that exists.

Each key is the field of Envoy's to whose content it belongs.
"""

from envoy_data_plane.envoy.config.bootstrap.v3 import BootstrapStaticResources
from envoy_data_plane.envoy.config.cluster.v3 import Cluster
from envoy_data_plane.envoy.config.route.v3 import RouteConfiguration
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    HttpConnectionManager,
)

from cors_authz.config.spec import SetSpec
from cors_authz.envoy.authz_filter import Asking, authz_http_filter
from cors_authz.envoy.route_config import vary_header
from cors_authz.envoy.routes import CORS_RESPONSE_HEADERS, decided_groups
from cors_authz.envoy.text import Json, plain


def filter_parts(spec: SetSpec, asking: Asking, sidecar: Cluster) -> Json:
    """The parts, by the names of the fields that they are content of."""
    manager = HttpConnectionManager(http_filters=[authz_http_filter(asking)])
    routes = RouteConfiguration()
    if decided_groups(spec):
        routes.response_headers_to_remove = list(CORS_RESPONSE_HEADERS)
        routes.response_headers_to_add = [vary_header()] if asking.skips_without_origin else []
    resources = BootstrapStaticResources(clusters=[sidecar])
    return {**plain(manager), **plain(routes), **plain(resources)}
