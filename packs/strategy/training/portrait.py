"""Portraits: what the columns of a model's rows look like, so that later rows can be told from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from engine.model.feature_tables import FeatureTable
from engine.model.probes import Probe
from packs.strategy.training.matrix import CategoryColumn, Encoding, Floats
from packs.strategy.training.measures import shares

OUTSIDE = 0.5
"""Percent of all rows that may lie outside of the domain because they are rarities, shared out over the columns."""
WIDER = 0.1
"""How far the domain reaches beyond what was seen, as a share of its width."""
BACKGROUND = 16
TENTHS = (10, 20, 30, 40, 50, 60, 70, 80, 90)


def column_portraits(encoding: Encoding, matrix: Floats) -> list[dict[str, object]]:
    """Of each column, categories first: its label, its domain, what is typical, and the shares that drift is measured by."""
    count = len(encoding.columns)
    found = [_of_words(one, matrix[:, at]) for at, one in enumerate(encoding.categories)]
    for at in range(len(encoding.categories), count):
        found.append(_of_numbers(matrix[:, at], OUTSIDE / count))
    described = zip(encoding.columns, found, strict=True)
    return [
        {
            "name": column.name,
            "label": dict(column.label.texts),
            "kind": column.kind,
            "group": column.group,
            "level": column.level,
            "monotone": column.monotone,
            "missing": bool(numpy.isnan(matrix[:, at]).any()),
            **portrait,
        }
        for at, (column, portrait) in enumerate(described)
    ]


def _of_words(category: CategoryColumn, cells: Floats) -> dict[str, object]:
    counts = numpy.bincount(cells[~numpy.isnan(cells)].astype(numpy.int64), minlength=len(category.words))
    missing = len(cells) - int(counts.sum())
    return {
        "words": list(category.words),
        "unknown": category.rare,
        "typical": category.words[int(counts.argmax())],
        "shares": [*(counts / len(cells)).tolist(), missing / len(cells)],
    }


def _of_numbers(cells: Floats, tail: float) -> dict[str, object]:
    known = cells[~numpy.isnan(cells)]
    low, high = numpy.percentile(known, [tail, 100 - tail])
    wider = (float(high) - float(low)) * WIDER
    edges = numpy.unique(numpy.percentile(known, TENTHS))
    return {
        "low": max(float(low) - wider, 0.0) if float(known.min()) >= 0 else float(low) - wider,
        "high": float(high) + wider,
        "typical": float(numpy.median(known)),
        "edges": edges.tolist(),
        "shares": shares(cells, edges).tolist(),
    }


def background(encoding: Encoding, table: FeatureTable, seed: int) -> dict[str, object]:
    """Rows that reasons are reckoned against: the columns of each business group are taken from another row, so that no
    row of anybody stands there whole."""
    random = numpy.random.RandomState(seed)
    places = {column.name: at for at, column in enumerate(table.columns)}
    drawn = {
        group: random.randint(0, len(table.keys), BACKGROUND).tolist()
        for group in sorted({column.group for column in encoding.columns})
    }

    def cells(names: Sequence[tuple[str, str]]) -> list[list[float | str | None]]:
        return [[table.values[places[name]][row] for row in drawn[group]] for name, group in names]

    known = [(one.column, set(one.words)) for one in encoding.categories]
    texts = cells([(column.name, column.group) for column, _ in known])
    kept = [[cell if cell in words else "" for cell in column] for column, (_, words) in zip(texts, known, strict=True)]
    return {"categories": kept, "numbers": cells([(one.name, one.group) for one in encoding.numbers])}


def probe_of(encoding: Encoding, matrix: Floats, seed: int, rows: int) -> Probe:
    """The probe of a model: made of its words and of round marks of its numbers."""
    grids = []
    for at in range(len(encoding.categories), matrix.shape[1]):
        known = matrix[~numpy.isnan(matrix[:, at]), at]
        marks = numpy.percentile(known, [1, 5, *TENTHS, 95, 99])
        grids.append(tuple(sorted({float(f"{mark:.6g}") for mark in marks})))
    return Probe(seed, rows, tuple(one.words for one in encoding.categories), tuple(grids))
