"""Effects of events against their baseline: as worked out by hand, and plain about what cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from runtime.builders import context, entity, field, grant, metric, model, reference, relation
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.model.context import Context
from engine.model.effects import Effect, EffectRequest, Lack, Side
from engine.model.entities import FieldKind
from engine.model.formula import Money
from engine.model.metrics import Aggregation
from engine.runtime.database.protocol import Database
from engine.runtime.metrics.effects import effect_of

BOSS, LOCAL = context(9, "boss"), context(8, "local")
SPLIT = "store category"
SALE = entity(
    "sale",
    field("name"),
    relation("store", "store"),
    relation("category", "category"),
    field("amount", FieldKind.MONEY),
    field("sold_on", FieldKind.DATE),
)
OFFER = entity(
    "offer",
    field("name"),
    relation("store", "store"),
    relation("category", "category"),
    field("starts", FieldKind.DATE),
    field("ends", FieldKind.DATE),
)
OWN = formula('name = "one"', "sale", SALE)
MODEL = model(
    entity("store", field("name")),
    entity("category", field("name")),
    SALE,
    OFFER,
    grants=[
        *(grant(name, "boss") for name in ("store", "category", "sale", "offer")),
        *(grant(name, "local") for name in ("store", "category", "offer")),
        grant("sale", "local", rows=OWN),
    ],
    metrics=[
        metric("sales", "sale", Aggregation.COUNT, time="sold_on", dimensions=SPLIT),
        metric(
            "revenue", "sale", Aggregation.SUM, reference("amount", Money()), time="sold_on", scale=2, dimensions=SPLIT
        ),
    ],
)
FIRST = date(2026, 1, 26)
"""A Monday: two weeks of baseline, the week of the offer, a week after it. Today is 2026-03-02."""
WEEKS = {
    (1, 7): (90, 110, 150, 80),
    (1, 8): (200, 200, 190, 200),
    (2, 7): (40, 60, 55, 50),
    (2, 8): (100, 100, 100, 100),
    (3, 7): (10, 500, 900, 1),
}
ASKED = EffectRequest(
    entity="offer",
    record=1,
    since=date(2026, 2, 9),
    until=date(2026, 2, 15),
    span=(("starts",), ("ends",)),
    unit=Side("store", ("store",), 1),
    scope=Side("category", ("category",), 7),
    metrics=("sales", "revenue"),
    before=14,
    after=7,
)


def sales() -> Iterator[dict[str, object]]:
    """A sale a day, store and category: the same amount on every day of a week."""
    numbers = iter(range(1000, 9000))
    for (store, category), weeks in WEEKS.items():
        for day in range(28):
            yield {
                "id": next(numbers),
                "name": "one" if store == 1 else "other",
                "store": store,
                "category": category,
                "amount": Decimal(weeks[day // 7]),
                "sold_on": FIRST + timedelta(days=day),
            }


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    for store in (1, 2, 3):
        made.row("store", store, name=f"店 {store}")
    for category in (7, 8):
        made.row("category", category, name=f"品类 {category}")
    made.rows("sale", sales())
    made.row("offer", 1, name="own", store=1, category=7, starts=ASKED.since, ends=ASKED.until)
    made.row("offer", 2, name="beside", store=3, category=7, starts=date(2026, 2, 2), ends=date(2026, 2, 8))
    return made


def found(world: World, asked: EffectRequest = ASKED, reader: Context = BOSS) -> Effect:
    return world.read(reader, lambda work: effect_of(work, asked))


def test_the_effect_is_the_one_worked_out_by_hand(world: World) -> None:
    """Shop 1 sold 90 a day, then 110: the mean of each weekday is 100. Shop 2 sold 40, then 60: its mean is 50.

    Offer: shop 2 sold 7 × 55 = 385 of an expected 7 × 50 = 350, so times 1.1: expected 700 × 1.1 = 770, was 1,050: +280.
    Rest of shop 1: expected 7 × 200 × (100 / 100) = 1,400, was 1,330: −70 cannibalised.
    After: shop 2 sold 350 of 350; expected 700, was 560: −140 had been bought ahead.
    Together 280 − 70 − 140 = 70.

    Spread: every day lies 10 off its mean, 14 × 100 = 1,400 over 14 − 7 = 7 degrees: variance 200, in both shops.
    Error of the offer: own 200 × (7 + 1.1² × 7 × ½) = 2,247; control 200 × 2² × (7 + 1.1² × 7 × ½) = 8,988; √11,235.
    Error together: own 200 × (14 + 7 × 2.1² × ½) = 5,887; control four times that, 23,548; √29,435; the rest has none.
    """
    effect = found(world)
    gain = effect.metrics["revenue"]
    assert (gain.direct.actual, round(gain.direct.expected, 9)) == (1050, 770)
    assert gain.rest is not None and gain.later is not None
    assert round(gain.rest.difference, 9) == -70
    assert round(gain.later.difference, 9) == -140
    assert round(gain.net.difference, 9) == 70
    assert round(gain.direct.error**2, 6) == 11235
    assert round(gain.net.error**2, 6) == 29435
    assert effect.quantile == pytest.approx(2.3646, abs=0.001)
    assert [one.expected for one in effect.days if one.day == ASKED.since] == [Decimal("110.00")]
    assert effect.lacks == ()


def test_a_unit_with_an_event_of_its_own_is_no_control(world: World) -> None:
    assert [(one.title, one.used) for one in found(world).controls] == [("店 2", True), ("店 3", False)]
    world.row("offer", 3, name="again", store=2, category=None, starts=date(2026, 2, 20), ends=date(2026, 2, 20))
    effect = found(world)
    assert [one.used for one in effect.controls] == [False, False]
    assert Lack.NO_CONTROL in effect.lacks
    assert effect.metrics["revenue"].direct.expected == 700


def test_nobody_is_held_against_what_the_reader_may_not_see(world: World) -> None:
    """Without a control the expected is the plain mean: 7 × 100."""
    effect = found(world, reader=LOCAL)
    assert effect.controls == ()
    assert effect.lacks == (Lack.NO_CONTROL,)
    assert effect.metrics["revenue"].direct.expected == 700


@pytest.mark.parametrize(
    ("asked", "lack"),
    [
        (replace(ASKED, until=date(2026, 2, 10)), Lack.FEW_DAYS),
        (replace(ASKED, since=date(2026, 3, 1), until=date(2026, 3, 9)), Lack.FEW_DAYS),
        (replace(ASKED, before=13), Lack.SHORT_BEFORE),
    ],
)
def test_too_few_days_say_nothing(world: World, asked: EffectRequest, lack: Lack) -> None:
    effect = found(world, asked)
    assert lack in effect.lacks
    assert effect.metrics == {}
    assert all(one.expected is None for one in effect.days)


def test_days_of_another_event_are_no_baseline(world: World) -> None:
    world.row("offer", 4, name="before", store=1, category=None, starts=date(2026, 2, 2), ends=date(2026, 2, 3))
    effect = found(world)
    assert len(effect.baseline) == 12
    assert Lack.SHORT_BEFORE in effect.lacks
