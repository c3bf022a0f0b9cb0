"""What a fixture is: a mistake, the finding for it, and what Envoy does because of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cors_authz.envoy.doctor.scene import Expectations
from tests.doctor.world import World
from tests.support.bootstrap import Json

Edit = Callable[["Draft"], None]
Probe = Callable[[World, str], bool]


@dataclass(frozen=True, slots=True)
class Draft:
    """A bootstrap in the making: one listener with the clusters that it needs."""

    bootstrap: Json

    @property
    def listener(self) -> Json:
        found: Json = self.bootstrap["static_resources"]["listeners"][0]
        return found

    @property
    def manager(self) -> Json:
        found: Json = self.listener["filter_chains"][0]["filters"][0]["typed_config"]
        return found

    @property
    def filters(self) -> list[Json]:
        found: list[Json] = self.manager["http_filters"]
        return found

    @property
    def authz(self) -> Json:
        """The configuration of the ext_authz filter, wherever it stands."""
        named = next(f for f in self.filters if f["name"].endswith("ext_authz"))
        found: Json = named["typed_config"]
        return found

    @property
    def service(self) -> Json:
        found: Json = self.authz["grpc_service"]
        return found

    @property
    def table(self) -> Json:
        found: Json = self.manager["route_config"]
        return found

    @property
    def host(self) -> Json:
        found: Json = self.table["virtual_hosts"][0]
        return found

    def route(self, prefix: str) -> Json:
        found: Json = next(r for r in self.host["routes"] if r["match"].get("prefix") == prefix)
        return found

    @property
    def cluster(self) -> Json:
        clusters = self.bootstrap["static_resources"]["clusters"]
        found: Json = next(c for c in clusters if c["name"] == "cors_authz")
        return found

    def answer_with(self, *services: str) -> None:
        """Let these services be the endpoints of the sidecar's cluster."""
        self.cluster["load_assignment"]["endpoints"] = _endpoints(*services)

    def add_cluster(self, name: str, service: str, **fields: object) -> None:
        """Add a cluster of one service."""
        assignment = {"cluster_name": name, "endpoints": _endpoints(service)}
        cluster = {"name": name, "type": "STATIC", "load_assignment": assignment, **fields}
        self.bootstrap["static_resources"]["clusters"].append(cluster)


def _endpoints(*services: str) -> list[Json]:
    members: list[Any] = [
        {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": s}}}}
        for s in services
    ]
    return [{"lb_endpoints": members}]


def unchanged(_: Draft) -> None:
    """Change nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """A mistake in a bootstrap that is otherwise as recommended."""

    name: str
    rule: str
    harm: Edit
    """Makes the mistake."""
    misbehaves: Probe
    """Whether the Envoy with the listener of this name does what the finding says."""
    setup: Edit = unchanged
    """What holds of the mistaken and of the mended configuration."""
    mend: Edit = unchanged
    """How it should be, where that is more than the mistake left out."""
    expectations: Expectations = field(default_factory=Expectations)
