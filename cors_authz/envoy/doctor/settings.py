"""The settings of our ext_authz filter that concern failures and bodies."""

from collections.abc import Iterator

from cors_authz.envoy.doctor.finding import Finding, finding
from cors_authz.envoy.doctor.http_filter import HttpFilter
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Scene


def check_settings(scene: Scene) -> Iterator[Finding]:
    """Check each filter that asks cors-authz."""
    for filter_ in scene.ours:
        yield from _check_failures(filter_)
        yield from _check_body(filter_, scene)


def _check_failures(filter_: HttpFilter) -> Iterator[Finding]:
    config = filter_.config
    if config.is_true("failure_mode_allow"):
        yield finding(
            RuleId.FAILURE_MODE_ALLOW,
            config.get("failure_mode_allow"),
            "while cors-authz does not answer, every request passes undecided: forged posts, "
            "WebSocket handshakes of foreign pages, and preflights",
            "set failure_mode_allow: false, and mind retries and health checks instead",
        )
    elif not config.get("status_on_error"):
        yield finding(
            RuleId.STATUS_ON_ERROR_MISSING,
            config,
            "while cors-authz does not answer, requests get 403, as if a policy had denied them",
            "add status_on_error: {code: ServiceUnavailable}",
        )
    if not config.is_true("validate_mutations"):
        yield finding(
            RuleId.MUTATIONS_UNVALIDATED,
            config,
            "Envoy writes whatever an authorization service answers to the client, line breaks "
            "in header values included, which makes two responses of one",
            "add validate_mutations: true",
        )


def _check_body(filter_: HttpFilter, scene: Scene) -> Iterator[Finding]:
    """Routes may tell their own."""
    told = [filter_.config.get("with_request_body")]
    told += [
        override.config.get("check_settings", "with_request_body")
        for route in scene.manager.routes
        for override in route.overrides(filter_.name)
    ]
    for body in {id(body.value): body for body in told if body}.values():
        if not body.is_true("allow_partial_message"):
            yield finding(
                RuleId.BODY_BUFFERED,
                body,
                "a body larger than max_request_bytes is refused with 413 before cors-authz is "
                "asked: without CORS headers, so that the page sees a network error; cors-authz "
                "reads no body",
                "remove with_request_body",
            )
