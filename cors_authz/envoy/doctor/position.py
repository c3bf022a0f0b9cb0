"""Whether cors-authz is asked at all, and what stands before it in the chain."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.http_filter import EXT_AUTHZ, HttpFilter
from cors_authz.envoy.doctor.node import NOWHERE, Node
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import OUR_NAME, Scene, our_filters, target_of
from cors_authz.envoy.doctor.token_requirement import refuses_bad_tokens, refuses_preflights
from cors_authz.envoy.doctor.unchecked import serves_pages

_RBAC_ACTIONS = ("ALLOW", "DENY", "LOG")
_FIX_ORDER = "put the ext_authz filter of cors-authz before it, best of all first"

Acts = Callable[[Node], bool]


def _always(_: Node) -> bool:
    return True


def _has(*fields: str) -> Acts:
    return lambda config: any(config.get(field) for field in fields)


_DENOMINATORS = {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000}
"""envoy/type/v3/percent.proto, in the order of their numbers."""


def _percent(fraction: Node) -> float:
    """Of a ``FractionalPercent``; the numerator's default is 0."""
    whole = _DENOMINATORS.get(fraction.enum("denominator", tuple(_DENOMINATORS)), 100)
    return (fraction.number("numerator") or 0) * 100 / whole


def _limits(config: Node) -> bool:
    """Without a share of requests, local rate limits are not enforced."""
    shares = (config.get(field, "default_value") for field in ("filter_enabled", "filter_enforced"))
    return bool(config.get("token_bucket")) and all(_percent(share) > 0 for share in shares)


def _refuses_forgeries(config: Node) -> bool:
    return _percent(config.get("filter_enabled", "default_value")) > 0


def _denies(rbac: Node) -> bool:
    """Shadow rules and those that only log refuse nobody."""
    rules = rbac.get("rules")
    return bool(rbac.get("matcher")) or (
        bool(rules) and rules.enum("action", _RBAC_ACTIONS) != "LOG"
    )


def _stops_options(config: Node) -> bool:
    """oauth2 asks nobody to log in whom its pass_through_matcher lets through."""
    passing = config.get("config").items("pass_through_matcher")
    return not any(
        header.text("name") == ":method" and header.get("string_match").text("exact") == "OPTIONS"
        for header in passing
    )


_AUTHENTICATING: Mapping[str, Acts] = MappingProxyType(
    {
        "RBAC": _denies,
        "RBACPerRoute": lambda config: _denies(config.get("rbac")),
        "JwtAuthentication": refuses_preflights,
        "PerRouteConfig": _has("requirement_name"),
        "BasicAuth": _always,
        "BasicAuthPerRoute": _always,
        "ApiKeyAuth": _always,
        "ApiKeyAuthPerRoute": _always,
        "OAuth2": _stops_options,
        EXT_AUTHZ: _always,
        "ExtAuthzPerRoute": _always,
    }
)
"""By message, whether it makes a filter ask for what no preflight carries."""

_LIMITING: Mapping[str, Acts] = MappingProxyType(
    {
        "LocalRateLimit": _limits,
        "RateLimit": _always,
        "RateLimitQuotaFilterConfig": _always,
        "HTTPFault": _has("abort"),
        "Buffer": _has("max_request_bytes"),
        "BufferPerRoute": _has("buffer"),
        "CsrfPolicy": _refuses_forgeries,
        "AdmissionControl": _always,
        "AdaptiveConcurrency": _always,
        "JwtAuthentication": refuses_bad_tokens,
        "OAuth2": _always,
    }
)
"""By message, whether it makes a filter refuse requests now and then."""


def check_presence(scene: Scene) -> Iterator[Finding]:
    """A connection manager without cors-authz decides nothing about CORS.

    Those of readiness and metrics, which control planes add, need not.
    """
    if scene.ours or not serves_pages(scene.manager):
        return
    for filter_ in scene.manager.filters:
        uri = filter_.config.get("http_service", "server_uri")
        if filter_.type == EXT_AUTHZ and OUR_NAME.search(uri.text("cluster")):
            yield finding(
                RuleId.EXT_AUTHZ_OVER_HTTP,
                filter_.config.get("http_service"),
                "cors-authz speaks gRPC: asked over plain HTTP it never answers, and every request "
                "is refused",
                "write grpc_service: {envoy_grpc: {cluster_name: …}} in place of http_service",
            )
            return
    others = ", ".join(sorted({f.name for f in scene.manager.filters if f.type == EXT_AUTHZ}))
    besides = f"; the ext_authz filters here ({others}) ask others" if others else ""
    yield finding(
        RuleId.EXT_AUTHZ_MISSING,
        scene.manager.node,
        "requests of this listener never reach cors-authz: denied origins get to the service, "
        f"and preflights too{besides}",
        "put an ext_authz filter with grpc_service first in http_filters; where this listener "
        "serves no pages, name the ones that do with --listener, and where cors-authz is another "
        "cluster than it seems, name it with --cluster",
    )


def check_order(scene: Scene) -> Iterator[Finding]:
    """What refuses requests before cors-authz refuses preflights, or leaves its answers bare."""
    for filter_ in scene.earlier:
        yield from _judge_earlier(filter_, scene)


def _judge_earlier(filter_: HttpFilter, scene: Scene) -> Iterator[Finding]:
    configs = _configs(filter_, scene)
    if any(_AUTHENTICATING.get(c.type, _never)(c) for c in configs):
        yield finding(
            RuleId.EXT_AUTHZ_NOT_FIRST,
            filter_.node,
            f"{filter_.name} runs before cors-authz: what it refuses has no CORS headers, so that "
            "no page reads it, and preflights are among it, as they carry no credentials",
            _FIX_ORDER,
        )
    elif any(_LIMITING.get(c.type, _never)(c) for c in configs):
        yield finding(
            RuleId.EARLIER_REFUSALS_BARE,
            filter_.node,
            f"{filter_.name} runs before cors-authz: what it refuses carries no CORS headers, so "
            "that pages see a network error in place of its status, and preflights fail",
            _FIX_ORDER,
        )
    elif not filter_.type:
        yield finding(
            RuleId.FILTER_UNREAD,
            filter_.node,
            f"what {filter_.name} does, which runs before cors-authz, is not in the file",
            "give a dump of the admin API, which holds discovered filters",
        )


def _configs(filter_: HttpFilter, scene: Scene) -> list[Node]:
    """What is in force of a filter on routes where cors-authz is asked, too."""
    checked = [route for route in scene.manager.routes if scene.checks(route)]
    if not checked:
        return [] if filter_.disabled else [filter_.config]
    found: dict[int, Node] = {}
    for route in checked:
        if route.runs(filter_):
            override = route.override(filter_.name)
            own = override.config if override is not None else NOWHERE
            config = own if own.type else filter_.config
            found[id(config.value)] = config
    return list(found.values())


def _never(_: Node) -> bool:
    return False


def check_enforcement(scene: Scene) -> Iterator[Finding]:
    """A filter can be on and decide about none or some of the requests."""
    for filter_ in scene.ours:
        share = filter_.config.get("filter_enabled")
        if share and _percent(share.get("default_value")) < 100:
            refused = filter_.config.get("deny_at_disable").is_true("default_value")
            yield finding(
                RuleId.EXT_AUTHZ_PARTIAL,
                share,
                f"cors-authz is asked about {_percent(share.get('default_value')):g} % of the "
                f"requests; the others {'are all refused' if refused else 'pass undecided'}",
                "remove filter_enabled, or make it 100 %",
            )
        if filter_.config.is_true("shadow_mode"):
            yield finding(
                RuleId.EXT_AUTHZ_SHADOWED,
                filter_.config.get("shadow_mode"),
                "in shadow mode denials are counted and not enforced: denied requests reach the "
                "service",
                "remove shadow_mode; policies have modes of their own for a dry run",
            )


def check_upgrades(scene: Scene) -> Iterator[Finding]:
    """An upgrade's own chain replaces the ordinary one."""
    for upgrade in scene.manager.upgrades:
        targets = frozenset(map(target_of, scene.ours))
        if scene.ours and upgrade.filters and not our_filters(upgrade.filters, targets):
            kind = upgrade.node.text("upgrade_type")
            yield finding(
                RuleId.UPGRADE_UNCHECKED,
                upgrade.node,
                f"requests to upgrade to {kind} take this list of filters in place of "
                "http_filters, without cors-authz: handshakes of foreign pages get through",
                "remove filters here, or put the ext_authz filter of cors-authz first in it",
            )
    if (
        scene.ours
        and scene.expectations.has_websockets
        and not any(_lets_websockets_in(u.node) for u in scene.manager.upgrades)
        and not any(_upgrades_itself(route.node) for route in scene.manager.routes)
    ):
        yield finding(
            RuleId.WEBSOCKET_REFUSED,
            scene.manager.node,
            "policies speak of WebSockets, and without upgrade_configs Envoy refuses every "
            "handshake itself",
            "add upgrade_configs: [{upgrade_type: websocket}]",
        )


def _lets_websockets_in(upgrade: Node) -> bool:
    off = upgrade.get("enabled") and not upgrade.is_true("enabled")
    return upgrade.text("upgrade_type").lower() == "websocket" and not off


def _upgrades_itself(route: Node) -> bool:
    return any(_lets_websockets_in(u) for u in route.get("route").items("upgrade_configs"))
