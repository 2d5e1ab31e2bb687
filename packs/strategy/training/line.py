"""Lines: a logistic (or, of numbers, ridge) regression over the same columns, the plain model that trees must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from sklearn.linear_model import LogisticRegression, Ridge

from packs.strategy.training.forest import Options
from packs.strategy.training.matrix import Encoding, Flags, Floats

TAIL = 0.5
"""Percent of the lines at each end whose numbers are taken as the bound there."""


@dataclass(frozen=True, slots=True)
class Line:
    """Weights. `words` holds a row a category: its unknown, then its words. Numbers are filled, bounded, and scaled."""

    bias: float
    words: tuple[Floats, ...]
    fill: Floats
    low: Floats
    high: Floats
    middle: Floats
    spread: Floats
    weights: Floats
    missing: Floats

    def raw(self, matrix: Floats) -> Floats:
        """The weighted sum: of an event its log-odds."""
        total = numpy.full(len(matrix), self.bias)
        for at, weights in enumerate(self.words):
            cells = matrix[:, at]
            total = total + weights[numpy.where(numpy.isnan(cells), 0, cells + 1).astype(numpy.int64)]
        numbers = matrix[:, len(self.words) :]
        scaled = self._scaled(numbers)
        found: Floats = total + scaled @ self.weights + numpy.isnan(numbers).astype(numpy.float64) @ self.missing
        return found

    def _scaled(self, numbers: Floats) -> Floats:
        filled = numpy.where(numpy.isnan(numbers), self.fill, numbers)
        found: Floats = (numpy.minimum(numpy.maximum(filled, self.low), self.high) - self.middle) / self.spread
        return found


def draw_line(matrix: Floats, target: Floats, encoding: Encoding, options: Options) -> Line:
    """The line through these rows."""
    sizes = [len(one.words) + 1 for one in encoding.categories]
    empty = _unweighted(matrix[:, len(sizes) :], sizes)
    design = _design(matrix, empty, sizes)
    if options.event:
        weights = "balanced" if options.reweigh else None
        fitted = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=100, class_weight=weights).fit(
            design, target
        )
        found, bias = fitted.coef_[0], float(fitted.intercept_[0])
    else:
        fitted = Ridge(alpha=1.0).fit(design, target)
        found, bias = fitted.coef_, float(fitted.intercept_)
    ends = numpy.cumsum(sizes).tolist()
    words = tuple(found[end - size : end] for size, end in zip(sizes, ends, strict=True))
    start, count = sum(sizes), len(empty.fill)
    return Line(
        bias,
        words,
        empty.fill,
        empty.low,
        empty.high,
        empty.middle,
        empty.spread,
        found[start : start + count],
        found[start + count :],
    )


def _unweighted(numbers: Floats, sizes: list[int]) -> Line:
    """How numbers are filled, bounded and scaled, before anything is weighted."""
    known: Flags = ~numpy.isnan(numbers)
    columns = [numbers[known[:, at], at] if known[:, at].any() else numpy.zeros(1) for at in range(numbers.shape[1])]
    bounds = [numpy.percentile(one, [TAIL, 50, 100 - TAIL]) for one in columns]
    low, fill, high = (numpy.array([one[at] for one in bounds]) for at in range(3))
    inside = [numpy.clip(one, low[at], high[at]) for at, one in enumerate(columns)]
    middle = numpy.array([one.mean() for one in inside])
    spread = numpy.array([one.std() or 1.0 for one in inside])
    none = numpy.zeros(numbers.shape[1])
    return Line(0.0, tuple(numpy.zeros(size) for size in sizes), fill, low, high, middle, spread, none, none)


def _design(matrix: Floats, line: Line, sizes: list[int]) -> Floats:
    """One column a word, one a number, one that says whether a number is missing."""
    parts = []
    for at, size in enumerate(sizes):
        cells = numpy.where(numpy.isnan(matrix[:, at]), 0, matrix[:, at] + 1).astype(numpy.int64)
        parts.append(numpy.eye(size)[cells])
    numbers = matrix[:, len(sizes) :]
    return numpy.hstack([*parts, line._scaled(numbers), numpy.isnan(numbers).astype(numpy.float64)])
