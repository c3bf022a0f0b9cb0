"""What a page does, what comes of it, and both in the words of the tables. No I/O here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.exchange import HeaderPairs

_FETCH = """async ([url, init]) => {
  try {
    const response = await fetch(url, init);
    return {
      status: response.status,
      type: response.type,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}"""

BLOCKED = "blocked"
OPAQUE = "opaque"

_SHOWN_HEADERS = 3

_SERVICE_HEADER_PREFIX, _ENVOY_HEADER_PREFIX = "x-", "x-envoy-"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of ``fetch``."""

    path: str
    method: str = "GET"
    headers: HeaderPairs = ()
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"
    answer: str = ""
    """The query that tells the upstream what to answer."""

    @property
    def init(self) -> Mapping[str, object]:
        """The second argument of ``fetch``."""
        init: dict[str, object] = {
            "method": self.method,
            "headers": dict(self.headers),
            "credentials": self.credentials,
            "mode": self.mode,
        }
        return init if self.body is None else {**init, "body": self.body}

    @property
    def source(self) -> str:
        """The function that the page evaluates."""
        return _FETCH

    def argument(self, base: str, probe: str) -> object:
        """Its argument; ``base`` is the API's origin."""
        return [url(base, self.path, probe, self.answer), self.init]

    def describe(self, result: Mapping[str, Any]) -> str:
        """What it returned, in words."""
        return describe_fetched(result)

    def __str__(self) -> str:
        """As the tables show it."""
        remarks = [f"{name}: {value}" for name, value in self.headers[:_SHOWN_HEADERS]]
        if len(self.headers) > _SHOWN_HEADERS:
            remarks.append(f"{len(self.headers)} headers in all")
        if self.credentials != "same-origin":
            remarks.append(f"credentials: {self.credentials}")
        if self.mode != "cors":
            remarks.append(f"mode: {self.mode}")
        words = f"{self.method} {self.path}"
        return f"{words} ({'; '.join(remarks)})" if remarks else words


@dataclass(frozen=True, slots=True)
class Script:
    """Something else that a page does with an address."""

    words: str
    """As the tables show it, without the path."""
    source: str
    """A JavaScript function from the address to what the page saw, as a text."""
    path: str
    answer: str = ""

    def argument(self, base: str, probe: str) -> object:
        """The argument of the function."""
        return url(base, self.path, probe, self.answer)

    def describe(self, result: str) -> str:
        """What it returned, in words."""
        return result

    def __str__(self) -> str:
        """As the tables show it."""
        return f"{self.words} {self.path}".strip()


Action = Call | Script


def url(base: str, path: str, probe: str, answer: str = "") -> str:
    """The address of a resource whose traces are found by ``probe``.

    Where ``answer`` says PROBE, the probe is put in.
    """
    return f"{base}{path}?probe={probe}&{answer.replace('PROBE', probe)}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a page's call."""

    page: str
    """What the script got to see."""
    network: tuple[str, ...]
    """Method and status of each exchange."""
    upstream: tuple[str, ...]
    """The requests that arrived there."""
    decisions: tuple[str, ...]
    """Verdict, kind, reason and policy of each decision."""


def describe_fetched(result: Mapping[str, Any]) -> str:
    """What a page read, in words: the status, and what it could learn beyond it."""
    if "error" in result:
        return BLOCKED if result["error"] == "TypeError: Failed to fetch" else result["error"]
    if result["type"] == "opaque":
        return OPAQUE
    words = str(result["status"])
    if result["headers"].get("content-type") == "application/problem+json":
        words += f" {json.loads(result['body'])['reason']}"
    exposed = [
        name
        for name in sorted(result["headers"])
        if name.startswith(_SERVICE_HEADER_PREFIX) and not name.startswith(_ENVOY_HEADER_PREFIX)
    ]
    return f"{words}, reads {', '.join(exposed)}" if exposed else words
