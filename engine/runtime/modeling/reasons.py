"""Reasons: what each business group of columns adds to an answer, exactly, against the rows of the card's background.

Exact grouped Shapley values of the deployed file: all coalitions of groups are run through it at once. They say what the
model goes by, never what causes what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial, nan

import numpy

from engine.runtime.modeling.graphs import Floats, Texts
from engine.runtime.modeling.scoring import Cell, Scorer

MOST_GROUPS = 10
MOST_LINES = 4_096
"""Lines that one explanation may run: fewer background rows stand for more groups."""
OTHERS = "_others"
"""The name under which groups beyond the most telling ones are counted together."""


@dataclass(frozen=True, slots=True)
class GroupReason:
    """What a group adds to the answer, and its columns: name, cell, and what is typical."""

    group: str
    share: float
    cells: tuple[tuple[str, Cell, Cell], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer taken apart: `base` and all shares add up to `value`. Strongest first."""

    base: float
    value: float
    reasons: tuple[GroupReason, ...]


def explain(scorer: Scorer, line: Sequence[Cell]) -> Explanation:
    """The reasons of one line."""
    groups = _groups(scorer)
    members = numpy.array([[column.group in group for column in scorer.columns] for group in groups])
    coalitions = _coalitions(len(groups))
    texts, numbers = scorer.arrays([line])
    others = _background(scorer, MOST_LINES >> len(groups))
    chosen = (coalitions @ members) > 0
    split = scorer.categories
    rows = len(others[1])
    mixed_texts = numpy.where(chosen[:, None, :split], texts[0], others[0][None])
    mixed_numbers = numpy.where(chosen[:, None, split:], numbers[0], others[1][None])
    said = scorer.graph.run(
        mixed_texts.reshape(len(coalitions) * rows, split), mixed_numbers.reshape(len(coalitions) * rows, -1)
    )[:, 1]
    values = said.reshape(len(coalitions), rows).mean(axis=1)
    shares = _weights(len(groups)) @ values
    reasons = [_reason(scorer, line, group, float(share)) for group, share in zip(groups, shares, strict=True)]
    ordered = tuple(sorted(reasons, key=lambda one: -abs(one.share)))
    return Explanation(float(values[0]), float(values[-1]), ordered)


def _groups(scorer: Scorer) -> list[frozenset[str]]:
    """The groups by how much they tell; those beyond the most are one."""
    drivers = scorer.card["drivers"]
    assert isinstance(drivers, Sequence)
    names = [str(one["group"]) for one in drivers]
    if len(names) <= MOST_GROUPS:
        return [frozenset({name}) for name in names]
    return [*(frozenset({name}) for name in names[: MOST_GROUPS - 1]), frozenset(names[MOST_GROUPS - 1 :])]


def _reason(scorer: Scorer, line: Sequence[Cell], group: frozenset[str], share: float) -> GroupReason:
    cells = tuple(
        (column.name, cell, column.typical)
        for column, cell in zip(scorer.columns, line, strict=True)
        if column.group in group
    )
    return GroupReason(next(iter(group)) if len(group) == 1 else OTHERS, share, cells)


def _background(scorer: Scorer, most: int) -> tuple[Texts, Floats]:
    background = scorer.card["background"]
    assert isinstance(background, Mapping)
    columns = [*background["categories"], *background["numbers"]]
    lines = list(zip(*columns, strict=True))[: max(most, 1)]
    return scorer.arrays([tuple(nan if one is None else one for one in line) for line in lines])


@cache
def _coalitions(groups: int) -> Floats:
    """(2^groups, groups): which groups are in; the first has none, the last has all."""
    found = (numpy.arange(1 << groups)[:, None] >> numpy.arange(groups)) & 1
    return found.astype(numpy.float64)


@cache
def _weights(groups: int) -> Floats:
    """(groups, 2^groups): by what the value of each coalition enters each group's share."""
    coalitions = _coalitions(groups)
    sizes = coalitions.sum(axis=1).astype(numpy.int64)
    whole = factorial(groups)
    with_it = [factorial(max(size - 1, 0)) * factorial(groups - size) / whole for size in range(groups + 1)]
    without = [factorial(size) * factorial(max(groups - size - 1, 0)) / whole for size in range(groups + 1)]
    inside, outside = numpy.array(with_it)[sizes], numpy.array(without)[sizes]
    found: Floats = numpy.where(coalitions.T > 0, inside, -outside)
    return found
