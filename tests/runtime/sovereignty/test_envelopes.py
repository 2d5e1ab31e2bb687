"""Envelopes open where they were sealed and nowhere else; no altered bit passes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from engine.runtime.sovereignty.envelopes import (
    Place,
    Tampered,
    UnknownEnvelope,
    joined,
    key_version_of,
    open_envelope,
    seal_envelope,
)
from tests.runtime.sovereignty.altering import flipped, swapped

KEY = bytes(range(16))
PLACE = Place("a-tenant", "opportunity", 42, "G3", 7)
PLAIN = '{"budget":1200000,"note":"总经理拍板"}'.encode()


@pytest.mark.parametrize("plain", [b"", b"x", PLAIN, bytes(100_000)])
def test_what_is_sealed_opens_where_it_was_sealed(plain: bytes) -> None:
    envelope = seal_envelope(KEY, 3, PLACE, plain)
    assert open_envelope(KEY, PLACE, envelope) == plain
    assert key_version_of(envelope, PLACE) == 3
    assert envelope[:4] == b"\x01\x01\x00\x03"
    assert len(envelope) == 4 + 12 + len(plain) + 16
    assert not plain or len(plain) < 4 or plain not in envelope
    assert seal_envelope(KEY, 3, PLACE, plain) != envelope


@pytest.mark.parametrize(
    "other",
    [
        replace(PLACE, tenant="another"),
        replace(PLACE, entity="opportunities"),
        replace(PLACE, record=43),
        replace(PLACE, group="G4"),
        replace(PLACE, row_version=8),
        replace(PLACE, tenant="a-tenantopportunity", entity=""),
        replace(PLACE, tenant="a-tenanto", entity="pportunity"),
    ],
)
def test_in_another_place_nothing_opens(other: Place) -> None:
    with pytest.raises(Tampered):
        open_envelope(KEY, other, seal_envelope(KEY, 1, PLACE, PLAIN))


def test_swaps_and_flipped_bits_are_found() -> None:
    """A short form; 10,000 of each in `make prove`."""
    seeded = random.Random(20)
    assert swapped(seeded, 400) == (400, 400)
    assert flipped(seeded, 400) == (400, 400)


def test_every_shorter_envelope_is_refused() -> None:
    envelope = seal_envelope(KEY, 1, PLACE, b"ab")
    for length in range(len(envelope)):
        with pytest.raises(Tampered):
            open_envelope(KEY, PLACE, envelope[:length])


def test_an_unknown_version_or_algorithm_is_refused() -> None:
    envelope = seal_envelope(KEY, 1, PLACE, PLAIN)
    for unknown in (b"\x02" + envelope[1:], b"\x01\x02" + envelope[2:], b"\x00" + envelope[1:]):
        for look in (lambda text: open_envelope(KEY, PLACE, text), lambda text: key_version_of(text, PLACE)):
            with pytest.raises(UnknownEnvelope) as refused:
                look(unknown)
            assert "42" in refused.value.message.zh
            assert "Restore the row" in refused.value.message.en


def test_no_value_stands_in_what_is_said() -> None:
    with pytest.raises(Tampered) as refused:
        open_envelope(bytes(16), PLACE, seal_envelope(KEY, 1, PLACE, PLAIN))
    assert "拍板" not in f"{refused.value.message} {refused.value.details}"


def test_parts_are_told_apart_by_their_lengths() -> None:
    assert joined(b"a", b"bc") != joined(b"ab", b"c")
    assert joined(b"", b"abc") != joined(b"abc", b"")
    assert joined(b"abc") != joined(b"abc", b"")
