"""Nothing is wrong with what this project recommends and writes."""

import copy
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cors_authz.cli import main
from cors_authz.envoy.doctor.examine import examine
from cors_authz.envoy.doctor.rule import RuleId
from cors_authz.envoy.doctor.scene import Expectations
from deploy.demo.envoy import bootstrap as demo_bootstrap
from tests.support.bootstrap import AUTHZ_CLUSTER, Listener, build_bootstrap, route

_ROOT = Path(__file__).parents[2]
_POLICIES = str(_ROOT / "docs/examples/policies")


def _rules(content: bytes, expectations: Expectations | None = None) -> list[str]:
    return [finding.rule for finding in examine(content, expectations=expectations).findings]


@pytest.mark.parametrize(
    "path", sorted((_ROOT / "deploy/envoy").glob("*.yaml")), ids=lambda path: path.name
)
def test_nothing_is_found_in_the_bootstraps_to_copy(path: Path) -> None:
    assert _rules(path.read_bytes(), Expectations(workers=1)) == []


def test_nothing_is_found_in_the_demo() -> None:
    demo = demo_bootstrap(edge_port=1, sidecar_port=2, api_port=3)
    assert _rules(json.dumps(demo).encode()) == []


@pytest.mark.parametrize("recommended", [True, False], ids=["recommended", "careless"])
def test_of_the_tests_own_listeners_only_the_careless_are_found(*, recommended: bool) -> None:
    routes = [route("/healthz", checked=False), route("/named", group="named"), route("/")]
    listener = Listener("edge", routes, recommended=recommended)
    clusters = {AUTHZ_CLUSTER: ["127.0.0.1:1", "127.0.0.1:2"], "app": ["127.0.0.1:3"]}
    content = json.dumps(build_bootstrap([listener], clusters, Path("access.log"))).encode()
    expected = (
        set()
        if recommended
        else {
            RuleId.PATH_NOT_NORMALISED,
            RuleId.SLASHES_UNMERGED,
            RuleId.ESCAPED_SLASHES_KEPT,
            RuleId.UPSTREAM_CORS_EXPOSED,
        }
    )
    assert set(_rules(content, Expectations(workers=2))) == expected


_WRITTEN = {
    "plain": [],
    "two workers": ["--workers", "2"],
    "a socket": ["--sidecar", "unix:/run/cors-authz/authz.sock"],
    "a name": ["--sidecar", "cors-authz.cors-authz.svc:9191"],
    "TLS": ["--sidecar-ca", "/etc/ca.crt"],
    "without Origin": ["--skip-without-origin"],
    "JSON": ["--format", "json"],
}


def _write(command: str, *options: str) -> bytes:
    words = ["envoy", command, _POLICIES, *options]
    return CliRunner().invoke(main, words, catch_exceptions=False).stdout_bytes


@pytest.mark.parametrize("options", _WRITTEN.values(), ids=_WRITTEN)
def test_nothing_is_found_in_a_bootstrap_that_was_written(options: list[str]) -> None:
    workers = 2 if "2" in options else 1
    assert _rules(_write("bootstrap", *options), Expectations(workers)) == []


@pytest.mark.parametrize("options", _WRITTEN.values(), ids=_WRITTEN)
def test_nothing_is_found_where_a_filter_that_was_written_is_put(options: list[str]) -> None:
    parts = yaml.safe_load(_write("filter", *options))
    whole = yaml.safe_load((_ROOT / "deploy/envoy/envoy.yaml").read_text())
    resources = whole["static_resources"]
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [*parts["http_filters"], manager["http_filters"][-1]]
    resources["clusters"] = [*parts["clusters"], resources["clusters"][-1]]
    if "--skip-without-origin" in options:
        assert _rules(json.dumps(whole).encode()) == ["vary-missing"]
        vary = copy.deepcopy(parts.get("response_headers_to_add"))
        manager["route_config"]["response_headers_to_add"] = vary
    assert _rules(json.dumps(whole).encode()) == []
