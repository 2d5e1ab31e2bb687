"""Identifiers: 63-bit time-sorted integers, shown to people as 13 characters of Crockford base32.

41 bits of milliseconds since 2020-01-01 UTC, 10 bits of node, 12 bits of sequence. An exhausted millisecond borrows from
the next; a clock that jumps back never makes an id repeat, because the source only moves forward.
"""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock

from engine.diagnostics import Message
from engine.extensions import Clock
from engine.model.errors import BadRequest

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_EPOCH_MILLISECONDS = int(EPOCH.timestamp()) * 1000
NODE_BITS, SEQUENCE_BITS = 10, 12
LAST_OF_TICK = (1 << SEQUENCE_BITS) - 1
NODES = 1 << NODE_BITS
LARGEST = (1 << 63) - 1
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(high + low for high in ALPHABET for low in ALPHABET)
LENGTH = 13
_DIGITS = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


class BadIdentifier(BadRequest):
    """A text is not an identifier of a record."""

    code = "bad_identifier"
    status = 404


def encode_id(number: int) -> str:
    """13 characters of Crockford base32, sorted like the number. The number is 0 to 2^63 - 1."""
    if not 0 <= number <= LARGEST:
        raise ValueError("an identifier is a 63-bit number")
    return (
        ALPHABET[number >> 60]
        + _PAIRS[number >> 50 & 1023]
        + _PAIRS[number >> 40 & 1023]
        + _PAIRS[number >> 30 & 1023]
        + _PAIRS[number >> 20 & 1023]
        + _PAIRS[number >> 10 & 1023]
        + _PAIRS[number & 1023]
    )


def decode_id(text: str) -> int:
    """The number of an identifier; letter case and the look-alikes O, I, L are forgiven. Raises BadIdentifier."""
    number = 0
    for character in text.upper():
        value = _DIGITS.get(character)
        if value is None or len(text) != LENGTH:
            raise _bad()
        number = number << 5 | value
    if len(text) != LENGTH or not 0 < number <= LARGEST:
        raise _bad()
    return number


def made_at(number: int) -> int:
    """The instant (microseconds since 1970) that an identifier was made at."""
    return ((number >> (NODE_BITS + SEQUENCE_BITS)) + _EPOCH_MILLISECONDS) * 1000


def _bad() -> BadIdentifier:
    return BadIdentifier(Message("没有找到，或你无权查看", "Not found, or not yours to see"))


def first_id_at(at: datetime) -> int:
    """The smallest identifier that is made from an instant on, at least 0."""
    milliseconds = int(at.timestamp() * 1000) - _EPOCH_MILLISECONDS
    return max(0, milliseconds) << (NODE_BITS + SEQUENCE_BITS)


class IdSource:
    """Makes identifiers, each larger than the one before; safe to share between threads.

    `after` is an instant in microseconds since 1970 before which the node made identifiers already (see engine.runtime.leases).
    """

    def __init__(self, clock: Clock, node: int = 0, after: int = 0) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"a node is 0 to {NODES - 1}")
        self._clock = clock
        self._node = node
        self._tick = max(0, after // 1000 - _EPOCH_MILLISECONDS)
        self._sequence = LAST_OF_TICK if after else 0
        self._lock = Lock()

    def take(self, node: int, after: int = 0) -> None:
        """Go on with another node, whose identifiers so far end at `after` (microseconds since 1970)."""
        with self._lock:
            self._node = node
            floor = max(0, after // 1000 - _EPOCH_MILLISECONDS)
            if floor >= self._tick:
                self._tick, self._sequence = floor, LAST_OF_TICK

    @property
    def reached(self) -> int:
        """The instant (microseconds since 1970) up to which identifiers were made; ahead of the clock after a rush."""
        return (self._tick + _EPOCH_MILLISECONDS + 1) * 1000

    def next(self) -> int:
        """A new identifier."""
        return self.many(1)[0]

    def many(self, count: int) -> list[int]:
        """So many new identifiers, each larger than the one before."""
        now = int((self._clock.now() - EPOCH).total_seconds() * 1000)
        made: list[int] = []
        with self._lock:
            if now > self._tick:
                self._tick, self._sequence = now, -1
            while len(made) < count:
                if self._sequence == LAST_OF_TICK:
                    self._tick, self._sequence = self._tick + 1, -1
                base = self._tick << (NODE_BITS + SEQUENCE_BITS) | self._node << SEQUENCE_BITS
                end = min(self._sequence + count - len(made), LAST_OF_TICK)
                made.extend(range(base + self._sequence + 1, base + end + 1))
                self._sequence = end
        return made
