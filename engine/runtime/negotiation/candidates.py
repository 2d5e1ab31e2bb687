"""Candidates: terms that could be offered, from authority and from what history has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy

from engine.runtime.negotiation.history_matrix import Floats
from engine.runtime.negotiation.stakes import LeverStake

MOST = 1_440


def candidates(levers: Sequence[LeverStake], offer: Sequence[float] | None = None) -> Floats:
    """(candidates, levers) all ways to put values of the levers together, at most `MOST`; none goes beyond authority or
    beyond what history has seen. With an offer nothing is given that was not asked for."""
    values = _narrowed(levers, offer)
    if not all(values):
        return numpy.empty((0, len(levers)))
    grid = numpy.meshgrid(*(numpy.array(one) for one in values), indexing="ij")
    return numpy.stack([one.ravel() for one in grid], axis=1)


def tried(levers: Sequence[LeverStake], offer: Sequence[float] | None = None) -> int:
    """How many candidates there would be if whoever asks could give whatever history has seen."""
    free = [replace(one, limit=one.generous * math.inf, locked=False) for one in levers]
    return math.prod(map(len, _narrowed(free, offer)))


def _narrowed(levers: Sequence[LeverStake], offer: Sequence[float] | None) -> list[list[float]]:
    """The values of each lever, so few that they can be put together in at most `MOST` ways."""
    asked = [None] * len(levers) if offer is None else list(offer)
    values = [lever_values(lever, one, lever.most) for lever, one in zip(levers, asked, strict=True)]
    while math.prod(map(len, values)) > MOST:
        longest = max(range(len(values)), key=lambda at: len(values[at]))
        values[longest] = lever_values(levers[longest], asked[longest], len(values[longest]) - 1)
    return values


def lever_values(lever: LeverStake, asked: float | None, most: int) -> list[float]:
    """The values of a lever that are tried, ascending: now, the limit, what was asked, and the nearest between."""
    if lever.locked:
        return [lever.now]
    allowed = [one for one in _values(lever) if lever.allows(one)]
    wanted = [one for one in (lever.now, asked, lever.limit) if one is not None and math.isfinite(one)]
    allowed += [one for one in wanted if lever.allows(one) and lever.low <= one <= lever.high]
    if asked is not None:
        furthest = max(lever.gives(asked), 0.0)
        allowed = [one for one in allowed if lever.gives(one) <= furthest + 1e-9]
    distinct = sorted({round(one, lever.places) for one in allowed})
    if len(distinct) <= most:
        return distinct
    kept = {one for one in (lever.now, asked) if one in distinct}
    kept |= {distinct[0], distinct[-1]} if len(kept) + 2 <= most else {_far(lever, distinct)}
    for one in sorted(distinct, key=lambda value: (abs(value - lever.now), value)):
        if len(kept) >= most:
            break
        kept.add(one)
    return sorted(kept)


def _far(lever: LeverStake, values: Sequence[float]) -> float:
    """The end that gives most."""
    return values[-1] if lever.generous > 0 else values[0]


def _values(lever: LeverStake) -> list[float]:
    """What history has seen: its steps, or values evenly between its ends."""
    if lever.steps:
        return [one for one in lever.steps if lever.low <= one <= lever.high]
    if lever.high <= lever.low:
        return [lever.low]
    return [round(float(one), lever.places) for one in numpy.linspace(lever.low, lever.high, 2 * lever.most)]
