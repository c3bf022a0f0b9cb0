"""Written routes lead where the router of the sidecar leads."""

import re
from itertools import product
from typing import Any

from hypothesis import given, settings

from cors_authz.envoy.route_config import ROUTE_OF_NO_GROUP, route_config
from cors_authz.envoy.routes import Hosts, decided_groups, plan_hosts, unclaiming_groups
from tests.envoy_config.documents import as_spec
from tests.reference.building import build_policy_set
from tests.reference.strategies import HOSTS, policy_sets

Document = dict[str, Any]

ASKED_HOSTS = (
    *(host for host in HOSTS if not host.startswith("*")),
    "a.b.example.com",
    "v1.api.example.com",
    "api.example.com.",
    "b.example.com.",
    "evilexample.com",
    "elsewhere.test",
)
ASKED_PATHS = ("/", "/orders", "/orders/", "/orders/1", "/ordersx", "/v1/orders", "/v1/orders/x")


def domain_fits(domain: str, host: str) -> bool:
    if domain.startswith("*"):
        return len(host) > len(domain) - 1 and host.endswith(domain[1:])
    return domain == host


def virtual_host(config: Document, host: str) -> Document:
    """The one with the exact domain, or the longest that begins with a star, as in Envoy."""
    fitting = [
        (not domain.startswith("*"), len(domain), found)
        for found in config["virtual_hosts"]
        for domain in found["domains"]
        if domain_fits(domain, host)
    ]
    chosen: Document = max(fitting, key=lambda each: each[:2])[2]
    return chosen


def path_fits(match: Document, path: str) -> bool:
    (kind,) = match
    if kind == "path":
        return bool(path == match[kind])
    if kind == "path_separated_prefix":
        return path == match[kind] or path.startswith(f"{match[kind]}/")
    if kind == "safe_regex":
        return re.fullmatch(match[kind]["regex"], path) is not None
    return path.startswith(match["prefix"])


def route_of(config: Document, host: str, path: str) -> Document:
    routes = virtual_host(config, host)["routes"]
    found: Document = next(route for route in routes if path_fits(route["match"], path))
    return found


@settings(max_examples=60)
@given(policy_sets(may_conflict=False))
def test_a_route_is_that_of_the_group_which_decides(document: Document) -> None:
    spec = as_spec(document)
    config = route_config(plan_hosts(spec), "app", adds_vary=True)
    router = build_policy_set(document).router
    for host, path in product(ASKED_HOSTS, ASKED_PATHS):
        group = router.route(host, path).group
        route = route_of(config, host, path)
        assert route["name"] == (ROUTE_OF_NO_GROUP if group is None else group.name), (host, path)
        changed = group is not None and not group.passes_untouched
        assert ("response_headers_to_remove" in route) == changed
        assert ("response_headers_to_add" in route) == changed
        if group is None and document["settings"]["unmatched"] == "deny":
            assert "direct_response" in route


def planned(groups: list[Document], unmatched: str = "allow") -> tuple[Hosts, ...]:
    document = {
        "settings": {"unmatched": unmatched},
        "policies": [{"name": "one"}],
        "apiGroups": [{"policies": ["one"], **group} for group in groups],
    }
    return plan_hosts(as_spec(document))


def test_hosts_of_the_same_groups_share_a_virtual_host() -> None:
    hosts = planned([{"name": "a", "hosts": ["a.test", "b.test"]}, {"name": "b", "hosts": ["c"]}])
    assert [each.domains for each in hosts] == [("a.test", "b.test"), ("c",), ("*",)]


def test_hosts_that_no_group_knows_are_not_passed_on() -> None:
    assert not planned([{"name": "a", "hosts": ["a.test"]}])[-1].rest_is_forwarded
    assert planned([{"name": "a", "paths": ["/a"]}])[-1].rest_is_forwarded
    assert not planned([{"name": "a", "paths": ["/a"]}], "deny")[-1].rest_is_forwarded


def test_a_group_without_policies_decides() -> None:
    document = {
        "settings": {"unmatched": "allow"},
        "policies": [{"name": "trial", "mode": "reportOnly"}],
        "apiGroups": [
            {"name": "closed", "hosts": ["a.test"], "policies": []},
            {"name": "dry", "hosts": ["b.test"], "policies": ["trial"]},
            {"name": "hidden", "hosts": [], "policies": ["trial"]},
        ],
    }
    assert decided_groups(as_spec(document)) == ("closed",)
    assert unclaiming_groups(as_spec(document)) == ("hidden",)
