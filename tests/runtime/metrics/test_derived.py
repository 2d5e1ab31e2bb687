"""Derived figures: a formula over figures of the same group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pytest
from runtime.builders import PLACE, context, entity, field, grant, label, metric, model
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.diagnostics import Span
from engine.dsl.formula_types import check_formula
from engine.model.entities import FieldKind
from engine.model.errors import NotFound
from engine.model.formula import Binding, Formula, Money, Type
from engine.model.formula import Decimal as Number
from engine.model.metrics import Aggregation, Metric
from engine.model.requests import AggregateRequest
from engine.runtime.database.protocol import Database
from engine.runtime.metrics.aggregate import aggregate

TYPES = {"revenue": Money(), "sales": Number(), "average": Money()}
SALE = entity("sale", field("name"), field("stage"), field("amount", FieldKind.MONEY))


@dataclass(frozen=True)
class MetricNames:
    """The names that a derived figure may use."""

    rows: bool = False

    def root(self, name: str) -> Binding | None:
        return Binding(TYPES[name]) if name in TYPES else None

    def field(self, entity: str, name: str) -> Binding | None:
        return None

    def variable(self, name: str) -> Type | None:
        return None

    def names(self, entity: str | None) -> Iterable[str]:
        return TYPES


def derived(name: str, text: str, *inputs: str) -> Metric:
    found = check_formula(text, MetricNames(), span=Span("metrics/x.yaml", 1, 1), expected=None)
    assert isinstance(found, Formula)
    return Metric(name, "test", label(name), PLACE, formula=found, inputs=inputs)


MODEL = model(
    SALE,
    grants=[grant("sale", "boss")],
    metrics=[
        metric("revenue", "sale", Aggregation.SUM, formula("amount", "sale", SALE), scale=2, dimensions="stage"),
        metric("sales", "sale", Aggregation.COUNT, where=formula("amount > 0", "sale", SALE), dimensions="stage"),
        derived("average", "round(revenue / sales, 2)", "revenue", "sales"),
        derived("doubled", "average + average", "average"),
    ],
)


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    amounts = (("open", "10.00"), ("open", "0.01"), ("open", None), ("lost", "0.00"), ("won", "7.00"))
    for at, (stage, amount) in enumerate(amounts):
        made.row("sale", at + 1, stage=stage, amount=None if amount is None else Decimal(amount))
    return made


def test_a_derived_figure_is_worked_out_for_each_group(world: World) -> None:
    request = AggregateRequest(("average", "doubled"), ("stage",))
    rows = world.read(context(1, "boss"), lambda work: aggregate(work, request))
    assert [(row.keys[0], row.values["average"], row.values["doubled"]) for row in rows] == [
        ("lost", None, None),
        ("open", Decimal("5.01"), Decimal("10.02")),
        ("won", Decimal("7.00"), Decimal("14.00")),
    ]


def test_a_condition_of_a_figure_counts_only_rows_where_it_is_true(world: World) -> None:
    rows = world.read(context(1, "boss"), lambda work: aggregate(work, AggregateRequest(("sales",))))
    assert rows[0].values["sales"] == 3


def test_a_derived_figure_needs_the_right_to_each_input(world: World) -> None:
    with pytest.raises(NotFound):
        world.read(context(1, ""), lambda work: aggregate(work, AggregateRequest(("doubled",))))
