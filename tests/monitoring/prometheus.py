"""Runs Debian's Prometheus against whatever answers ``/metrics`` on loopback."""

import json
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import yaml

from tests.support.child import running, wait_until_ready

JOB = "cors-authz"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    port: int

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that an expression gives now.

        Raises:
            AssertionError: It is no expression.
        """
        answer = self._get("/api/v1/query", query=expression)
        assert answer["status"] == "success", answer
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def wait_for(self, expression: str, *, timeout_s: float = 20.0) -> list[dict[str, Any]]:
        """Likewise, as soon as there is a sample.

        Raises:
            AssertionError: None comes in time.
        """
        deadline = time.monotonic() + timeout_s
        while not (found := self.query(expression)):
            assert time.monotonic() < deadline, expression
            time.sleep(0.2)
        return found

    def rules(self) -> list[dict[str, Any]]:
        """The rules that it evaluates."""
        groups = self._get("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                answer: dict[str, Any] = json.load(response)
        except HTTPError as error:
            with error:
                answer = json.load(error)
        return answer


@contextmanager
def run_prometheus(target: str, rules: Path, directory: Path) -> Iterator[Prometheus]:
    """Scrape ``target`` every second until the block is left."""
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": JOB, "static_configs": [{"targets": [target]}]}],
    }
    file, log = directory / "prometheus.yaml", directory / "prometheus.log"
    file.write_text(yaml.safe_dump(config))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = (
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    with running(command, stdout=directory / "prometheus.out", stderr=log) as process:
        prometheus = Prometheus(port)
        wait_until_ready(process, lambda: _answers(prometheus), log=log)
        yield prometheus


def _answers(prometheus: Prometheus) -> bool:
    try:
        return bool(prometheus.query("up == 1"))
    except (URLError, ConnectionError, AssertionError, ValueError):
        return False
