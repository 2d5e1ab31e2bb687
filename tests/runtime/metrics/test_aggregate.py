"""Figures: exact, split, bucketed, over what the reader may see, the same in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from runtime.builders import context, entity, field, grant, metric, model, reference, relation, rule
from runtime.world import World, build_world

from engine.model.access import FieldRight
from engine.model.entities import FieldKind
from engine.model.errors import BadRequest, NotFound
from engine.model.formula import Date, Money, Relation, Text
from engine.model.metrics import Aggregation
from engine.model.requests import AggregateRequest, Condition
from engine.runtime.database.protocol import Database
from engine.runtime.metrics.aggregate import aggregate, compare_periods, fills, metric_value
from engine.runtime.metrics.buckets import BUCKETS, bucket_start
from engine.runtime.metrics.drill import drill_through
from engine.runtime.query.lists import list_records

AMOUNT = reference("amount", Money())
BIG = Decimal("9999999999999999.99")
BOSS, DESK, STRANGER = context(9, "boss"), context(8, "desk"), context(7, "stranger")
SPLIT = "customer owner customer.city stage"
MODEL = model(
    entity("customer", field("name"), field("city")),
    entity(
        "sale",
        field("name"),
        relation("customer", "customer"),
        field("owner", FieldKind.USER),
        field("stage"),
        field("amount", FieldKind.MONEY),
        field("sold_on", FieldKind.DATE),
        field("sold_at", FieldKind.INSTANT),
    ),
    grants=[grant("customer", "boss"), grant("sale", "boss"), grant("sale", "desk")],
    rules=[rule("sale", "amount stage", "boss", FieldRight.READ), rule("sale", "stage", "desk", FieldRight.MASK)],
    metrics=[
        metric("revenue", "sale", Aggregation.SUM, AMOUNT, time="sold_on", scale=2, dimensions=SPLIT),
        metric("sales", "sale", Aggregation.COUNT, time="sold_at", dimensions=SPLIT),
        metric("average", "sale", Aggregation.AVERAGE, AMOUNT, time="sold_on", scale=2, dimensions=SPLIT),
        metric("smallest", "sale", Aggregation.MINIMUM, AMOUNT, scale=2),
        metric("latest", "sale", Aggregation.MAXIMUM, reference("sold_on", Date())),
        metric("customers", "sale", Aggregation.COUNT_DISTINCT, reference("customer", Relation("customer"))),
        metric("stages", "sale", Aggregation.COUNT, reference("stage", Text())),
        metric("released", "sale", Aggregation.SUM, AMOUNT, scale=2, roles=frozenset({"stranger"}), dimensions="owner"),
    ],
)


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"), (2, "王"))
    made.row("customer", 100, name="华为", city="深圳")
    made.row("customer", 101, name="Acme", city="Oslo")
    amounts = ["10.01", "20.02", None, "5.00", "-1.00"]
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1), None]
    hours = [datetime(2026, 2, 28, 15, 59, tzinfo=UTC), datetime(2026, 2, 28, 16, 0, tzinfo=UTC)]
    for at, (amount, day) in enumerate(zip(amounts, days, strict=True)):
        made.row(
            "sale",
            at + 1,
            customer=(100, 101, 100, None, 101)[at],
            owner=1 + at % 2,
            stage="open" if at < 3 else "won",
            amount=None if amount is None else Decimal(amount),
            sold_on=day,
            sold_at=hours[at % 2],
        )
    made.row("sale", 9, amount=Decimal(1000), sold_on=date(2026, 2, 2), deleted_at=context().now)
    return made


def test_as_many_groups_as_the_limit_are_told_before_they_are_counted(world: World) -> None:
    """Groups are counted, not rows, and of those that the reader sees; a stranger is refused as by the figures."""
    february = {"since": date(2026, 2, 1), "until": date(2026, 2, 28)}
    for by, since, groups in (("customer", {}, 3), ("customer stage", {}, 4), ("customer", february, 2)):
        request = AggregateRequest(("revenue",), tuple(by.split()), **since)  # type: ignore[arg-type]
        assert len(world.read(BOSS, lambda work, asked=request: aggregate(work, asked))) == groups
        for limit in (groups, groups + 1):
            asked = replace(request, limit=limit)
            assert world.read(BOSS, lambda work, asked=asked: fills(work, asked)) is (limit == groups)
    with pytest.raises(NotFound):
        world.read(STRANGER, lambda work: fills(work, AggregateRequest(("revenue",), ("customer",))))


def ask(world: World, *metrics: str, by: str = "", **settings: object) -> list[tuple[object, ...]]:
    request = AggregateRequest(metrics, tuple(by.split()), **settings)  # type: ignore[arg-type]
    rows = world.read(BOSS, lambda work: aggregate(work, request))
    return [(*row.keys, *(row.values[name] for name in metrics)) for row in rows]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("revenue", Decimal("34.03")),
        ("sales", 5),
        ("average", Decimal("8.51")),
        ("smallest", Decimal("-1.00")),
        ("latest", date(2026, 3, 1)),
        ("customers", 2),
        ("stages", 5),
    ],
)
def test_every_aggregation_is_exact(world: World, name: str, value: object) -> None:
    assert ask(world, name) == [(value,)]


def test_a_sum_beyond_64_bits_stays_exact(world: World) -> None:
    for at in range(20, 40):
        world.row("sale", at, amount=BIG)
    assert ask(world, "revenue") == [(BIG * 20 + Decimal("34.03"),)]


def test_metrics_are_split_by_what_a_reference_shows(world: World) -> None:
    rows = world.read(BOSS, lambda work: aggregate(work, AggregateRequest(("revenue", "sales"), ("customer",))))
    assert [(row.keys, row.titles, dict(row.values)) for row in rows] == [
        ((None,), (None,), {"revenue": Decimal("5.00"), "sales": 1}),
        ((100,), ("华为",), {"revenue": Decimal("10.01"), "sales": 2}),
        ((101,), ("Acme",), {"revenue": Decimal("19.02"), "sales": 2}),
    ]


def test_a_dimension_may_lie_along_a_relation(world: World) -> None:
    assert ask(world, "sales", by="customer_city owner") == [
        (None, 2, 1),
        ("Oslo", 1, 1),
        ("Oslo", 2, 1),
        ("深圳", 1, 2),
    ]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_buckets_of_dates_start_where_the_calendar_says(world: World, bucket: str) -> None:
    expected: dict[object, int] = {None: 1}
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)):
        start = bucket_start(day, bucket)
        expected[start] = expected.get(start, 0) + 1
    rows = world.read(BOSS, lambda work: aggregate(work, AggregateRequest(("average",), bucket=bucket)))
    assert {row.keys[0] for row in rows} == set(expected)


def test_instants_fall_into_the_readers_day(world: World) -> None:
    assert ask(world, "sales", bucket="day") == [(date(2026, 2, 28), 3), (date(2026, 3, 1), 2)]
    assert ask(world, "sales", since=date(2026, 3, 1), until=date(2026, 3, 1)) == [(2,)]


def test_a_period_takes_both_its_ends(world: World) -> None:
    assert ask(world, "revenue", since=date(2026, 2, 1), until=date(2026, 2, 28)) == [(Decimal("20.02"),)]
    assert world.read(BOSS, lambda work: metric_value(work, "revenue", date(2027, 1, 1))) == Decimal(0)


def test_two_periods_are_compared_under_the_same_rights(world: World) -> None:
    march, february = (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 2, 28))
    found = world.read(BOSS, lambda work: compare_periods(work, "revenue", march, february))
    assert found == (Decimal("5.00"), Decimal("20.02"))


def test_figures_are_filtered_by_their_dimensions_and_nothing_else(world: World) -> None:
    assert ask(world, "revenue", where=(Condition(("owner",), "eq", 2),)) == [(Decimal("25.02"),)]
    assert ask(world, "sales", where=(Condition(("stage",), "in", ("won",)),)) == [(2,)]
    with pytest.raises(BadRequest):
        ask(world, "revenue", where=(Condition(("name",), "eq", "x"),))


def test_groups_are_sorted_and_cut(world: World) -> None:
    assert ask(world, "revenue", by="customer", sort=("revenue", True), limit=2) == [
        (101, Decimal("19.02")),
        (100, Decimal("10.01")),
    ]
    assert [row[0] for row in ask(world, "sales", by="customer", sort=("customer", False))] == [None, 101, 100]


def test_who_may_not_read_what_a_figure_stands_on_does_not_get_it(world: World) -> None:
    for reader in (DESK, STRANGER):
        with pytest.raises(NotFound):
            world.read(reader, lambda work: metric_value(work, "revenue"))
    with pytest.raises(NotFound):
        world.read(STRANGER, lambda work: metric_value(work, "sales"))
    assert world.read(DESK, lambda work: metric_value(work, "sales")) == 5


def test_a_masked_dimension_is_split_by_its_mask(world: World) -> None:
    rows = world.read(DESK, lambda work: aggregate(work, AggregateRequest(("sales",), ("stage",))))
    assert [(row.keys, row.values["sales"]) for row in rows] == [(("***",), 5)]


def test_a_released_figure_is_the_whole_for_its_roles_and_only_by_its_dimensions(world: World) -> None:
    assert world.read(STRANGER, lambda work: metric_value(work, "released")) == Decimal("34.03")
    by_id = AggregateRequest(("released",), where=(Condition(("id",), "eq", 1),))
    with pytest.raises(BadRequest):
        world.read(STRANGER, lambda work: aggregate(work, by_id))
    with pytest.raises(NotFound):
        world.read(DESK, lambda work: metric_value(work, "released"))


@pytest.mark.parametrize(
    "request_",
    [
        AggregateRequest(()),
        AggregateRequest(("nonsense",)),
        AggregateRequest(("sales",), ("nonsense",)),
        AggregateRequest(("smallest",), bucket="month"),
        AggregateRequest(("sales",), bucket="decade"),
        AggregateRequest(("sales",), sort=("nonsense", True)),
        AggregateRequest(("sales",), limit=0),
    ],
)
def test_a_question_that_does_not_fit_is_refused(world: World, request_: AggregateRequest) -> None:
    with pytest.raises(BadRequest):
        world.read(BOSS, lambda work: aggregate(work, request_))


def test_the_rows_behind_a_group_add_up_to_it(world: World) -> None:
    request = AggregateRequest(
        ("revenue",), ("customer",), bucket="month", since=date(2026, 1, 1), until=date(2026, 12, 31)
    )
    rows = world.read(BOSS, lambda work: aggregate(work, request))
    assert len(rows) == 4
    for row in rows:
        behind = world.read(BOSS, lambda work, keys=row.keys: list_records(work, drill_through(work, request, keys)))
        amounts = [one.cells["amount"] for one in behind.records]
        assert sum((one for one in amounts if isinstance(one, Decimal)), Decimal(0)) == row.values["revenue"]
