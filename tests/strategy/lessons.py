"""Tables to learn from, and trainings of them, for tests of the trainer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache

from engine.model.feature_tables import FeatureTable
from engine.model.trained import Heuristic, TrainedModel, TrainingOrder, TrainingSettings
from engine.runtime.modeling.graphs import open_graph
from engine.runtime.modeling.row_tables import ColumnRoles, table_of_rows
from engine.runtime.modeling.scoring import Scorer
from packs.strategy.training.trainer import StrategyTrainer
from tests.receivables import HEADER, receivables

ROLES = ColumnRoles(
    "issued_on",
    "late",
    "id",
    "unit",
    categories=("terms",),
    groups=(("amount", "deal"), ("terms", "deal")),
    monotone=(("past_late", 1),),
)
SETTINGS = TrainingSettings(heuristic=Heuristic("past_late", 0.4), group_by="region")


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER, roles: ColumnRoles = ROLES) -> FeatureTable:
    """Rows through the door of sheets."""
    return table_of_rows(header, rows, roles)


def trained(of: FeatureTable, settings: TrainingSettings = SETTINGS) -> TrainedModel:
    return StrategyTrainer().train(TrainingOrder("late", of, settings), lambda stage, share: None)


@cache
def usual() -> tuple[FeatureTable, TrainedModel]:
    """Five thousand receivables and what comes of them, once a process."""
    of = table(receivables(5_000, 1))
    return of, trained(of)


def scorer(model: TrainedModel) -> Scorer:
    """A model loaded from its kept card, as a server does."""
    return Scorer(json.loads(json.dumps(model.card, allow_nan=False)), open_graph(model.content))


def changed(rows: list[list[object]], column: str, change: Callable[[list[object]], object]) -> list[list[object]]:
    """The rows with one column made anew of each row."""
    at = HEADER.index(column)
    return [[*row[:at], change(row), *row[at + 1 :]] for row in rows]
