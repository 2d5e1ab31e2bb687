"""Concessions: how to come from the terms of now to a package, in steps that give and get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.diagnostics import Message
from engine.runtime.modeling.scoring import number_words
from engine.runtime.negotiation.packages import Trade
from engine.runtime.negotiation.stakes import LeverStake, Stakes

FEWEST, MOST = 2, 4
FIRST_STEPS = (0.6, 0.3, 0.1)
"""How much of what is given goes with each step, where one lever is given in several: less each time."""
_PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class _Move:
    """A lever from one value to another."""

    lever: LeverStake
    before: float
    after: float

    @property
    def size(self) -> float:
        return abs(self.after - self.before) / self.lever.scale

    @property
    def words(self) -> Message:
        lever = self.lever
        before, after = (said(lever, one) for one in (self.before, self.after))
        return Message(f"{lever.label.zh} {before.zh} → {after.zh}", f"{lever.label.en} {before.en} → {after.en}")


def concession_path(stakes: Stakes, terms: Sequence[float]) -> tuple[Trade, ...]:
    """Two to four trades, the largest first; none where nothing is given. What is asked for in return are the levers that
    move our way, then what is no lever."""
    moves = [
        _Move(lever, lever.now, value)
        for lever, value in zip(stakes.levers, terms, strict=True)
        if abs(value - lever.now) > 1e-9
    ]
    gives = sorted((one for one in moves if one.lever.gives(one.after) > 0), key=lambda one: (-one.size, one.lever.key))
    gets = [one.words for one in moves if one.lever.gives(one.after) < 0]
    gets += [one for one in stakes.asks if one not in gets]
    if not gives or not gets:
        return ()
    wanted = min(max(FEWEST, len(gives)), MOST, len(gets))
    given = _as_many(gives, wanted)
    return tuple(Trade(_together(part), get) for part, get in zip(given, gets, strict=False))


def _as_many(gives: list[_Move], wanted: int) -> list[list[_Move]]:
    """What is given, in so many parts: the largest lever in steps that become smaller, or the smallest levers together."""
    if len(gives) >= wanted:
        return [[one] for one in gives[: wanted - 1]] + [gives[wanted - 1 :]]
    steps = _steps(gives[0], wanted - len(gives) + 1)
    return sorted([[one] for one in (*steps, *gives[1:])], key=lambda part: -part[0].size)


def _steps(move: _Move, parts: int) -> list[_Move]:
    """A move in parts, each smaller than the one before; fewer where the values of the lever are too coarse."""
    values = [move.before]
    reached, shares = 0.0, FIRST_STEPS if parts > FEWEST else (0.65, 0.35)
    for share in shares[: parts - 1]:
        reached += share
        value = round(move.before + (move.after - move.before) * reached, move.lever.places)
        if abs(value - values[-1]) > 1e-9 and abs(value - move.after) > 1e-9:
            values.append(value)
    values.append(move.after)
    return [_Move(move.lever, before, after) for before, after in pairwise(values)]


def _together(part: Sequence[_Move]) -> Message:
    return Message("、".join(one.words.zh for one in part), ", ".join(one.words.en for one in part))


def said(lever: LeverStake, value: float) -> Message:
    """A value of a lever as people say it."""
    if lever.kind == _PERCENT:
        return Message(f"{value * 100:.4g}%", f"{value * 100:.4g}%")
    plain = number_words(value)
    return Message(f"{plain} {lever.unit.zh}".strip(), f"{plain} {lever.unit.en}".strip())
