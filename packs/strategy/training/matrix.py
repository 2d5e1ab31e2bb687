"""Matrices: the columns of a feature table as numbers, categories first, as trees and lines take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from engine.model.feature_tables import FeatureColumn, FeatureTable

Floats = NDArray[numpy.float64]
Flags = NDArray[numpy.bool_]
MOST_WORDS = 200
"""Categories of a column that a model tells apart; the others are one with what it has never seen."""
FEWEST_ROWS = 5
"""Rows that a category needs to be told apart: fewer say nothing, and would name single customers in the file."""


@dataclass(frozen=True, slots=True)
class CategoryColumn:
    """A column of texts and the words of it that the model knows; `rare`: rows to learn from had others too."""

    column: FeatureColumn
    words: tuple[str, ...]
    rare: bool


@dataclass(frozen=True, slots=True)
class Encoding:
    """Which columns a model reads, in the order of its matrix: categories, then numbers."""

    categories: tuple[CategoryColumn, ...]
    numbers: tuple[FeatureColumn, ...]

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        return (*(one.column for one in self.categories), *self.numbers)

    def encode(self, table: FeatureTable) -> Floats:
        """(lines, columns): the number of a category's word, NaN for a missing cell and an unknown word."""
        places = {column.name: at for at, column in enumerate(table.columns)}
        matrix = numpy.empty((len(table.keys), len(self.columns)), dtype=numpy.float64)
        for at, category in enumerate(self.categories):
            numbers = {word: float(number) for number, word in enumerate(category.words)}
            cells = table.values[places[category.column.name]]
            matrix[:, at] = [numbers.get(cell, numpy.nan) if isinstance(cell, str) else numpy.nan for cell in cells]
        for at, column in enumerate(self.numbers, start=len(self.categories)):
            matrix[:, at] = floats(table.values[places[column.name]])
        return matrix


def floats(cells: Sequence[float | str | None]) -> Floats:
    """A column of numbers, NaN for a missing cell."""
    return numpy.array([numpy.nan if cell is None else float(cell) for cell in cells], dtype=numpy.float64)


def words_of(column: FeatureColumn, cells: Sequence[float | str | None]) -> CategoryColumn:
    """The words of a column that are told apart: the most frequent, in the order of their code points."""
    counted = Counter(cell for cell in cells if isinstance(cell, str) and cell)
    kept = [word for word, rows in sorted(counted.items(), key=lambda one: (-one[1], one[0])) if rows >= FEWEST_ROWS]
    words = tuple(sorted(kept[:MOST_WORDS]))
    return CategoryColumn(column, words, len(counted) > len(words))


def lines_of(table: FeatureTable, chosen: Flags) -> FeatureTable:
    """The lines of a table that are chosen."""
    at = numpy.flatnonzero(chosen).tolist()
    return FeatureTable(
        table.columns,
        tuple(table.keys[one] for one in at),
        tuple(table.at[one] for one in at),
        tuple(table.units[one] for one in at),
        tuple(tuple(column[one] for one in at) for column in table.values),
        None if table.target is None else tuple(table.target[one] for one in at),
        tuple(table.held_out[one] for one in at),
    )


def in_time_order(table: FeatureTable) -> FeatureTable:
    """The same lines, earlier ones first; of one instant by their keys."""
    order = sorted(range(len(table.keys)), key=lambda one: (table.at[one], table.keys[one]))
    if order == list(range(len(order))):
        return table
    return FeatureTable(
        table.columns,
        tuple(table.keys[one] for one in order),
        tuple(table.at[one] for one in order),
        tuple(table.units[one] for one in order),
        tuple(tuple(column[one] for one in order) for column in table.values),
        None if table.target is None else tuple(table.target[one] for one in order),
        tuple(table.held_out[one] for one in order),
    )
