"""Mistakes in how cors-authz is called: what fails when a worker fails."""

from collections.abc import Sequence

from cors_authz.envoy.doctor.scene import Expectations
from tests.doctor.case import Case, Draft, Edit
from tests.doctor.world import EVIL, SHOP, World, get
from tests.support.bootstrap import route


def _some_requests_fail(world: World, listener: str) -> bool:
    return 503 in world.statuses(listener, 20)


def _one_of_many_fails(world: World, listener: str) -> bool:
    return 503 in world.statuses(listener, 60)


def _some_requests_fail_at_once(world: World, listener: str) -> bool:
    return 503 in world.statuses(listener, 40, at_once=40)


def _evil_gets_through(world: World, listener: str) -> bool:
    return world.reaches(listener, get(EVIL))


def _refusal_looks_like_a_denial(world: World, listener: str) -> bool:
    return world.send(listener, get(SHOP)).status == 403


def _every_request_fails(world: World, listener: str) -> bool:
    return set(world.statuses(listener, 5)) == {503}


def _requests_hang(world: World, listener: str) -> bool:
    return not world.answers_within(listener, 1.5)


def _second_worker_is_idle(world: World, listener: str) -> bool:
    before = world.services.counts["second"]
    world.statuses(listener, 10)
    return world.services.counts["second"] == before


def _service(**fields: object) -> Edit:
    return lambda draft: draft.service.update(fields)


def _retry(**fields: object) -> Edit:
    return lambda draft: draft.service["retry_policy"].update(fields)


def _answer_with(*services: str) -> Edit:
    return lambda draft: draft.answer_with(*services)


def _no_retries(draft: Draft) -> None:
    del draft.service["retry_policy"]


def _retries_below_envoy_grpc(draft: Draft) -> None:
    policy = draft.service.pop("retry_policy")
    draft.service["envoy_grpc"]["retry_policy"] = {"retry_on": policy["retry_on"], "num_retries": 3}


def _random_choice(draft: Draft) -> None:
    draft.answer_with("unavailable", "sidecar")
    draft.cluster["lb_policy"] = "RANDOM"
    draft.service["retry_policy"].update(num_retries=1, host_selection_retry_max_attempts=20)


def _any_host(draft: Draft) -> None:
    del draft.service["retry_policy"]["retry_host_predicate"]


def _retries_that_take_time(draft: Draft) -> None:
    draft.answer_with("unavailable", "sidecar")
    draft.service["retry_policy"]["retry_back_off"] = {
        "base_interval": "1s",
        "max_interval": "2s",
    }


def _default_breakers(draft: Draft) -> None:
    del draft.cluster["circuit_breakers"]


def _passive_health(draft: Draft) -> None:
    """Endpoints are judged, and none is ever put out."""
    draft.answer_with("dead", "sidecar")
    del draft.cluster["health_checks"]
    draft.cluster["outlier_detection"] = {
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
    }


def _hanging_worker(draft: Draft) -> None:
    draft.answer_with("hanging", "sidecar")
    draft.service["timeout"] = "0.2s"


def _no_health_checks(draft: Draft) -> None:
    del draft.cluster["health_checks"]


def _http1(draft: Draft) -> None:
    """Envoy refuses gRPC health checks over HTTP/1 itself."""
    del draft.cluster["typed_extension_protocol_options"]
    del draft.cluster["health_checks"]


def _hang_without_retries(draft: Draft) -> None:
    draft.answer_with("hanging")
    draft.service["timeout"] = "0.3s"
    del draft.cluster["health_checks"]


def _no_back_off(draft: Draft) -> None:
    del draft.service["retry_policy"]["retry_back_off"]


def _half_a_second(draft: Draft) -> None:
    draft.answer_with("unavailable", "sidecar")
    draft.service["timeout"] = "0.5s"


def _google_grpc(draft: Draft) -> None:
    del draft.service["envoy_grpc"]
    draft.service["google_grpc"] = {
        "target_uri": "ipv4:127.0.0.1:{unavailable},127.0.0.1:{sidecar}",
        "stat_prefix": "cors_authz",
    }


def _asks_another(draft: Draft) -> None:
    """Who is asked here allows everything."""
    options = draft.cluster["typed_extension_protocol_options"]
    draft.add_cluster("another", "first", typed_extension_protocol_options=options)
    own = route("/", sidecar="another")
    draft.route("/")["typed_per_filter_config"] = own["typed_per_filter_config"]


def _over_http(draft: Draft) -> None:
    del draft.authz["grpc_service"]
    uri = {"uri": "http://127.0.0.1", "cluster": "cors_authz", "timeout": "1s"}
    draft.authz["http_service"] = {"server_uri": uri}


def _no_request_passes(world: World, listener: str) -> bool:
    return 200 not in world.statuses(listener, 5)


CASES: Sequence[Case] = (
    Case(
        "fails open",
        "failure-mode-allow",
        lambda draft: draft.authz.update(failure_mode_allow=True),
        _evil_gets_through,
        setup=_answer_with("dead"),
    ),
    Case(
        "no status",
        "status-on-error-missing",
        lambda draft: draft.authz.pop("status_on_error"),
        _refusal_looks_like_a_denial,
        setup=_answer_with("dead"),
    ),
    Case(
        "no retries",
        "retries-missing",
        _no_retries,
        _some_requests_fail,
        setup=_answer_with("unavailable", "sidecar"),
    ),
    Case(
        "retries below envoy_grpc",
        "retries-misplaced",
        _retries_below_envoy_grpc,
        _some_requests_fail,
        setup=_answer_with("unavailable", "sidecar"),
    ),
    Case(
        "retries not of unavailable",
        "retries-blind",
        _retry(retry_on="connect-failure,reset"),
        _some_requests_fail,
        setup=_answer_with("unavailable", "sidecar"),
    ),
    Case(
        "retries not of connect failures",
        "retries-blind",
        _retry(retry_on="unavailable"),
        _some_requests_fail,
        mend=_retry(retry_on="reset,unavailable"),
        setup=_passive_health,
    ),
    Case(
        "retries of nothing",
        "retries-blind",
        lambda draft: draft.service["retry_policy"].pop("retry_on"),
        _some_requests_fail,
        setup=_answer_with("unavailable", "sidecar"),
    ),
    Case(
        "retries anywhere",
        "retries-same-host",
        _any_host,
        _one_of_many_fails,
        setup=_random_choice,
    ),
    Case(
        "default breakers",
        "retries-starved",
        _default_breakers,
        _some_requests_fail_at_once,
        setup=_retries_that_take_time,
    ),
    Case(
        "short timeout",
        "timeout-short",
        _service(timeout="0.03s"),
        _every_request_fails,
        setup=_answer_with("slow"),
    ),
    Case(
        "no timeout",
        "timeout-unbounded",
        _service(timeout="0s"),
        _requests_hang,
        setup=_hang_without_retries,
    ),
    Case(
        "ten minutes",
        "timeout-unbounded",
        _service(timeout="600s"),
        _requests_hang,
        setup=_hang_without_retries,
    ),
    Case(
        "ten minutes, as a message",
        "timeout-unbounded",
        _service(timeout={"seconds": 600}),
        _requests_hang,
        setup=_hang_without_retries,
    ),
    Case("HTTP/1", "cluster-http1", _http1, _every_request_fails),
    Case(
        "no health checks",
        "health-checks-missing",
        _no_health_checks,
        _some_requests_fail,
        setup=_hanging_worker,
    ),
    Case(
        "one endpoint of two",
        "workers-unreached",
        _answer_with("first"),
        _second_worker_is_idle,
        mend=_answer_with("first", "second"),
        expectations=Expectations(workers=2),
    ),
    Case(
        "zero retries",
        "retries-missing",
        _retry(num_retries=0),
        _some_requests_fail,
        setup=_answer_with("unavailable", "sidecar"),
    ),
    Case("no back-off", "retries-late", _no_back_off, _some_requests_fail, setup=_half_a_second),
    Case(
        "short tries",
        "timeout-short",
        _retry(retry_back_off={"base_interval": "0.01s", "max_interval": "0.02s"}),
        _every_request_fails,
        setup=_answer_with("slow"),
    ),
    Case(
        "google_grpc",
        "google-grpc",
        _google_grpc,
        _some_requests_fail,
        setup=_answer_with("unavailable", "sidecar"),
    ),
    Case("another service on a route", "ext-authz-disabled", _asks_another, _evil_gets_through),
    Case("over HTTP", "ext-authz-over-http", _over_http, _no_request_passes),
)
