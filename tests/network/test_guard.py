from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from auditor.network.guard import AddressRefusedError, is_metadata, is_public, socket_factory


def info(address: str) -> tuple[object, ...]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_a_stranger_may_not_lead_us_inside(address: str) -> None:
    assert not is_public(ip_address(address.partition("%")[0]))
    with pytest.raises(AddressRefusedError):
        socket_factory(own_host=None)(info(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_a_stranger_may_lead_to_public_addresses(address: str) -> None:
    socket_factory(own_host=None)(info(address)).close()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", "8.8.8.8"])
def test_the_users_own_registry_may_be_inside(address: str) -> None:
    socket_factory(own_host="registry.corp")(info(address)).close()


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"])
def test_even_an_own_name_may_not_resolve_to_a_metadata_service(address: str) -> None:
    assert is_metadata(ip_address(address))
    with pytest.raises(AddressRefusedError):
        socket_factory(own_host="registry.corp")(info(address))


def test_a_link_local_address_the_user_wrote_is_meant() -> None:
    socket_factory(own_host="169.254.7.7")(info("169.254.7.7")).close()
    with pytest.raises(AddressRefusedError):
        socket_factory(own_host="169.254.7.7")(info("169.254.169.254"))
