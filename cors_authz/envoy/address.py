"""Addresses as people write them, and as Envoy does."""

import ipaddress
import re

from envoy_data_plane.envoy.config.core.v3 import Address, Pipe, SocketAddress

_UNIX = "unix:"
_UNIX_ABSTRACT = "unix-abstract:"
_MAX_PORT = 65535
_MAX_SOCKET_NAME_BYTES = 107
"""What ``sun_path`` holds, less its final zero (unix(7))."""

_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII | re.IGNORECASE)
"""What can be looked up; underscores stand in names of containers."""


class AddressError(ValueError):
    """What was given is no address that Envoy could use here."""


def listening_address(text: str) -> Address:
    """The address of a listener: ``host:port`` with an IP address, or a socket.

    Raises:
        AddressError: It is none; Envoy looks no names up for its listeners.
    """
    address = _address(text)
    host = host_of(address)
    if address.socket_address is None:
        return address
    if not is_ip(host):
        raise AddressError(
            f"{text}: Envoy listens on IP addresses only; write 127.0.0.1:"
            f"{address.socket_address.port_value} for this machine, 0.0.0.0 for every network"
        )
    # As for other servers, every IPv6 address includes every IPv4 address.
    address.socket_address.ipv4_compat = host == "::"
    return address


def reachable_address(text: str) -> Address:
    """The address of somebody whom Envoy is to connect to: with a name, too.

    Raises:
        AddressError: It is no address, or one that only servers can use.
    """
    address = _address(text)
    host = host_of(address)
    if is_ip(host) and ipaddress.ip_address(host).is_unspecified:
        raise AddressError(
            f"{text}: one listens there; write the address by which Envoy gets there"
        )
    return address


def host_of(address: Address) -> str:
    """The name or number of the host; empty for sockets."""
    return "" if address.socket_address is None else address.socket_address.address


def is_ip(host: str) -> bool:
    """Whether this is an IP address, so that nobody need look it up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _address(text: str) -> Address:
    """``host:port``, ``unix:/path`` or ``unix-abstract:name``, as gRPC writes them."""
    if text.startswith(_UNIX_ABSTRACT):
        return Address(pipe=Pipe(path=f"@{_socket_name(text, _UNIX_ABSTRACT)}"))
    if text.startswith(_UNIX):
        path = _socket_name(text, _UNIX)
        if not path.startswith("/"):
            raise AddressError(f"{text}: write the whole path, for example unix:/run/app.sock")
        return Address(pipe=Pipe(path=path))
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) <= _MAX_PORT:
        raise AddressError(f"{text}: write host:port with a port from 1 to {_MAX_PORT}")
    return Address(socket_address=SocketAddress(address=_host(host, text), port_value=int(port)))


def _socket_name(text: str, prefix: str) -> str:
    name = text.removeprefix(prefix)
    if not 0 < len(name.encode()) <= _MAX_SOCKET_NAME_BYTES:
        raise AddressError(f"{text}: a socket has 1 to {_MAX_SOCKET_NAME_BYTES} bytes")
    return name


def _host(host: str, text: str) -> str:
    number = host[1:-1] if host.startswith("[") and host.endswith("]") else None
    if number is not None and ":" in number and is_ip(number):
        return number
    if number is not None or not _NAME.fullmatch(host):
        raise AddressError(
            f"{text}: {host} is no host; write a name or an IP address and no scheme, an IPv6 "
            "address in brackets, for example [::1]:8080"
        )
    return host
