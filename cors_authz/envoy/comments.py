"""Why the configuration is as it is, told beside it: by key, before its first appearance."""

from cors_authz.config.spec import SetSpec
from cors_authz.envoy.routes import decided_groups, unclaiming_groups

_FILTER = {
    "xds_matcher": (
        "The sidecar is not asked where its answer is certain: no Origin, no requested method,\n"
        "nothing by which the browser says that there was one, and a host that can be read.\n"
        "This holds for the policy set above only. Write it anew with every change of the set."
    ),
    "timeout": "Covers all tries together.",
    "retry_policy": "Stands here, since Envoy ignores the one of envoy_grpc.",
    "status_on_error": (
        "Without a decision the request is refused, and says that it is our fault.\n"
        "failure_mode_allow stays unset."
    ),
    "validate_mutations": "Headers with control characters are an error, not a response of two.",
    "charge_cluster_response_stats": (
        "Refusals are not the service's answers; keep them out of its statistics."
    ),
    "allowed_headers": (
        "What cors-authz reads, and nothing else: cookies and tokens stay here. Without origin\n"
        "in this list no page of another origin would be recognised."
    ),
    "lb_endpoints": "One entry a worker: Envoy keeps one connection per endpoint.",
    "health_checks": "Takes a worker that drains out before its connection ends.",
    "max_retries": "The default of 3 starves retries.",
    "watched_directory": "Without it, Envoy does not notice renewed certificates.",
}

BOOTSTRAP = {
    **_FILTER,
    "use_remote_address": (
        "Otherwise a client chooses the scheme with x-forwarded-proto, and with it what counts\n"
        "as same-origin. Behind another proxy, --trusted-hops says how many there are."
    ),
    "always_set_request_id_in_response": (
        "Every response names the id under which its decision stands in the log."
    ),
    "upgrade_configs": "Without this, Envoy refuses WebSocket handshakes itself.",
    "normalize_path": "One reading of a path for Envoy, cors-authz and the services.",
    "http_filters": (
        "cors-authz is asked first. Authentication, RBAC and rate limits come after it: they\n"
        "would refuse preflights, which carry no credentials, and their refusals would lack CORS\n"
        "headers. No policy of Envoy's own cors filter on the same routes."
    ),
    "response_headers_to_remove": (
        "What the service says about CORS is removed before ours is added. Not where policies\n"
        "only report, and not where no group is: there, nothing changes."
    ),
    "response_headers_to_add": (
        "Also on responses about which the sidecar was not asked: a shared cache must not hand\n"
        "them to pages of other origins."
    ),
    "direct_response": "Envoy checks no request without a route; this one takes the rest.",
}

_OBJECTS = {
    "remove": (
        "What the service says about CORS is removed before ours is added. Not where policies\n"
        "only report, and not where no group is: there, nothing changes."
    ),
    "statusOnError": _FILTER["status_on_error"].split("\n", maxsplit=1)[0],
}

ISTIO = {
    **_OBJECTS,
    "add": BOOTSTRAP["response_headers_to_add"],
    "http": (
        "In this order. No match by method: a route without OPTIONS loses its preflights. No\n"
        "corsPolicy either. Requests without a route are not checked; the last takes the rest."
    ),
    "configPatches": (
        "What a provider cannot say. An EnvoyFilter that no longer matches is passed over\n"
        "silently: look for it after each upgrade of Istio."
    ),
    "validate_mutations": _FILTER["validate_mutations"],
    "charge_cluster_response_stats": _FILTER["charge_cluster_response_stats"],
    "allowed_headers": _FILTER["allowed_headers"],
    "rules": (
        "Rules may pick hosts, paths and the absence of headers, never methods: a preflight has\n"
        "another method than the request it precedes."
    ),
}

MESH_CONFIG = {
    "extensionProviders": "Values of istiod's own chart, or of your MeshConfig.",
    "timeout": "Covers all tries together. Istio waits ten minutes where nothing stands here.",
    "statusOnError": _OBJECTS["statusOnError"],
    "pathNormalization": BOOTSTRAP["normalize_path"],
}

GATEWAY = {
    **_OBJECTS,
    "rules": (
        "No match by method: a route without OPTIONS loses its preflights. Requests without a\n"
        "route are not checked; PathPrefix / takes the rest."
    ),
    "jsonPatches": (
        "What a SecurityPolicy cannot say. Applied only where Envoy Gateway itself is configured\n"
        "with extensionApis: {enableEnvoyPatchPolicy: true}."
    ),
    "from": "Lets the SecurityPolicy name a Service of this namespace.",
    "extAuth": "Never `cors` beside it: Envoy's own filter would answer preflights.",
    "timeout": _FILTER["timeout"],
    "headersToExtAuth": _FILTER["allowed_headers"],
    "maxParallelRetries": _FILTER["max_retries"],
}


def filter_comments(spec: SetSpec) -> dict[str, str]:
    """Of the parts: where each belongs."""
    decided = decided_groups(spec)
    others = [group.name for group in spec.groups if group.name not in decided]
    routes = f"On the routes of the groups {', '.join(decided)}."
    if others:
        routes += f"\nNot of {', '.join(others)}, whose policies only report."
    return {
        **_FILTER,
        "http_filters": (
            "The first of the connection manager's http_filters, before authentication, RBAC and\n"
            "rate limits. Requests without a route are not checked: have one that takes the rest."
        ),
        "response_headers_to_remove": (
            f"{routes}\nWhat the service says about CORS is removed before ours is added."
        ),
        "response_headers_to_add": (
            "On the same routes, none left out: responses about which the sidecar was not asked\n"
            "must not be handed to pages of other origins by a shared cache."
        ),
        "clusters": "Beside your other clusters.",
    }


def head(what: str, spec: SetSpec) -> list[str]:
    """What stands before everything: where this comes from, and what it does not cover."""
    lines = [f"Written by `cors-authz envoy {what}` from the policy set {spec.revision[:12]}."]
    return lines + [
        f"No host and path leads to the group {name}: a route of yours has to name it, with\n"
        f"context_extensions {{cors_authz.group: {name}}}."
        for name in unclaiming_groups(spec)
    ]
