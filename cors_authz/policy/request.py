"""The request as the decision sees it: only what Envoy said, nothing parsed yet.

This and the decision, which checks make anew, are named tuples rather than frozen dataclasses,
which take five times as long to make.
"""

from typing import NamedTuple


class Request(NamedTuple):
    """One HTTP request, as Envoy's ``AttributeContext.HttpRequest`` described it.

    Every text is hostile and unparsed. ``None`` stands for a header that was absent; an
    empty text for one that was present and empty.
    """

    method: str
    """Case-sensitive, as sent."""
    scheme: str
    """``http`` or ``https``, as far as Envoy's listener can be trusted with it."""
    host: str
    """The authority as sent: case, port, trailing dot and all."""
    path: str
    """The whole request target, query included."""
    protocol: str
    """The HTTP version, for example ``HTTP/2``."""
    origin: str | None = None
    requested_method: str | None = None
    """``Access-Control-Request-Method``."""
    requested_headers: str | None = None
    """``Access-Control-Request-Headers``."""
    sec_fetch_site: str | None = None
    sec_fetch_mode: str | None = None
    upgrade: str | None = None
    group: str | None = None
    """The API group that the Envoy route names in ``context_extensions``."""
