"""Writes the requests that pages, partners and programs would send to the API."""

from dataclasses import dataclass

from deploy.demo.http11 import Headers, Request


@dataclass(frozen=True, slots=True)
class Asking:
    """Requests to one API, whose host and port are ``authority``."""

    authority: str

    def send(
        self, method: str, path: str, origin: str | None, *headers: tuple[str, str]
    ) -> Request:
        """Write a request, with the Origin that a browser would add for a page of ``origin``."""
        origins: Headers = () if origin is None else (("origin", origin),)
        body = b"{}" if method == "POST" else b""
        length: Headers = (("content-length", str(len(body))),) if body else ()
        return Request(method, path, (("host", self.authority), *origins, *headers, *length), body)

    def preflight(self, method: str, path: str, origin: str, *names: str) -> Request:
        """Write the preflight for a method and the names of headers (Fetch standard 4.8)."""
        headers: Headers = (("access-control-request-method", method),)
        if names:
            headers = (*headers, ("access-control-request-headers", ",".join(names)))
        return self.send("OPTIONS", path, origin, *headers)

    def handshake(self, path: str, origin: str) -> Request:
        """Write a WebSocket's opening handshake (RFC 6455 section 4.1)."""
        return self.send(
            "GET",
            path,
            origin,
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        )
