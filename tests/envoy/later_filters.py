"""Filters that operators put after ours, each on a path prefix of its own, all refusing."""

import json
from collections.abc import Sequence

from tests.support.bootstrap import Json, route, typed

_RATE_LIMIT = "envoy.filters.http.local_ratelimit"
_ONE_AN_HOUR: Json = {"max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "3600s"}
_ALWAYS: Json = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}


def _jwt() -> Json:
    key = {"kty": "oct", "alg": "HS256", "k": "bm9ib2R5"}
    provider = {"issuer": "nobody", "local_jwks": {"inline_string": json.dumps({"keys": [key]})}}
    return typed(
        "envoy.filters.http.jwt_authn",
        "filters.http.jwt_authn.v3.JwtAuthentication",
        providers={"nobody": provider},
        rules=[{"match": {"prefix": "/jwt"}, "requires": {"provider_name": "nobody"}}],
    )


def _rbac() -> Json:
    denied = {"url_path": {"path": {"prefix": "/rbac"}}}
    policy = {"permissions": [denied], "principals": [{"any": True}]}
    return typed(
        "envoy.filters.http.rbac",
        "filters.http.rbac.v3.RBAC",
        rules={"action": "DENY", "policies": {"nobody": policy}},
    )


def _rate_limit(**fields: object) -> Json:
    message = "filters.http.local_ratelimit.v3.LocalRateLimit"
    return typed(_RATE_LIMIT, message, stat_prefix="limited", **fields)


def _limited_route() -> Json:
    found = route("/limited")
    limit = _rate_limit(token_bucket=_ONE_AN_HOUR, filter_enabled=_ALWAYS, filter_enforced=_ALWAYS)
    found["typed_per_filter_config"] = {_RATE_LIMIT: limit["typed_config"]}
    return found


LATER_FILTERS: Sequence[Json] = (_jwt(), _rbac(), _rate_limit())
LATER_ROUTES: Sequence[Json] = (_limited_route(),)
