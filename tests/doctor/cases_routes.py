"""Mistakes in routes and in the connection manager."""

from collections.abc import Sequence
from typing import Any

from cors_authz.envoy.doctor.scene import Expectations
from tests.doctor.case import Case, Draft, Edit
from tests.doctor.world import EVIL, HOST, PARTNER, SHOP, World, get, preflight
from tests.support.bootstrap import AUTHZ_FILTER, Json, direct_route, route, typed

GROUPS = frozenset({"default", "strict", "open", "browsers"})


def _sending(origin: str | None, path: str) -> Any:
    return lambda world, listener: world.reaches(listener, get(origin, path))


def _status(origin: str, path: str, status: int) -> Any:
    return lambda world, listener: world.send(listener, get(origin, path)).status == status


def _extensions(draft: Draft, prefix: str) -> Json:
    per_route = draft.route(prefix)["typed_per_filter_config"][AUTHZ_FILTER]
    found: Json = per_route["check_settings"]["context_extensions"]
    return found


def _misspelt_extension(draft: Draft) -> None:
    extensions = _extensions(draft, "/open")
    extensions["cors-authz.group"] = extensions.pop("cors_authz.group")


def _unknown_group(draft: Draft) -> None:
    _extensions(draft, "/open")["cors_authz.group"] = "opne"


def _other_filter_name(draft: Draft) -> None:
    draft.filters[0]["name"] = "ours/ext_authz"


def _same_names(draft: Draft) -> None:
    _other_filter_name(draft)
    for each in draft.host["routes"]:
        configs = each.get("typed_per_filter_config", {})
        if AUTHZ_FILTER in configs:
            configs["ours/ext_authz"] = configs.pop(AUTHZ_FILTER)


def _by_method(*methods: str) -> Edit:
    def edit(draft: Draft) -> None:
        regex = "|".join(methods)
        matcher = {"name": ":method", "string_match": {"safe_regex": {"regex": regex}}}
        draft.route("/strict")["match"]["headers"] = [matcher]

    return edit


def _exact_method(draft: Draft) -> None:
    matcher = {"name": ":method", "string_match": {"exact": "GET"}}
    draft.route("/strict")["match"]["headers"] = [matcher]


def _options_route(*, checked: bool) -> Edit:
    """Envoy itself says yes to OPTIONS, and knows nothing of CORS."""

    def edit(draft: Draft) -> None:
        own = direct_route("/strict", 200)
        own["match"]["headers"] = [{"name": ":method", "string_match": {"exact": "OPTIONS"}}]
        template = route("/strict", group="strict", checked=checked)
        own["typed_per_filter_config"] = template["typed_per_filter_config"]
        draft.host["routes"].insert(0, own)

    return edit


def _partners_preflight_fails(world: World, listener: str) -> bool:
    return world.send(listener, preflight(PARTNER, "/strict")).status != 204


def _routes(*routes: Json) -> Edit:
    return lambda draft: draft.host.update(routes=list(routes))


def _lone(only: Json) -> Edit:
    """Where Envoy expects a list, it takes a single value as well."""
    return lambda draft: draft.host.update(routes=only)


def _unmatched_is_bare(world: World, listener: str) -> bool:
    response = world.send(listener, get(SHOP, "/nothing"))
    assert response.status == 404
    return response.cors_headers() == ()


def _unstripped(draft: Draft) -> None:
    del draft.table["response_headers_to_remove"]


def _stripped_by_the_cluster(draft: Draft) -> None:
    _unstripped(draft)
    by_name = {"remove_on_match": {"key_matcher": {"prefix": "access-control-"}}}
    options = typed(
        "",
        "upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config={"http_protocol_options": {}},
        http_filters=[
            typed(
                "strip",
                "filters.http.header_mutation.v3.HeaderMutation",
                mutations={"response_mutations": [by_name]},
            ),
            typed("codec", "filters.http.upstream_codec.v3.UpstreamCodec"),
        ],
    )["typed_config"]
    kind = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    draft.add_cluster("stripping", "app", typed_extension_protocol_options={kind: options})
    for each in draft.host["routes"]:
        each["route"] = {"cluster": "stripping"}


def _probe_is_readable(world: World, listener: str) -> bool:
    return world.send(listener, get(EVIL, "/healthz")).values("access-control-allow-origin") != ()


def _skipping(*, without_origin: bool) -> Edit:
    """The matcher of the contract, section 13."""
    common = "type.googleapis.com/envoy.extensions"
    header = {
        "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
        "header_name": "origin",
    }
    has_origin = {
        "single_predicate": {
            "input": {"name": "origin", "typed_config": header},
            "value_match": {"safe_regex": {"google_re2": {}, "regex": ".*"}},
        }
    }
    skip = f"{common}.filters.common.matcher.action.v3.SkipFilter"
    matcher = {
        "predicate": {"not_matcher": has_origin} if without_origin else has_origin,
        "on_match": {"action": {"name": "skip", "typed_config": {"@type": skip}}},
    }

    def edit(draft: Draft) -> None:
        ours = draft.filters[0]
        draft.filters[0] = {
            "name": ours["name"],
            "typed_config": {
                "@type": f"{common}.common.matching.v3.ExtensionWithMatcher",
                "extension_config": ours,
                "xds_matcher": {"matcher_list": {"matchers": [matcher]}},
            },
        }

    return edit


def _skipping_with_vary(draft: Draft) -> None:
    _skipping(without_origin=True)(draft)
    _static_vary(draft)


def _static_vary(draft: Draft) -> None:
    draft.table["response_headers_to_add"] = [
        {"header": {"key": "vary", "value": "Origin"}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}
    ]


def _vary_is_missing(world: World, listener: str) -> bool:
    return "Origin" not in world.send(listener, get(None)).values("vary")


def _without(field: str) -> Edit:
    def edit(draft: Draft) -> None:
        del draft.manager[field]

    return edit


def _scheme_is_forged(world: World, listener: str) -> bool:
    forged = get(f"https://{HOST}", "/", ("x-forwarded-proto", "https"))
    return world.send(listener, forged).status == 200


def _fixed_scheme(draft: Draft) -> None:
    del draft.manager["use_remote_address"]
    draft.manager["scheme_header_transformation"] = {"scheme_to_overwrite": "http"}


def _mapping(op: str, value: int) -> Edit:
    comparison = {"op": op, "value": {"default_value": value, "runtime_key": "none"}}
    mapper = {"filter": {"status_code_filter": {"comparison": comparison}}, "status_code": 299}
    return lambda draft: draft.manager.update(local_reply_config={"mappers": [mapper]})


def _adding(op: str, value: int) -> Edit:
    header = {"key": "access-control-allow-origin", "value": "*"}

    def edit(draft: Draft) -> None:
        _mapping(op, value)(draft)
        (mapper,) = draft.manager["local_reply_config"]["mappers"]
        del mapper["status_code"]
        mapper["headers_to_add"] = [{"header": header}]

    return edit


def _formatting(text: str | None = None) -> Edit:
    formatted: Json = {"json_format": {"status": "%RESPONSE_CODE%"}}
    own: Json = {"text_format_source": {"inline_string": text}}
    mappers = [] if text is None else [{**_of_204(), "body_format_override": own}]
    config = {"body_format": formatted, "mappers": mappers}
    return lambda draft: draft.manager.update(local_reply_config=config)


def _of_204() -> Json:
    value = {"default_value": 299, "runtime_key": "none"}
    return {"filter": {"status_code_filter": {"comparison": {"op": "LE", "value": value}}}}


def _bytes_follow_the_preflights_answer(world: World, listener: str) -> bool:
    """As the beginning of a next response, on a connection that goes on."""
    asked = preflight(SHOP, "/", ("connection", "close"))
    received = world.send_raw(listener, asked)
    assert received.startswith(b"HTTP/1.1 204 ")
    return received.partition(b"\r\n\r\n")[2] != b""


def _denials_are_readable(world: World, listener: str) -> bool:
    response = world.send(listener, get(EVIL))
    return (response.status, response.cors_headers()) != (403, ())


CASES: Sequence[Case] = (
    Case(
        "misspelt extension",
        "context-extension-unknown",
        _misspelt_extension,
        _status(EVIL, "/open", 403),
    ),
    Case(
        "unknown group",
        "group-unknown",
        _unknown_group,
        _status(EVIL, "/open", 403),
        expectations=Expectations(groups=GROUPS),
    ),
    Case(
        "other filter name",
        "per-route-name-unknown",
        _other_filter_name,
        _status(EVIL, "/open", 403),
        mend=_same_names,
    ),
    Case(
        "route by method",
        "options-lost",
        _by_method("GET", "POST"),
        _partners_preflight_fails,
        mend=_by_method("GET", "POST", "OPTIONS"),
    ),
    Case("route for GET", "options-lost", _exact_method, _partners_preflight_fails),
    Case(
        "route for OPTIONS off",
        "options-lost",
        _options_route(checked=False),
        _partners_preflight_fails,
        mend=_options_route(checked=True),
    ),
    Case(
        "no catch-all",
        "catch-all-missing",
        _routes(route("/orders")),
        _unmatched_is_bare,
        mend=_routes(route("/orders"), direct_route("/", 404)),
    ),
    Case(
        "not stripped",
        "upstream-cors-exposed",
        _unstripped,
        _probe_is_readable,
        mend=_stripped_by_the_cluster,
    ),
    Case(
        "skipped without Vary",
        "vary-missing",
        lambda _: None,
        _vary_is_missing,
        setup=_skipping(without_origin=True),
        mend=_static_vary,
    ),
    Case(
        "skipped with Origin",
        "origin-skipped",
        _skipping(without_origin=False),
        _sending(EVIL, "/"),
        mend=_skipping_with_vary,
    ),
    Case(
        "skipped without required Origin",
        "required-origin-skipped",
        _skipping_with_vary,
        _sending(None, "/browsers"),
        expectations=Expectations(requires_origin=True),
    ),
    Case(
        "dots",
        "path-not-normalised",
        _without("normalize_path"),
        _sending(EVIL, "/healthz/../orders"),
    ),
    Case(
        "double slash",
        "slashes-unmerged",
        _without("merge_slashes"),
        _sending(EVIL, "//strict"),
        setup=_routes(route("/strict", group="strict"), route("/", group="open")),
    ),
    Case(
        "escaped slash",
        "escaped-slashes-kept",
        _without("path_with_escaped_slashes_action"),
        _sending(EVIL, "/healthz/..%2forders"),
    ),
    Case(
        "escaped slash, a number",
        "escaped-slashes-kept",
        lambda draft: draft.manager.update(path_with_escaped_slashes_action=1),
        _sending(EVIL, "/healthz/..%2forders"),
        mend=lambda draft: draft.manager.update(path_with_escaped_slashes_action=3),
    ),
    Case(
        "escaped slash, in lower case",
        "escaped-slashes-kept",
        lambda draft: draft.manager.update(path_with_escaped_slashes_action="keep_unchanged"),
        _sending(EVIL, "/healthz/..%2forders"),
        mend=lambda draft: draft.manager.update(
            path_with_escaped_slashes_action="unescape_and_redirect"
        ),
    ),
    Case(
        "a lone route",
        "catch-all-missing",
        _lone(route("/orders")),
        _unmatched_is_bare,
        mend=_lone(direct_route("/", 404)),
    ),
    Case(
        "forged scheme",
        "remote-address-unused",
        _without("use_remote_address"),
        _scheme_is_forged,
        mend=_fixed_scheme,
    ),
    Case(
        "forged scheme, wrapped",
        "remote-address-unused",
        lambda draft: draft.manager.update(use_remote_address={"value": False}),
        _scheme_is_forged,
        mend=lambda draft: draft.manager.update(use_remote_address={"value": True}),
    ),
    Case(
        "denials mapped",
        "local-reply-rewritten",
        _mapping("GE", 400),
        _status(EVIL, "/", 299),
        mend=_mapping("GE", 500),
    ),
    Case(
        "bodies formatted",
        "local-reply-rewritten",
        _formatting(),
        _bytes_follow_the_preflights_answer,
        mend=_formatting("%LOCAL_REPLY_BODY%"),
    ),
    Case(
        "preflights formatted",
        "local-reply-rewritten",
        _formatting("%RESPONSE_CODE%"),
        _bytes_follow_the_preflights_answer,
    ),
    Case(
        "preflights given a body",
        "local-reply-rewritten",
        lambda draft: draft.manager.update(
            local_reply_config={"mappers": [{**_of_204(), "body": {"inline_string": "ok"}}]}
        ),
        _bytes_follow_the_preflights_answer,
    ),
    Case(
        "denials decorated",
        "local-reply-rewritten",
        _adding("EQ", 403),
        _denials_are_readable,
        mend=_adding("EQ", 503),
    ),
)
