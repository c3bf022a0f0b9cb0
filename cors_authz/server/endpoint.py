"""Where to listen: the address that operators write, and what each worker makes of it.

Envoy keeps one connection per endpoint, and processes that share a port share nothing; so
each worker has an address of its own, derived from the one that was given.
"""

from dataclasses import dataclass, replace
from pathlib import Path

UNIX = "unix:"
UNIX_ABSTRACT = "unix-abstract:"

MAX_PORT = 65535
MAX_WORKERS = 64
"""More than any machine that Envoy shares has cores for."""
MAX_SOCKET_NAME_BYTES = 107
"""What ``sun_path`` holds, less its final zero (unix(7))."""


class AddressInvalidError(ValueError):
    """What was given is no address to listen on."""


class AddressUnavailableError(OSError):
    """The server cannot listen where it was told to."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One worker's address: TCP, a socket file, or a name in Linux's abstract namespace."""

    host: str = ""
    port: int = 0
    path: Path | None = None
    abstract_name: str | None = None

    @property
    def address(self) -> str:
        """As gRPC writes it: ``host:port``, ``unix:/path`` or ``unix-abstract:name``."""
        if self.path is not None:
            return f"{UNIX}{self.path}"
        if self.abstract_name is not None:
            return f"{UNIX_ABSTRACT}{self.abstract_name}"
        return f"{self.host}:{self.port}"

    def with_port(self, port: int) -> "Endpoint":
        """The same TCP address with the port that was found free; sockets stay as they are."""
        return replace(self, port=port) if self.host else self

    def numbered(self, index: int) -> "Endpoint":
        """The address of worker ``index`` of several: the next port, or a numbered name.

        Port 0 stays 0: each worker takes a free one.

        Raises:
            AddressInvalidError: The ports end before the workers do.
        """
        if self.path is not None:
            name = f"{self.path.stem}.{index}{self.path.suffix}"
            return Endpoint(path=_bounded_path(self.path.with_name(name)))
        if self.abstract_name is not None:
            return Endpoint(abstract_name=_bounded_name(f"{self.abstract_name}.{index}"))
        port = self.port + index if self.port else 0
        if port > MAX_PORT:
            raise AddressInvalidError(f"worker {index} would need port {port}: give a lower port")
        return Endpoint(host=self.host, port=port)


def parse_endpoint(text: str) -> Endpoint:
    """Parse ``host:port``, ``unix:/path`` or ``unix-abstract:name``.

    Raises:
        AddressInvalidError: It is none of these.
    """
    if text.startswith(UNIX_ABSTRACT):
        return Endpoint(abstract_name=_bounded_name(text.removeprefix(UNIX_ABSTRACT)))
    if text.startswith(UNIX):
        path = text.removeprefix(UNIX)
        if not path.startswith("/"):
            raise AddressInvalidError(f"{text}: write the whole path, for example unix:/run/a.sock")
        return Endpoint(path=_bounded_path(Path(path)))
    host, colon, port = text.rpartition(":")
    if not host or not colon or not (port.isascii() and port.isdigit()) or int(port) > MAX_PORT:
        raise AddressInvalidError(
            f"{text}: write host:port, unix:/path or unix-abstract:name, for example 127.0.0.1:9191"
        )
    return Endpoint(host=host, port=int(port))


def worker_endpoints(listen: str, workers: int) -> tuple[Endpoint, ...]:
    """One endpoint a worker; a single worker has the very address that was given.

    Raises:
        AddressInvalidError: The address is none, or does not suffice for so many.
    """
    endpoint = parse_endpoint(listen)
    if workers == 1:
        return (endpoint,)
    return tuple(endpoint.numbered(index) for index in range(workers))


def _bounded_path(path: Path) -> Path:
    if len(bytes(path)) > MAX_SOCKET_NAME_BYTES:
        raise AddressInvalidError(f"{path} has more than {MAX_SOCKET_NAME_BYTES} bytes")
    return path


def _bounded_name(name: str) -> str:
    if not name or len(name.encode()) > MAX_SOCKET_NAME_BYTES or "\0" in name:
        raise AddressInvalidError(
            f"unix-abstract:{name}: a name has 1 to {MAX_SOCKET_NAME_BYTES} bytes"
        )
    return name
