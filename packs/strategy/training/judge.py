"""The judge: models side by side on the same rows, and new rows beside those that a model learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy

from engine.model.feature_tables import FeatureTable
from packs.strategy.training.matrix import Floats, floats
from packs.strategy.training.measures import badge, paired_gain, shares, squared_error, stability_index

SEED = 20
MOVED = 0.2
"""PSI from which a column has moved."""
ERROR = 2.5
"""Percentage points of calibration error on new outcomes from which a model is no longer true."""
FEWEST_ROWS = 200
FEWEST_OUTCOMES = 500


class StrategyJudge:
    """Satisfies engine.extensions.Judge."""

    name = "strategy"

    def compare(
        self, outcomes: Sequence[float], champion: Sequence[float], challenger: Sequence[float]
    ) -> Mapping[str, object]:
        seen, old, new = (numpy.asarray(one, dtype=numpy.float64) for one in (outcomes, champion, challenger))
        mean, low, high = paired_gain(seen, old, new, SEED)
        return {
            "rows": len(seen),
            "champion": squared_error(old, seen),
            "challenger": squared_error(new, seen),
            "gain": mean,
            "interval": [low, high],
            "better": low > 0,
            "worse": high < 0,
        }

    def watch(self, card: Mapping[str, object], table: FeatureTable, answers: Sequence[float]) -> Mapping[str, object]:
        columns = card["columns"]
        assert isinstance(columns, Sequence)
        places = {column.name: at for at, column in enumerate(table.columns)}
        enough = len(table.keys) >= FEWEST_ROWS
        moved = [
            {"column": one["name"], "psi": stability_index(numpy.array(one["shares"]), _shares(one, table, places))}
            for one in columns
            if enough
        ]
        found: dict[str, object] = {
            "rows": len(table.keys),
            "columns": moved,
            "moved": [str(one["column"]) for one in moved if float(str(one["psi"])) > MOVED],
            "limit_psi": MOVED,
        }
        return found | _truth(card, table, answers)


def _shares(column: Mapping[str, object], table: FeatureTable, places: Mapping[str, int]) -> Floats:
    """The shares of a column's new cells in the parts of its portrait."""
    cells = table.values[places[str(column["name"])]]
    if column["kind"] == "number":
        return shares(floats(cells), numpy.asarray(column["edges"], dtype=numpy.float64))
    words = column["words"]
    assert isinstance(words, Sequence)
    numbers = {word: at for at, word in enumerate(words)}
    counts = numpy.bincount([numbers.get(cell, len(words)) for cell in cells], minlength=len(words) + 1)
    found: Floats = counts / max(len(cells), 1)
    return found


def _truth(card: Mapping[str, object], table: FeatureTable, answers: Sequence[float]) -> dict[str, object]:
    """How true the answers were where outcomes are known: the newest decide, from `FEWEST_OUTCOMES` on."""
    if table.target is None or card["task"] != "event" or len(table.target) < FEWEST_OUTCOMES:
        return {"truth": None, "untrue": False}
    known = badge(numpy.asarray(answers, dtype=numpy.float64), numpy.asarray(table.target, dtype=numpy.float64), SEED)
    error, by_chance = float(str(known["ece_pp"])), float(str(known["perfect_p95_pp"]))
    return {"truth": known, "limit_ece_pp": ERROR, "untrue": error > max(ERROR, by_chance)}
