"""The history matrix: decided rows as arrays, as one reader may see them, for distances over all of them at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy
import numpy.typing as npt

Floats = npt.NDArray[numpy.float64]
Integers = npt.NDArray[numpy.int64]
Flags = npt.NDArray[numpy.bool_]
MOST_TERMS = 1_500
"""Different terms that the support is measured by: the commonest."""
SUPPORT = 0.95
FINEST = 200.0
"""Steps in a standard deviation to which terms are rounded where they are counted."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of likeness: a number, or one of a list; `weight` is how much it counts."""

    name: str
    number: bool
    weight: float
    log: bool = False


@dataclass(frozen=True)
class HistoryMatrix:
    """Decided rows in no order: (n,) ids, versions, whether won; (n, levers) terms; (n, numbers) and (n, categories) of
    likeness; (n, links) ids of the rows that they are read along. NaN is a number that is not known, -1 a category."""

    columns: tuple[Column, ...]
    ids: Integers
    versions: Integers
    won: Flags
    terms: Floats
    numbers: Floats
    codes: Integers
    links: Integers
    words: tuple[Mapping[object, int], ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def term_scales(self) -> Floats:
        """(levers,) standard deviations of terms; 1 where they do not differ."""
        return _scales(self.terms)

    @cached_property
    def number_scales(self) -> Floats:
        return _scales(self.numbers)

    @cached_property
    def support(self) -> Support:
        """Where history has terms."""
        return _support(self.terms, self.term_scales)

    def without(self, ids: Integers) -> HistoryMatrix:
        """The matrix without rows."""
        kept = ~numpy.isin(self.ids, ids)
        return replace(
            self,
            ids=self.ids[kept],
            versions=self.versions[kept],
            won=self.won[kept],
            terms=self.terms[kept],
            numbers=self.numbers[kept],
            codes=self.codes[kept],
            links=self.links[kept],
        )

    def and_rows(self, other: HistoryMatrix) -> HistoryMatrix:
        """Both together; the other was made with the words of this one."""
        return replace(
            self,
            words=other.words,
            ids=numpy.concatenate([self.ids, other.ids]),
            versions=numpy.concatenate([self.versions, other.versions]),
            won=numpy.concatenate([self.won, other.won]),
            terms=numpy.concatenate([self.terms, other.terms]),
            numbers=numpy.concatenate([self.numbers, other.numbers]),
            codes=numpy.concatenate([self.codes, other.codes]),
            links=numpy.concatenate([self.links, other.links]),
        )


@dataclass(frozen=True)
class Support:
    """The commonest terms of history, standardised, and how far from them one may be: the 95th percentile of how far they
    are from each other."""

    terms: Floats
    scales: Floats
    reach: float

    def distances(self, candidates: Floats) -> Floats:
        """(candidates,) how far each is from the nearest terms of history; infinite where there are none."""
        if not len(self.terms):
            return numpy.full(len(candidates), math.inf)
        return _nearest(candidates / self.scales, self.terms)

    def holds(self, candidates: Floats) -> Flags:
        """(candidates,) whether history has terms such as these."""
        return self.distances(candidates) <= self.reach + 1.0 / FINEST


def distances(matrix: HistoryMatrix, terms: Floats, cells: Sequence[object], with_terms: bool = True) -> Floats:
    """(n,) how far each row is from a deal: standardised differences of numbers, 1 for another category, 1 where either
    is not known; squares weighed, summed and rooted. `cells` are the deal's, in the order of the columns."""
    total: Floats = numpy.zeros(len(matrix))
    at_number = at_code = 0
    for column, cell in zip(matrix.columns, cells, strict=True):
        if column.number:
            own = _as_number(cell, column.log)
            apart = (matrix.numbers[:, at_number] - own) / matrix.number_scales[at_number]
            total += column.weight * numpy.where(numpy.isnan(apart), 1.0, apart * apart)
            at_number += 1
        else:
            code = matrix.words[at_code].get(cell, -2)
            total += column.weight * (matrix.codes[:, at_code] != code)
            at_code += 1
    if with_terms:
        apart = (matrix.terms - terms) / matrix.term_scales
        total += numpy.where(numpy.isnan(apart), 1.0, apart * apart).sum(axis=1) / max(matrix.terms.shape[1], 1)
    return numpy.sqrt(total)


def nearest(found: Floats, ids: Integers, most: int) -> Integers:
    """The places of the nearest rows, nearest first, the newer id first where two are as near."""
    if len(found) > most:
        places = numpy.flatnonzero(found <= numpy.partition(found, most - 1)[most - 1])
    else:
        places = numpy.arange(len(found))
    order = numpy.lexsort((-ids[places], found[places]))
    return places[order][:most]


def matrix_of(
    columns: tuple[Column, ...],
    rows: Sequence[Sequence[object]],
    levers: int,
    links: int,
    scales: Sequence[int],
    words: Sequence[Mapping[object, int]] = (),
) -> HistoryMatrix:
    """A matrix of stored rows: id, version, won, terms, likeness, links. `scales` are the decimal places of terms and of
    the numbers of likeness, as they are stored; `words` the codes that categories have already."""
    cells = list(zip(*rows, strict=True)) if rows else [()] * (3 + levers + len(columns) + links)
    terms = [_floats(cells[3 + at], scales[at]) for at in range(levers)]
    numbers: list[Floats] = []
    codes: list[Integers] = []
    known = [dict(one) for one in words]
    for at, column in enumerate(columns):
        given = cells[3 + levers + at]
        if column.number:
            values = _floats(given, scales[levers + at])
            numbers.append(numpy.log1p(numpy.maximum(values, 0.0)) if column.log else values)
        else:
            if len(known) == len(codes):
                known.append({})
            codes.append(_coded(given, known[len(codes)]))
    first = 3 + levers + len(columns)
    return HistoryMatrix(
        columns,
        _whole(cells[0]),
        _whole(cells[1]),
        numpy.array([bool(one) for one in cells[2]], dtype=numpy.bool_),
        _table(terms, len(rows)),
        _table(numbers, len(rows)),
        numpy.stack(codes, axis=1) if codes else numpy.empty((len(rows), 0), dtype=numpy.int64),
        numpy.stack([_whole(cells[first + at]) for at in range(links)], axis=1)
        if links
        else numpy.empty((len(rows), 0), dtype=numpy.int64),
        tuple(known),
    )


def _table(columns: Sequence[Floats], rows: int) -> Floats:
    return numpy.stack(columns, axis=1) if columns else numpy.empty((rows, 0))


def _floats(stored: Sequence[object], scale: int) -> Floats:
    found = numpy.array([math.nan if one is None else one for one in stored], dtype=numpy.float64)
    return found / 10.0**scale if scale else found


def _whole(stored: Sequence[object]) -> Integers:
    return numpy.array([0 if one is None else one for one in stored], dtype=numpy.int64)


def _coded(stored: Sequence[object], known: dict[object, int]) -> Integers:
    return numpy.array([-1 if one is None else known.setdefault(one, len(known)) for one in stored], dtype=numpy.int64)


def _as_number(cell: object, log: bool) -> float:
    if cell is None:
        return math.nan
    found = float(str(cell))
    return math.log1p(max(found, 0.0)) if log else found


def _scales(table: Floats) -> Floats:
    if not len(table):
        return numpy.ones(table.shape[1])
    known = numpy.where(numpy.isnan(table), numpy.nan, table)
    counts = (~numpy.isnan(known)).sum(axis=0)
    means = numpy.nansum(known, axis=0) / numpy.maximum(counts, 1)
    spread = numpy.sqrt(numpy.nansum((known - means) ** 2, axis=0) / numpy.maximum(counts, 1))
    return numpy.where(spread > 1e-12, spread, 1.0)


def _support(terms: Floats, scales: Floats) -> Support:
    known = terms[~numpy.isnan(terms).any(axis=1)]
    if not len(known):
        return Support(numpy.empty((0, terms.shape[1])), scales, 0.0)
    standard = numpy.round(known / scales * FINEST) / FINEST
    different, counts = numpy.unique(standard, axis=0, return_counts=True)
    if len(different) > MOST_TERMS:
        commonest = numpy.lexsort((*different.T[::-1], -counts))[:MOST_TERMS]
        different = different[numpy.sort(commonest)]
    if len(different) == 1:
        return Support(different, scales, 0.0)
    return Support(different, scales, float(numpy.quantile(_nearest(different, different, True), SUPPORT)))


def _nearest(points: Floats, others: Floats, themselves: bool = False) -> Floats:
    """(points,) the distance to the nearest of the others; with `themselves` each is not its own neighbour."""
    squares = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2.0 * (points @ others.T)
    if themselves:
        numpy.fill_diagonal(squares, numpy.inf)
    found: Floats = numpy.sqrt(numpy.maximum(squares.min(axis=1), 0.0))
    return found
