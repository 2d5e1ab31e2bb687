"""Cells of an effect that are drawn together, tables that no effect is told of, and how far words go."""

from __future__ import annotations

from collections.abc import Callable

import numpy
import pytest

from engine.model.feature_tables import FeatureTable
from engine.model.trained import EffectQuestion, TrainingOrder, TrainingSettings
from engine.runtime.modeling.row_tables import ColumnRoles
from packs.strategy.training.effect import StrategyEffects
from packs.strategy.training.partial import Slope, drawn_together
from packs.strategy.training.refusals import NotTrainable
from tests.strategy.lessons import table
from tests.strategy.price_worlds import HEADER, price_world

ROLES = ColumnRoles("quoted_on", "won", "id")
QUESTION = EffectQuestion("discount", "customer", ("region", "segment"), "reason")


def test_cells_drawn_together_hold_the_truth_as_often_as_their_interval_says_and_lie_nearer() -> None:
    draw = numpy.random.RandomState(5)
    held, nearer, plain = [], [], []
    for world in range(300):
        spread = (0.0, 0.3, 1.0)[world % 3]
        truth, errors = 1.3 + spread * draw.standard_normal(9), 0.3 + 0.7 * draw.rand(9)
        seen = truth + errors * draw.standard_normal(9)
        drawn = drawn_together([Slope(value, error, 80, 40, 0.02) for value, error in zip(seen, errors, strict=True)])
        ends = [one.interval(0.9) for one in drawn]
        held += [low <= true <= high for (low, high), true in zip(ends, truth, strict=True)]
        nearer.append(float(((numpy.array([one.value for one in drawn]) - truth) ** 2).mean()))
        plain.append(float(((seen - truth) ** 2).mean()))
    assert 0.9 <= numpy.mean(held) <= 0.97
    assert numpy.mean(nearer) < 0.75 * numpy.mean(plain)


def _quotes(rows: int, change: Callable[[list[object]], list[object]] = list) -> FeatureTable:
    return table([change(row) for row in price_world(rows, 1).rows], HEADER, ROLES)


BAD: dict[str, tuple[Callable[[], FeatureTable], EffectQuestion, str]] = {
    "too_few_rows": (lambda: _quotes(120), QUESTION, "at least 200"),
    "no_such_column": (lambda: _quotes(300), EffectQuestion("rebate", "customer"), "discount"),
    "treatment_not_a_number": (lambda: _quotes(300), EffectQuestion("region", "customer"), "number"),
    "treatment_constant": (lambda: _quotes(300, lambda row: [*row[:-2], 0.1, row[-1]]), QUESTION, "one value"),
    "too_few_clusters": (lambda: _quotes(300), EffectQuestion("discount", "region"), "at least 20"),
    "target_not_an_event": (lambda: _quotes(300, lambda row: [*row[:-1], 7]), QUESTION, "0 or 1"),
}


@pytest.mark.parametrize("code", BAD)
def test_tables_that_no_effect_can_be_told_of_are_refused_with_what_to_do(code: str) -> None:
    made, question, said = BAD[code]
    order = TrainingOrder("price", made(), TrainingSettings(effect=question))
    with pytest.raises(NotTrainable) as refused:
        StrategyEffects().estimate(order, lambda stage, share: None)
    assert refused.value.code == code
    assert said in refused.value.message.en and refused.value.message.zh != refused.value.message.en
