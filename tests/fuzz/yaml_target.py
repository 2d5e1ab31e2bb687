"""The loader of definition files: whatever the bytes are, what is wrong with them is a diagnostic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.dsl.source import Reading, read_source

DECLARED: tuple[type[Exception], ...] = ()
Attempt = Callable[[bytes], Reading]


def attempt() -> Attempt:
    return lambda content: read_source("pack/entities/customer.yaml", content)


def _crash(right: Attempt) -> Attempt:
    """Falls over a list of three in a map of one."""

    def wrong(content: bytes) -> Reading:
        reading = right(content)
        if isinstance(reading.data, dict) and len(reading.data) == 1:
            assert not any(isinstance(one, list) and len(one) == 3 for one in reading.data.values()), "planted"
        return reading

    return wrong


def _slow(right: Attempt) -> Attempt:
    """Takes a time that grows with the square of the lines."""

    def wrong(content: bytes) -> Reading:
        lines = content.count(b"\n")
        for _ in range(lines * lines * 400):
            pass
        return right(content)

    return wrong


def _greedy(right: Attempt) -> Attempt:
    """Takes 8 MB for every value."""

    def wrong(content: bytes) -> Reading:
        reading = right(content)
        held = [b"%04d" % at * 2_000_000 for at in range(len(reading.positions))]
        held.clear()
        return reading

    return wrong


FAULTS: Mapping[str, Callable[[Attempt], Attempt]] = {"crash": _crash, "slow": _slow, "greedy": _greedy}
