"""What a page does, what comes of it, and both in the words of the tables. No I/O here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.exchange import HeaderPairs

FETCH = """async ([url, init]) => {
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

_UNREMARKABLE = frozenset({"content-type", "content-length", "cache-control"})
"""Response headers that every page may read (Fetch standard 2.2.2)."""


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

    def url(self, base: str, probe: str) -> str:
        """The first argument; ``base`` is the API's origin."""
        return f"{base}{self.path}?probe={probe}&{self.answer}"

    def __str__(self) -> str:
        """As the tables show it."""
        remarks = [f"{name}: {value}" for name, value in self.headers]
        if self.credentials != "same-origin":
            remarks.append(f"credentials: {self.credentials}")
        if self.mode != "cors":
            remarks.append(f"mode: {self.mode}")
        words = f"{self.method} {self.path}"
        return f"{words} ({'; '.join(remarks)})" if remarks else words


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


def describe_result(result: Mapping[str, Any]) -> str:
    """What ``FETCH`` returned, in words: the status, and what a page could learn beyond it."""
    if "error" in result:
        return BLOCKED if result["error"] == "TypeError: Failed to fetch" else result["error"]
    if result["type"] == "opaque":
        return OPAQUE
    words = str(result["status"])
    if result["headers"].get("content-type") == "application/problem+json":
        words += f" {json.loads(result['body'])['reason']}"
    readable = sorted(name for name in result["headers"] if name not in _UNREMARKABLE)
    return f"{words}, reads {', '.join(readable)}" if readable else words
