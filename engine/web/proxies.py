"""Proxies: who asked, when the request came through a proxy that is trusted to say so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
LONGEST_CHAIN = 32


@cache
def networks_of(written: str) -> tuple[Network, ...]:
    """Addresses and networks separated by ','. Raises ValueError."""
    return tuple(ip_network(part, strict=False) for one in written.split(",") if (part := one.strip()))


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The address that asked: of `X-Forwarded-For`, from its end, the first that is no trusted proxy.

    A peer that is not trusted is whoever asked, whatever it says; so is the last address that cannot be read.
    """
    if not forwarded or not _is_trusted(peer, trusted):
        return peer
    for written in reversed(forwarded.split(",")[-LONGEST_CHAIN:]):
        address = _plain(written)
        if address is None:
            return peer
        if not _is_trusted(address, trusted):
            return address
        peer = address
    return peer


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    plain = _plain(address)
    return plain is not None and any(ip_address(plain) in network for network in trusted)


def _plain(written: str) -> str | None:
    """An address without a port, None for anything else."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None
