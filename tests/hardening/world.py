"""One policy set as a document, as loaded, and behind the service that transports call."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cors_authz.config.compile import LoadedSet
from cors_authz.config.load import load_sources
from cors_authz.config.source import Source
from cors_authz.observability.decision_log import DecisionLog
from cors_authz.observability.writer import LineWriter
from cors_authz.server.service import CheckService

Document = dict[str, Any]

_ALL = ["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"]

DOCUMENT: Document = {
    "settings": {"unmatched": "deny"},
    "policies": [
        {
            "name": "storefront",
            "allowedHttpProtocols": ["HTTP/1.1", "HTTP/2"],
            "allowedMethods": ["GET", "POST", "PUT"],
            "allowedOrigins": [
                "https://shop.example.com",
                "https://*.shop.example.com",
                "~https://pr-[0-9]+\\.preview\\.example\\.com",
            ],
            "allowedHeaders": ["authorization", "content-type"],
            "exposedHeaders": ["x-total"],
            "allowCredentials": True,
        },
        {
            "name": "partner",
            "allowedHttpProtocols": _ALL,
            "allowedMethods": ["GET"],
            "allowedOrigins": ["https://partner.example.net", "http://localhost:*"],
            "requireOriginHeader": True,
        },
        {
            "name": "open",
            "allowedHttpProtocols": _ALL,
            "allowedOrigins": ["*"],
            "allowedHeaders": ["*"],
            "mode": "headersOnly",
        },
        {
            "name": "quiet",
            "allowedHttpProtocols": _ALL,
            "allowedMethods": ["GET"],
            "allowedOrigins": ["https://shop.example.com", "*.shop.example.com"],
            "mode": "headersOnly",
        },
        {
            "name": "trial",
            "allowedHttpProtocols": _ALL,
            "allowedOrigins": ["https://other.example.net", "chrome-extension://abcdefghijklmnop"],
            "mode": "reportOnly",
        },
    ],
    "apiGroups": [
        {
            "name": "orders",
            "hosts": ["api.example.com", "*.example.com"],
            "paths": ["=/orders", "/v1/orders", "~/a+"],
            "policies": ["partner", "storefront"],
        },
        {
            "name": "invoices",
            "hosts": ["api.example.com"],
            "policies": ["storefront"],
            "sameOrigin": "check",
        },
        {
            "name": "everything",
            "hosts": ["all.example.com"],
            "policies": ["open", "storefront", "trial"],
            "evaluation": "all",
        },
        {"name": "quiet", "hosts": ["[::1]", "quiet.example.com"], "policies": ["quiet"]},
        {"name": "dry", "hosts": ["dry.example.com"], "policies": ["trial"]},
    ],
}
"""Of every feature that lets something through, at least one.

No expression that would keep the naive decider busy, whose engine backtracks.
"""


def load_document() -> LoadedSet:
    """Load the document as ``serve`` does.

    Raises:
        LookupError: It has errors.
    """
    source = Source("set.json", json.dumps(DOCUMENT).encode())
    result = load_sources([source], place="set.json")
    if result.loaded is None:
        raise LookupError(result.findings)
    return result.loaded


class Nowhere:
    """An output that takes everything."""

    def write(self, lines: bytes) -> None:
        """Forget it."""


@contextmanager
def serving() -> Iterator[CheckService]:
    """The service with a decision log whose lines are rendered and thrown away."""
    writer = LineWriter(Nowhere())
    try:
        log = DecisionLog(writer, allowed_share=1.0, denied_share=1.0)
        yield CheckService(load_document(), (log,))
    finally:
        writer.close(timeout_s=10)
