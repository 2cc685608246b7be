"""Which addresses a socket may go to."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

# Services of cloud providers that hand out credentials: AWS, Azure and Google share the
# first; then AWS over IPv6, Alibaba, and Azure's host agent.
_METADATA = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
        "168.63.129.16/32",
    )
)
_NAT64 = ip_network("64:ff9b::/96")


class AddressRefusedError(OSError):
    """A name resolved to an address that this program does not connect to."""


def is_metadata(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is link-local or a cloud's metadata service."""
    inner = _unwrapped(address)
    return any(inner in network for network in _METADATA if network.version == inner.version)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is on the public internet and no metadata service."""
    inner = _unwrapped(address)
    return inner.is_global and not inner.is_multicast and not is_metadata(inner)


def vet(address: str, *, own_host: str | None) -> None:
    """Raise AddressRefusedError for an address, in numbers, that is not to be connected to.

    `own_host`: the connection is for the registry or the index itself or a host the user
    allowed, so private addresses are fine, and a metadata address if the user wrote just that
    one. None: for any other host, public addresses only.
    """
    found = ip_address(address.partition("%")[0])
    allowed = is_public(found) if own_host is None else not is_metadata(found)
    if not allowed and found != _literal(own_host or ""):
        raise AddressRefusedError(f"connections to {found} are not allowed")


def socket_factory(*, own_host: str | None) -> Callable[[tuple[Any, ...]], socket.socket]:
    """A function that makes sockets for addresses that passed `vet`, or raises its error."""

    def make(address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, place = address_info
        vet(str(place[0]), own_host=own_host)
        return socket.socket(family, kind, protocol)

    return make


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside a mapped, translated or 6to4 IPv6 address."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
