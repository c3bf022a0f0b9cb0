"""Addresses as people write them, and as Envoy does."""

import ipaddress

from envoy_data_plane.envoy.config.core.v3 import Address, Pipe, SocketAddress

_UNIX = "unix:"
_UNIX_ABSTRACT = "unix-abstract:"
_MAX_PORT = 65535


class AddressError(ValueError):
    """What was given is no address that Envoy could use here."""


def envoy_address(text: str) -> Address:
    """``host:port``, ``unix:/path`` or ``unix-abstract:name``, as gRPC writes them.

    Raises:
        AddressError: It is none of these.
    """
    if text.startswith(_UNIX_ABSTRACT):
        return Address(pipe=Pipe(path=f"@{text.removeprefix(_UNIX_ABSTRACT)}"))
    if text.startswith(_UNIX):
        return Address(pipe=Pipe(path=text.removeprefix(_UNIX)))
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) <= _MAX_PORT:
        raise AddressError(f"{text}: write host:port with a port from 1 to {_MAX_PORT}")
    host = host.removeprefix("[").removesuffix("]")
    return Address(socket_address=SocketAddress(address=host, port_value=int(port)))


def reachable_address(text: str) -> Address:
    """Likewise, of somebody whom Envoy is to connect to.

    Raises:
        AddressError: It is no address, or one that only servers can use.
    """
    address = envoy_address(text)
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
