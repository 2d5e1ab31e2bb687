"""Addresses: which resolved addresses a connection may be made to."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "169.254.0.0/16",  # link-local, with the metadata services of clouds
        "192.0.0.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "2001::/32",  # Teredo: the address behind it is not known here
    )
)
_PRIVATE = tuple(ip_network(text) for text in ("100.64.0.0/10", "198.18.0.0/15"))
"""Neither private nor global in the words of `ipaddress`; inside of somebody's network all the same."""
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_EMBEDDED_BITS = (1 << 32) - 1


class Reach(StrEnum):
    """How far an address leads."""

    PUBLIC = "public"
    PRIVATE = "private"
    NEVER = "never"


def reach_of(text: str) -> Reach:
    """Where an address leads; an IPv4 address inside an IPv6 one counts as itself. What is no address leads nowhere."""
    try:
        address = _embedded(ip_address(text.partition("%")[0]))
    except ValueError:
        return Reach.NEVER
    if any(address.version == one.version and address in one for one in _NEVER):
        return Reach.NEVER
    inside = any(address.version == one.version and address in one for one in _PRIVATE)
    return Reach.PRIVATE if inside or not address.is_global else Reach.PUBLIC


def chosen(addresses: Sequence[str], allow_private: bool) -> str | None:
    """The address to connect to, or None when any of the answers leads where it may not: a mixed answer is an attack."""
    allowed = {Reach.PUBLIC, Reach.PRIVATE} if allow_private else {Reach.PUBLIC}
    if not addresses or any(reach_of(one) not in allowed for one in addresses):
        return None
    return addresses[0]


def within(addresses: Sequence[str], nets: Sequence[str]) -> bool:
    """Whether every answer lies in one of the networks; without networks every one does."""
    allowed = tuple(ip_network(one) for one in nets)
    return not allowed or all(_in_one(text, allowed) for text in addresses)


def _in_one(text: str, nets: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = _embedded(ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    return any(address.version == one.version and address in one for one in nets)


def _embedded(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in one for one in _TRANSLATED):
        return IPv4Address(int(address) & _EMBEDDED_BITS)
    return address
