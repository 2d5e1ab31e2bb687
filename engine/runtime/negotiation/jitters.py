"""Jitters: a small random move of the price that whoever decides agrees to, drawn by a seed that is kept with the decision.

A move is only drawn among sizes that may be given either way: it is as often up as down, whatever the deal is like, and so
tells what the price does apart from why it was moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import randbits

from engine.model.negotiations import Jitter
from engine.runtime.negotiation.authority import Terms
from engine.runtime.negotiation.stakes import LeverStake, Stakes
from engine.runtime.negotiation.takings import one_way, takings

BITS = 48
"""Of a seed: a number that JSON keeps as it is."""
PLACES = 6


@dataclass(frozen=True, slots=True)
class DrawnJitter:
    """What was declared when it was drawn, the seed, the price that was meant, and what was added to it; 0 where no size was
    free either way."""

    most: float
    steps: int
    seed: int
    price: float
    moved: float = 0.0


def drawn(stakes: Stakes, terms: Terms, declared: Jitter) -> DrawnJitter:
    """A new draw for terms."""
    at = stakes.place("price")
    price = terms[at] if at is not None else 0.0
    fresh = DrawnJitter(declared.most, declared.steps, randbits(BITS), price)
    return replace(fresh, moved=moved_by(stakes, terms, fresh))


def moved_by(stakes: Stakes, terms: Terms, draw: DrawnJitter) -> float:
    """What a draw adds to the price of terms: of its seed the same for ever."""
    at = stakes.place("price")
    if at is None:
        return 0.0
    sizes = [round(draw.most * (step + 1) / draw.steps, PLACES) for step in range(draw.steps)]
    free = [size for size in sizes if all(_is_free(stakes, at, terms, way * size) for way in (1, -1))]
    ways = [way * size for size in free for way in (1, -1)]
    if not ways:
        return 0.0
    return ways[int.from_bytes(sha256(str(draw.seed).encode()).digest()[:8], "big") % len(ways)]


def without_move(stakes: Stakes, terms: Terms, draw: DrawnJitter) -> Terms:
    """Terms with the price that was meant before the draw."""
    at = stakes.place("price")
    return terms if at is None else (*terms[:at], draw.price, *terms[at + 1 :])


def with_move(stakes: Stakes, terms: Terms, move: float) -> Terms:
    """Terms with the price moved."""
    at = stakes.place("price")
    if at is None or not move:
        return terms
    return (*terms[:at], round(terms[at] + move, PLACES), *terms[at + 1 :])


def _is_free(stakes: Stakes, at: int, terms: Terms, move: float) -> bool:
    """Whether the moved price is within authority and what history has seen, and leaves at least the floor."""
    lever, moved = stakes.levers[at], with_move(stakes, terms, move)
    return _is_within(lever, moved[at]) and _is_above_floor(stakes, moved)


def _is_within(lever: LeverStake, value: float) -> bool:
    return not lever.locked and lever.allows(value) and lever.low <= value <= lever.high


def _is_above_floor(stakes: Stakes, terms: Terms) -> bool:
    way = one_way(terms)
    rate = takings(stakes, way, way[:, 0] * 0.0).rate
    return stakes.sums.floor is None or rate is None or bool(rate[0] >= stakes.sums.floor)
