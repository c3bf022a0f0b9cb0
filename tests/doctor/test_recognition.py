"""Which service is cors-authz, which listeners are examined, and what is only noted."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cors_authz.envoy.doctor.examine import Examination, examine
from cors_authz.envoy.doctor.route_table import GROUP_EXTENSION
from cors_authz.envoy.doctor.unreadable import UnreadableError
from tests.doctor.case import Draft
from tests.support.bootstrap import (
    AUTHZ_CLUSTER,
    AUTHZ_FILTER,
    Json,
    Listener,
    build_bootstrap,
    route,
    typed,
)


def _draft() -> Draft:
    clusters = {AUTHZ_CLUSTER: ["127.0.0.1:1"], "app": ["127.0.0.1:2"]}
    listener = Listener("edge", [route("/")])
    return Draft(copy.deepcopy(build_bootstrap([listener], clusters, Path("access.log"))))


def _examine(draft: Draft, **options: Any) -> Examination:
    return examine(json.dumps(draft.bootstrap).encode(), **options)


def _rules(draft: Draft, **options: Any) -> list[str]:
    return [finding.rule for finding in _examine(draft, **options).findings]


def _rename(draft: Draft, name: str) -> None:
    draft.cluster["name"] = name
    draft.service["envoy_grpc"]["cluster_name"] = name


def _other_authz(cluster: str) -> Json:
    service = {"envoy_grpc": {"cluster_name": cluster}}
    return typed("opa", "filters.http.ext_authz.v3.ExtAuthz", grpc_service=service)


@pytest.mark.parametrize(
    "name",
    [
        "cors_authz",
        "outbound|9191||cors-authz.cors-authz.svc.cluster.local",
        "securitypolicy/gateways/cors-authz/extauth/0",
    ],
)
def test_it_is_recognised_by_its_name_among_others(name: str) -> None:
    draft = _draft()
    _rename(draft, name)
    draft.filters.insert(1, _other_authz("opa"))
    examination = _examine(draft)
    assert (examination.targets, examination.findings) == ((name,), ())


def test_the_only_service_is_taken_for_it() -> None:
    draft = _draft()
    _rename(draft, "sidecar")
    assert _examine(draft).targets == ("sidecar",)


def test_of_several_without_its_name_none_is_taken() -> None:
    draft = _draft()
    _rename(draft, "sidecar")
    draft.filters.insert(1, _other_authz("opa"))
    assert _rules(draft) == ["ext-authz-missing"]
    assert _rules(draft, cluster="sidecar") == []


def test_a_gateways_listener_is_examined_though_istio_calls_it_outbound() -> None:
    draft, probes = _draft(), _draft()
    del draft.authz["validate_mutations"]
    draft.listener["traffic_direction"] = "OUTBOUND"
    probes.filters.pop(0)
    probes.listener["name"] = "probes"
    probes.host["routes"] = [route("/healthz/ready")]
    draft.bootstrap["static_resources"]["listeners"].append(probes.listener)
    assert _rules(draft) == ["mutations-unvalidated"]
    draft.filters.pop(0)
    assert _rules(draft) == ["ext-authz-missing"]


def test_outbound_listeners_are_left_out() -> None:
    draft, other = _draft(), _draft()
    other.filters.pop(0)
    other.listener.update(name="egress", traffic_direction="OUTBOUND")
    draft.bootstrap["static_resources"]["listeners"].append(other.listener)
    examination = _examine(draft)
    assert (examination.listeners, examination.findings) == (("edge",), ())
    assert _rules(draft, listeners=frozenset({"egress"})) == ["ext-authz-missing"]


@pytest.mark.parametrize("path", ["/healthz", "/stats/prometheus"])
def test_a_listener_for_probes_needs_no_check(path: str) -> None:
    draft, other = _draft(), _draft()
    other.filters.pop(0)
    other.listener["name"] = "probes"
    other.host["routes"] = [route(path)]
    draft.bootstrap["static_resources"]["listeners"].append(other.listener)
    assert _rules(draft) == []


def test_a_listener_without_a_name_is_told_by_its_place() -> None:
    draft = _draft()
    del draft.listener["name"]
    assert _examine(draft).listeners == ("listeners[0]",)


def test_a_listener_that_is_not_there_is_told() -> None:
    with pytest.raises(UnreadableError, match="no listener named gate speaks HTTP; these do: edge"):
        _examine(_draft(), listeners=frozenset({"gate"}))


def _routes_elsewhere(draft: Draft) -> None:
    del draft.manager["route_config"]
    draft.manager["rds"] = {"route_config_name": "main", "config_source": {"ads": {}}}


def _hosts_elsewhere(draft: Draft) -> None:
    draft.table["vhds"] = {"config_source": {"ads": {}}}
    draft.table["virtual_hosts"] = []


def _cluster_elsewhere(draft: Draft) -> None:
    draft.bootstrap["static_resources"]["clusters"].remove(draft.cluster)


def _earlier_filter_elsewhere(draft: Draft) -> None:
    draft.filters.insert(0, {"name": "told", "config_discovery": {"config_source": {"ads": {}}}})


def _asked_by_metadata(draft: Draft) -> None:
    """As Istio asks, which decides by another filter's shadow rules."""
    draft.filters.insert(
        0, typed("rbac", "filters.http.rbac.v3.RBAC", shadow_rules={"policies": {}})
    )
    draft.authz["filter_enabled_metadata"] = {"filter": "rbac", "path": [{"key": "x"}]}


def _asked_by_path(draft: Draft) -> None:
    _wrap(
        draft,
        {
            "matcher_tree": {
                "input": {"name": "path"},
                "prefix_match_map": {"map": {"/open": {"action": {"name": "skip"}}}},
            }
        },
    )


def _wrap(draft: Draft, matcher: Json) -> None:
    message = "common.matching.v3.ExtensionWithMatcher"
    ours = draft.filters[0]
    draft.filters[0] = typed(AUTHZ_FILTER, message, extension_config=ours, xds_matcher=matcher)


def _asked_by_a_routes_matcher(draft: Draft) -> None:
    message = "common.matching.v3.ExtensionWithMatcherPerRoute"
    own = typed("", message, xds_matcher={"matcher_list": {}})["typed_config"]
    draft.route("/")["typed_per_filter_config"] = {AUTHZ_FILTER: own}


def _composed(draft: Draft) -> None:
    ours = draft.filters[0]
    execute = "type.googleapis.com/envoy.extensions.filters.http.composite.v3.ExecuteFilterAction"
    action = {"name": "x", "typed_config": {"@type": execute, "typed_config": ours}}
    tree = {"exact_match_map": {"map": {"a": {"action": action}}}}
    composite = typed("composite", "filters.http.composite.v3.Composite")
    draft.filters[0] = typed(
        "composite",
        "common.matching.v3.ExtensionWithMatcher",
        extension_config=composite,
        xds_matcher={"matcher_tree": tree},
    )


def _routes_in_a_matcher(draft: Draft) -> None:
    draft.host["matcher"] = {"matcher_list": {}}
    draft.host["routes"] = []


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        pytest.param(_routes_elsewhere, "routes-unseen", id="routes"),
        pytest.param(_hosts_elsewhere, "routes-unseen", id="virtual hosts"),
        pytest.param(_cluster_elsewhere, "cluster-unseen", id="cluster"),
        pytest.param(_earlier_filter_elsewhere, "filter-unread", id="an earlier filter"),
        pytest.param(_asked_by_metadata, "matcher-unread", id="metadata"),
        pytest.param(_asked_by_path, "matcher-unread", id="a matcher"),
        pytest.param(_asked_by_a_routes_matcher, "matcher-unread", id="a route's matcher"),
        pytest.param(_composed, "matcher-unread", id="a composite"),
        pytest.param(_routes_in_a_matcher, "matcher-unread", id="routes in a matcher"),
    ],
)
def test_what_cannot_be_judged_is_noted(edit: Callable[[Draft], None], rule: str) -> None:
    draft = _draft()
    edit(draft)
    assert _rules(draft) == [rule]


def _by_dns(draft: Draft) -> None:
    draft.cluster["type"] = "strict_dns"


def _by_a_dns_cluster(draft: Draft) -> None:
    del draft.cluster["type"]
    dns = typed("envoy.cluster.dns", "clusters.dns.v3.DnsCluster")
    draft.cluster["cluster_type"] = dns


@pytest.mark.parametrize("edit", [_by_dns, _by_a_dns_cluster])
def test_a_name_may_stand_for_several_workers(edit: Callable[[Draft], None]) -> None:
    draft = _draft()
    edit(draft)
    draft.cluster.pop("health_checks", None)
    assert _rules(draft) == ["health-checks-missing"]


def test_what_stands_in_a_composite_is_examined() -> None:
    draft = _draft()
    del draft.authz["validate_mutations"]
    _composed(draft)
    assert _rules(draft) == ["matcher-unread", "mutations-unvalidated"]


def _extensions(name: str, **extensions: str) -> Json:
    message = "filters.http.ext_authz.v3.ExtAuthzPerRoute"
    settings = {"context_extensions": extensions}
    return {name: typed("", message, check_settings=settings)["typed_config"]}


def test_what_another_service_is_told_is_its_own_affair() -> None:
    draft = _draft()
    draft.filters.insert(1, _other_authz("opa"))
    draft.host["typed_per_filter_config"] = _extensions("opa", auth_group="admins")
    assert _rules(draft) == []
    draft.host["typed_per_filter_config"] = _extensions(AUTHZ_FILTER, auth_group="admins")
    assert _rules(draft) == ["context-extension-unknown"]


def test_paths_matter_only_where_routes_of_a_host_differ() -> None:
    draft = _draft()
    del draft.manager["normalize_path"]
    draft.host["routes"] = [route("/orders"), route("/")]
    draft.host["typed_per_filter_config"] = _extensions(AUTHZ_FILTER, **{GROUP_EXTENSION: "shop"})
    assert _rules(draft) == []
    draft.host["routes"][0] = route("/orders", group="orders")
    assert _rules(draft) == ["path-not-normalised"]


def test_a_cors_policy_behind_ours_is_harmless() -> None:
    draft = _draft()
    draft.filters.insert(1, typed("envoy.filters.http.cors", "filters.http.cors.v3.Cors"))
    draft.host["cors"] = {"allow_origin_string_match": [{"prefix": ""}]}
    assert _rules(draft) == []
    draft.filters.insert(0, draft.filters.pop(1))
    assert _rules(draft) == ["native-cors-policy"]
