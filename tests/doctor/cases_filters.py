"""Mistakes in the chain of filters: what is there, in which order, and with what settings."""

import copy
import re
from collections.abc import Sequence

from cors_authz.envoy.doctor.scene import Expectations
from tests.doctor.case import Case, Draft, Edit
from tests.doctor.world import EVIL, SHOP, World, get, handshake, post, preflight
from tests.support.bootstrap import AUTHZ_FILTER, Json, typed

_PER_ROUTE = "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute"

_JWT = typed(
    "envoy.filters.http.jwt_authn",
    "filters.http.jwt_authn.v3.JwtAuthentication",
    providers={
        "nobody": {
            "issuer": "nobody",
            "local_jwks": {
                "inline_string": '{"keys":[{"kty":"oct","alg":"HS256","k":"bm9ib2R5"}]}'
            },
        }
    },
    rules=[{"match": {"prefix": "/"}, "requires": {"provider_name": "nobody"}}],
)


def _jwt(*alternatives: Json, **match: object) -> Json:
    """Tokens are checked, and one of the alternatives does as well."""
    entry = copy.deepcopy(_JWT)
    (rule,) = entry["typed_config"]["rules"]
    rule["match"].update(match)
    if alternatives:
        requirements = [rule["requires"], *alternatives]
        rule["requires"] = {"requires_any": {"requirements": requirements}}
    return entry


_GET: Json = {"name": ":method", "string_match": {"exact": "GET"}}
_RBAC = typed(
    "envoy.filters.http.rbac",
    "filters.http.rbac.v3.RBAC",
    rules={
        "action": "ALLOW",
        "policies": {
            "users": {
                "permissions": [{"header": {"name": "authorization", "present_match": True}}],
                "principals": [{"any": True}],
            }
        },
    },
)
_RBAC_LOG = copy.deepcopy(_RBAC)
_RBAC_LOG["typed_config"]["rules"]["action"] = "LOG"
_BASIC_AUTH = typed(
    "envoy.filters.http.basic_auth",
    "filters.http.basic_auth.v3.BasicAuth",
    users={"inline_string": "user:{SHA}hVo9mLpQ1cZlZvS3sXwVqkx0yQ8="},
)
_API_KEY = typed(
    "envoy.filters.http.api_key_auth",
    "filters.http.api_key_auth.v3.ApiKeyAuth",
    credentials=[{"key": "secret", "client": "user"}],
    key_sources=[{"header": "x-api-key"}],
)
_OTHER_AUTHZ = typed(
    "other",
    "filters.http.ext_authz.v3.ExtAuthz",
    grpc_service={"envoy_grpc": {"cluster_name": "down"}},
)
_RATE_LIMIT = typed(
    "envoy.filters.http.local_ratelimit",
    "filters.http.local_ratelimit.v3.LocalRateLimit",
    stat_prefix="limited",
    token_bucket={"max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "3600s"},
    filter_enabled={"default_value": {"numerator": 100}},
    filter_enforced={"default_value": {"numerator": 100}},
)
_BUFFER = typed("envoy.filters.http.buffer", "filters.http.buffer.v3.Buffer", max_request_bytes=5)
_FAULT = typed(
    "envoy.filters.http.fault",
    "filters.http.fault.v3.HTTPFault",
    abort={"http_status": 503, "percentage": {"numerator": 100}},
)
_CSRF = typed(
    "envoy.filters.http.csrf",
    "filters.http.csrf.v3.CsrfPolicy",
    filter_enabled={"default_value": {"numerator": 100}},
)
_CSRF_OFF = typed(
    "envoy.filters.http.csrf",
    "filters.http.csrf.v3.CsrfPolicy",
    filter_enabled={"default_value": {"numerator": 0}},
)
_CORS = typed("envoy.filters.http.cors", "filters.http.cors.v3.Cors")
_ROUTER = typed("envoy.filters.http.router", "filters.http.router.v3.Router")


def _without(field: str, entry: Json) -> Json:
    config = {key: value for key, value in entry["typed_config"].items() if key != field}
    return {**entry, "typed_config": config}


def _first(entry: Json) -> Edit:
    return lambda draft: draft.filters.insert(0, entry)


def _second(entry: Json) -> Edit:
    return lambda draft: draft.filters.insert(1, entry)


def evil_gets_through(world: World, listener: str) -> bool:
    return world.reaches(listener, get(EVIL))


def preflights_fail(world: World, listener: str) -> bool:
    return world.send(listener, preflight(SHOP)).status != 204


def _refusals_are_bare(world: World, listener: str) -> bool:
    responses = [world.send(listener, post(SHOP, b"0123456789")) for _ in range(2)]
    return responses[-1].status >= 400 and responses[-1].cors_headers() == ()


def _put(field: str, value: object) -> Edit:
    def edit(draft: Draft) -> None:
        draft.authz[field] = value

    return edit


def _drop(field: str) -> Edit:
    def edit(draft: Draft) -> None:
        del draft.authz[field]

    return edit


def _before(name: str, entry: Json, harmless: Json | None = None) -> Case:
    """Behind ours the filter does no harm, nor does a ``harmless`` one before it."""
    rule = "ext-authz-not-first"
    mend = _second(entry) if harmless is None else _first(harmless)
    return Case(f"{name} first", rule, _first(entry), preflights_fail, mend=mend)


def _limiting(name: str, entry: Json, harmless: Json | None = None) -> Case:
    rule = "earlier-refusals-bare"
    mend = _second(entry) if harmless is None else _first(harmless)
    return Case(f"{name} first", rule, _first(entry), _refusals_are_bare, mend=mend)


def _bad_tokens_are_refused_bare(world: World, listener: str) -> bool:
    asked = get(SHOP, "/", ("authorization", "Bearer a.b.c"))
    response = world.send(listener, asked)
    return (response.status, response.cors_headers()) == (401, ())


def _other_authz_on(prefix: str) -> Edit:
    """As gateways do: off in the chain, and on where a route says so."""

    def edit(draft: Draft) -> None:
        draft.filters.insert(0, {**_OTHER_AUTHZ, "disabled": True})
        configs = draft.route(prefix).setdefault("typed_per_filter_config", {})
        configs["other"] = {"@type": _PER_ROUTE, "check_settings": {}}

    return edit


def _without_ext_authz(draft: Draft) -> None:
    draft.filters.pop(0)


def _policy(**fields: object) -> Json:
    api = "type.googleapis.com/envoy.extensions.filters.http.cors.v3"
    return {"envoy.filters.http.cors": {"@type": f"{api}.CorsPolicy", **fields}}


_GRANT: Json = {"allow_origin_string_match": [{"exact": EVIL}]}


def _native_policy(draft: Draft) -> None:
    draft.host["typed_per_filter_config"] = _policy(**_GRANT)


def _native_policy_of_a_share(draft: Draft) -> None:
    _split(draft, _policy(**_GRANT))


def _native_policy_turned_on(draft: Draft) -> None:
    off = {"default_value": {"numerator": 0}}
    draft.host["typed_per_filter_config"] = _policy(filter_enabled=off, **_GRANT)
    draft.route("/")["typed_per_filter_config"] = _policy(allow_methods="GET")


def _evil_preflight_is_granted(world: World, listener: str) -> bool:
    return EVIL in world.send(listener, preflight(EVIL)).values("access-control-allow-origin")


def _native(name: str, setup: Edit) -> Case:
    return Case(
        name,
        "native-cors-policy",
        _first(_CORS),
        _evil_preflight_is_granted,
        setup=setup,
        mend=_second(_CORS),
    )


def _mutating(**mutations: object) -> Json:
    name = "envoy.filters.http.header_mutation"
    return typed(name, "filters.http.header_mutation.v3.HeaderMutation", mutations=mutations)


def _without_names(matcher: Json) -> Json:
    return {"remove_on_match": {"key_matcher": matcher}}


def _mutating_on_a_route(draft: Draft) -> None:
    draft.filters.insert(1, _mutating())
    per_route = typed(
        "",
        "filters.http.header_mutation.v3.HeaderMutationPerRoute",
        mutations={"response_mutations": [{"remove": "access-control-allow-origin"}]},
    )["typed_config"]
    draft.route("/")["typed_per_filter_config"] = {"envoy.filters.http.header_mutation": per_route}


def _preflight_grant_is_broken(world: World, listener: str) -> bool:
    return world.send(listener, preflight(SHOP)).values("access-control-allow-origin") != (SHOP,)


def _mutation(name: str, edit: Edit) -> Case:
    return Case(name, "headers-mutated", edit, _preflight_grant_is_broken)


_ENCODING: Json = {"header": {"key": "vary", "value": "Accept-Encoding"}}
_OVERWRITE, _ADD = "OVERWRITE_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT"
_VARY_ALONE: Json = {"append": {**_ENCODING, "append_action": _OVERWRITE}}
_OWN: Json = {"header": {"key": "origin", "value": SHOP}}


def _vary_is_lost(world: World, listener: str) -> bool:
    vary = ",".join(world.send(listener, preflight(SHOP)).values("vary"))
    return "Origin" not in re.split(", ?", vary)


def _early_removal(draft: Draft) -> None:
    draft.manager["early_header_mutation_extensions"] = [
        typed(
            "envoy.http.early_header_mutation.header_mutation",
            "http.early_header_mutation.header_mutation.v3.HeaderMutation",
            mutations=[{"remove": "origin"}],
        )
    ]


def _show_only(*patterns: Json) -> Edit:
    return _put("allowed_headers", {"patterns": list(patterns)})


_ORIGIN: Json = {"exact": "origin"}
_ASKED: Json = {"prefix": "access-control-request-"}
_FETCH: Json = {"safe_regex": {"regex": "sec-fetch-.*"}}
_UPGRADE: Json = {"contains": "upgrade"}


def _null_of_the_same_site_is_refused(world: World, listener: str) -> bool:
    asked = get("null", "/", ("sec-fetch-site", "same-origin"))
    return world.send(listener, asked).status == 403


def _unlisted_header_is_granted(world: World, listener: str) -> bool:
    asked = preflight(SHOP, "/", ("access-control-request-headers", "x-unlisted"))
    return world.send(listener, asked).status == 204


def _removed_origin_goes_unnoticed(world: World, listener: str) -> bool:
    removed = get(None, "/", ("sec-fetch-mode", "cors"), ("sec-fetch-site", "cross-site"))
    return world.reaches(listener, removed)


def _foreign_handshake_succeeds(world: World, listener: str) -> bool:
    return world.send(listener, handshake(EVIL, "/open")).status == 101


def _header_is_injected(world: World, listener: str) -> bool:
    return world.send(listener, get(SHOP)).values("x-injected") == ("yes",)


def _large_bodies_are_refused_bare(world: World, listener: str) -> bool:
    response = world.send(listener, post(SHOP, b"0123456789"))
    return (response.status, response.cors_headers()) == (413, ())


def _buffer_on_a_route(draft: Draft) -> None:
    settings = {"with_request_body": {"max_request_bytes": 5}}
    per_route = {"@type": _PER_ROUTE, "check_settings": settings}
    draft.route("/")["typed_per_filter_config"] = {AUTHZ_FILTER: per_route}


def _own_chain(*entries: Json) -> Edit:
    def edit(draft: Draft) -> None:
        ours = [{**draft.filters[0], "name": "handshakes"}] if entries == () else []
        draft.manager["upgrade_configs"] = [
            {"upgrade_type": "websocket", "filters": [*ours, _ROUTER]}
        ]

    return edit


def _evil_handshake_succeeds(world: World, listener: str) -> bool:
    return world.send(listener, handshake(EVIL)).status == 101


def _switch_off_in_the_chain(draft: Draft) -> None:
    draft.filters[0]["disabled"] = True


def _switch_on_at_the_host(draft: Draft) -> None:
    _switch_off_in_the_chain(draft)
    on = {
        "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
        "config": {"@type": _PER_ROUTE, "check_settings": {}},
    }
    draft.host["typed_per_filter_config"] = {AUTHZ_FILTER: on}


def _switch_off_on_a_route(draft: Draft) -> None:
    draft.route("/")["typed_per_filter_config"] = {
        AUTHZ_FILTER: {"@type": _PER_ROUTE, "disabled": True}
    }


def _switch_off_by_filter_config(draft: Draft) -> None:
    off = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
    draft.route("/")["typed_per_filter_config"] = {AUTHZ_FILTER: off}


def _split(draft: Draft, configs: Json) -> None:
    shares = [{"name": "app", "weight": 100, "typed_per_filter_config": configs}]
    draft.route("/")["route"] = {"weighted_clusters": {"clusters": shares}}


def _switch_off_for_a_share(draft: Draft) -> None:
    _split(draft, {AUTHZ_FILTER: {"@type": _PER_ROUTE, "disabled": True}})


def _switch_on_for_a_share(draft: Draft) -> None:
    _switch_off_on_a_route(draft)
    _split(draft, {AUTHZ_FILTER: {"@type": _PER_ROUTE, "check_settings": {}}})


def _no_upgrades(draft: Draft) -> None:
    del draft.manager["upgrade_configs"]


def _own_handshake_fails(world: World, listener: str) -> bool:
    return world.send(listener, handshake(SHOP)).status != 101


CASES: Sequence[Case] = (
    Case("no ext_authz", "ext-authz-missing", _without_ext_authz, evil_gets_through),
    _before("JWT", _JWT),
    _before("RBAC", _RBAC),
    _before("RBAC that denies", _RBAC, _RBAC_LOG),
    _before("basic auth", _BASIC_AUTH),
    _before("API key", _API_KEY),
    _before("another ext_authz", _OTHER_AUTHZ),
    Case(
        "another ext_authz on a checked route",
        "ext-authz-not-first",
        _other_authz_on("/"),
        preflights_fail,
        mend=_other_authz_on("/healthz"),
    ),
    Case(
        "JWT for GET first",
        "earlier-refusals-bare",
        _first(_jwt(headers=[_GET])),
        _bad_tokens_are_refused_bare,
        mend=_second(_jwt(headers=[_GET])),
    ),
    Case(
        "lenient JWT first",
        "earlier-refusals-bare",
        _first(_jwt({"allow_missing": {}})),
        _bad_tokens_are_refused_bare,
        mend=_first(_jwt({"allow_missing_or_failed": {}})),
    ),
    _limiting("rate limit", _RATE_LIMIT),
    _limiting("enforced rate limit", _RATE_LIMIT, _without("filter_enforced", _RATE_LIMIT)),
    _limiting("rate limit that is on", _RATE_LIMIT, _without("filter_enabled", _RATE_LIMIT)),
    _limiting("buffer", _BUFFER),
    _limiting("fault", _FAULT),
    _limiting("CSRF", _CSRF),
    _limiting("CSRF that is on", _CSRF, _CSRF_OFF),
    Case(
        "off in the chain",
        "ext-authz-disabled",
        _switch_off_in_the_chain,
        evil_gets_through,
        mend=_switch_on_at_the_host,
    ),
    Case("off on a route", "ext-authz-disabled", _switch_off_on_a_route, evil_gets_through),
    Case(
        "off for a share",
        "ext-authz-disabled",
        _switch_off_for_a_share,
        evil_gets_through,
        mend=_switch_on_for_a_share,
    ),
    Case("off by config", "ext-authz-disabled", _switch_off_by_filter_config, evil_gets_through),
    Case(
        "for no request",
        "ext-authz-partial",
        _put("filter_enabled", {"default_value": {}}),
        evil_gets_through,
        mend=_put("filter_enabled", {"default_value": {"numerator": 100}}),
    ),
    Case(
        "for no request, which are denied",
        "ext-authz-partial",
        lambda draft: draft.authz.update(
            filter_enabled={"default_value": {}},
            deny_at_disable={"default_value": True, "runtime_key": "none"},
        ),
        preflights_fail,
    ),
    Case(
        "shadow",
        "ext-authz-shadowed",
        lambda draft: draft.authz.update(shadow_mode=True),
        evil_gets_through,
    ),
    Case(
        "upgrade's own chain",
        "upgrade-unchecked",
        _own_chain(_ROUTER),
        _evil_handshake_succeeds,
        mend=_own_chain(),
    ),
    Case(
        "no upgrades",
        "websocket-refused",
        _no_upgrades,
        _own_handshake_fails,
        expectations=Expectations(has_websockets=True),
    ),
    _native("native cors first", _native_policy),
    _native("native cors for a share first", _native_policy_of_a_share),
    _native("native cors turned on by a route first", _native_policy_turned_on),
    _mutation(
        "removal later",
        _second(_mutating(response_mutations=[{"remove": "Access-Control-Allow-Origin"}])),
    ),
    _mutation(
        "removal first",
        _first(_mutating(response_mutations=[{"remove": "access-control-allow-origin"}])),
    ),
    _mutation(
        "removal by prefix",
        _second(
            _mutating(
                response_mutations=[
                    _without_names({"prefix": "Access-", "ignore_case": True}),
                ]
            )
        ),
    ),
    _mutation(
        "removal by regex",
        _second(
            _mutating(response_mutations=[_without_names({"safe_regex": {"regex": ".*-allow-.*"}})])
        ),
    ),
    Case(
        "removal by suffix",
        "headers-mutated",
        _second(_mutating(response_mutations=[_without_names({"suffix": "-allow-origin"})])),
        _preflight_grant_is_broken,
        mend=_second(_mutating(response_mutations=[_without_names({"prefix": "Access-"})])),
    ),
    _mutation(
        "addition",
        _second(
            _mutating(
                response_mutations=[
                    {"append": {"header": {"key": "access-control-allow-origin", "value": "*"}}}
                ]
            )
        ),
    ),
    Case(
        "Vary overwritten",
        "headers-mutated",
        _second(_mutating(response_mutations=[_VARY_ALONE])),
        _vary_is_lost,
        mend=_second(_mutating(response_mutations=[{"append": _ENCODING}])),
    ),
    _mutation("removal on a route", _mutating_on_a_route),
    Case(
        "Origin removed by a filter",
        "origin-removed",
        _first(_mutating(request_mutations=[{"remove": "origin"}])),
        evil_gets_through,
        mend=_second(_mutating(request_mutations=[{"remove": "origin"}])),
    ),
    Case(
        "Origin removed by a pattern",
        "origin-removed",
        _first(_mutating(request_mutations=[_without_names({"contains": "rigi"})])),
        evil_gets_through,
    ),
    Case(
        "Origin overwritten",
        "origin-removed",
        _first(_mutating(request_mutations=[{"append": {**_OWN, "append_action": _OVERWRITE}}])),
        evil_gets_through,
        mend=_first(_mutating(request_mutations=[{"append": {**_OWN, "append_action": _ADD}}])),
    ),
    Case("Origin removed early", "origin-removed", _early_removal, evil_gets_through),
    Case(
        "Origin not listed",
        "origin-hidden",
        _show_only(_ASKED, _FETCH, _UPGRADE),
        evil_gets_through,
        mend=_show_only(_ORIGIN, _ASKED, _FETCH, _UPGRADE),
    ),
    Case(
        "Origin in upper case",
        "origin-hidden",
        _show_only({"exact": "Origin"}, _ASKED, _FETCH, _UPGRADE),
        evil_gets_through,
        mend=_show_only({"exact": "Origin", "ignore_case": True}, _ASKED, _FETCH, _UPGRADE),
    ),
    Case(
        "Origin excluded",
        "origin-hidden",
        _put("disallowed_headers", {"patterns": [{"suffix": "gin"}]}),
        evil_gets_through,
        mend=_put("disallowed_headers", {"patterns": [{"exact": "cookie"}]}),
    ),
    Case(
        "asked method not listed",
        "preflight-headers-hidden",
        _show_only(_ORIGIN, _FETCH, _UPGRADE),
        preflights_fail,
    ),
    Case(
        "asked headers not listed",
        "preflight-headers-hidden",
        _show_only(_ORIGIN, {"exact": "access-control-request-method"}, _FETCH, _UPGRADE),
        _unlisted_header_is_granted,
    ),
    Case(
        "sec-fetch-mode not listed",
        "fetch-metadata-hidden",
        _show_only(_ORIGIN, _ASKED, {"exact": "sec-fetch-site"}, _UPGRADE),
        _removed_origin_goes_unnoticed,
    ),
    Case(
        "sec-fetch not listed",
        "fetch-metadata-hidden",
        _show_only(_ORIGIN, _ASKED, _UPGRADE),
        _null_of_the_same_site_is_refused,
    ),
    Case(
        "upgrade not listed",
        "upgrade-hidden",
        _show_only(_ORIGIN, _ASKED, _FETCH),
        _foreign_handshake_succeeds,
    ),
    Case(
        "mutations not validated",
        "mutations-unvalidated",
        _drop("validate_mutations"),
        _header_is_injected,
        setup=lambda draft: draft.answer_with("splitting"),
    ),
    Case(
        "body",
        "body-buffered",
        _put("with_request_body", {"max_request_bytes": 5}),
        _large_bodies_are_refused_bare,
        mend=_put("with_request_body", {"max_request_bytes": 5, "allow_partial_message": True}),
    ),
    Case(
        "body on a route",
        "body-buffered",
        _buffer_on_a_route,
        _large_bodies_are_refused_bare,
    ),
)
"""Each with a name of its own."""
