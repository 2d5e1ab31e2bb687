"""Addresses that a connection may be made to: every way of writing an inside address is seen through."""

from __future__ import annotations

import pytest

from engine.runtime.sovereignty.addresses import Reach, chosen, reach_of

PUBLIC = ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "fc00::1",
    "fd12::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
]
NEVER = [
    "0.0.0.0",
    "169.254.169.254",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:1::1",
    "localhost",
    "",
]


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        *((one, Reach.PUBLIC) for one in PUBLIC),
        *((one, Reach.PRIVATE) for one in PRIVATE),
        *((one, Reach.NEVER) for one in NEVER),
    ],
)
def test_an_address_leads_as_far_as_it_leads_whatever_it_is_written_like(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


@pytest.mark.parametrize(
    ("addresses", "allow_private", "expected"),
    [
        (["8.8.8.8", "8.8.4.4"], False, "8.8.8.8"),
        (["8.8.8.8", "10.0.0.1"], False, None),
        (["10.0.0.1"], False, None),
        (["10.0.0.1"], True, "10.0.0.1"),
        (["10.0.0.1", "169.254.169.254"], True, None),
        ([], True, None),
    ],
)
def test_every_answer_of_the_resolver_counts(addresses: list[str], allow_private: bool, expected: str | None) -> None:
    assert chosen(addresses, allow_private) == expected
