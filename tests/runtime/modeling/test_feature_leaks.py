"""Nothing that comes after a decision, and nothing that its reader may not read, changes what a pipeline says of a row."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from bills import SOURCES, Row, model_of, pack, random_rows, stored
from runtime.builders import NOW, context
from runtime.world import World, build_world

from engine.model.app import AppModel
from engine.model.feature_plans import FeaturePlan
from engine.runtime.database.protocol import Database
from engine.runtime.modeling.feature_reading import learning_table, scoring_table
from engine.runtime.modeling.feature_rights import ColumnNotReadable

CUT = date(2025, 4, 20)
TRIAL = (
    SOURCES.lstrip()
    + """
  - id: shaped
    node: features
    settings:
      as_of: issued_on
      features:
        - {name: amount, from: amount}
        - {name: region, from: client.region}
        - {name: kind, from: kind}
        - {name: bills, agg: count, over: bill, by: client}
        - {name: paid, agg: sum, of: amount, over: bill, by: client, known_at: settled_on, window: {days: 90}}
        - {name: late, agg: share, of: "late > 0", over: bill, by: client, known_at: settled_on}
        - {name: worst, agg: max, of: late, over: bill, by: client, known_at: settled_on}
        - {name: topics, agg: distinct, of: topic, over: visit, by: client}
        - {name: topic, agg: last, of: topic, over: visit, by: client}
        - {name: quiet, agg: days_since, over: visit, by: client}
        - {name: busier, agg: trend, of: minutes, over: visit, by: client, window: {days: 60}}
        - {name: company, agg: mean, of: amount, over: bill, by: []}
  - {id: told, node: label, settings: {event: "settled_on > due_on", known_at: settled_on, horizon: {days: 45}}}
  - {id: parts, node: split, settings: {holdout: 0.25, gap: {days: 20}}}
edges:
  - {from: bills, to: shaped}
  - {from: visits, to: shaped, port: facts}
  - {from: shaped, to: told}
  - {from: told, to: parts}
"""
)
SELLER = """
grants:
  - {id: all, roles: [analyst], actions: [read]}
  - {id: some, roles: [seller], actions: [read], rows: 'kind = "a"'}
fields:
  - {id: amounts, fields: [amount], roles: [analyst], right: read}
"""
OPEN = """
grants:
  - {id: all, roles: [analyst, seller], actions: [read]}
"""
ANALYST, SELLS = context(roles="analyst"), context(roles="seller")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> AppModel:
    access = {"bill": SELLER, "client": OPEN, "visit": OPEN}
    return model_of(pack(tmp_path_factory.mktemp("leaks"), {"trial": TRIAL}, access))


@pytest.fixture
def world(database: Database, app: AppModel) -> Iterator[World]:
    yield stored(build_world(database, app), random_rows(7))


def plan_of(world: World) -> FeaturePlan:
    plan = world.model.pipelines["trial"].plan
    assert plan is not None
    return plan


def lines(world: World) -> dict[int, tuple[object, ...]]:
    """The cells of every row that was decided about by the day of the cut."""
    table = world.read(ANALYST, lambda work: scoring_table(work, plan_of(world), range(1000, 1100))).table
    cells = dict(zip(table.keys, zip(*table.values, strict=True), strict=True))
    return {
        key: cells[key] for key, at in zip(table.keys, table.at, strict=True) if (at + timedelta(hours=8)).date() <= CUT
    }


def test_whatever_happens_after_the_decision_changes_no_feature_of_it(world: World) -> None:
    before, rows, draw = lines(world), random_rows(7), random.Random(1)
    for bill in rows["bill"]:
        if _on(bill, "issued_on"):
            world.change("bill", bill.id, "amount", Decimal("31.40"))
            world.change("bill", bill.id, "client", 100 + draw.randint(0, 8))
        if bill.values["settled_on"] is None or _on(bill, "settled_on"):
            world.change("bill", bill.id, "settled_on", CUT + timedelta(days=draw.randint(0, 30)))
            world.change("bill", bill.id, "late", draw.randint(-30, 300))
    for visit in rows["visit"]:
        if _on(visit, "at"):
            world.change("visit", visit.id, "client", 100 + draw.randint(0, 8))
            world.change("visit", visit.id, "minutes", 999)
    after = lines(world)
    assert len(before) > 20
    assert after == before
    settled = next(
        one for one in rows["bill"] if not one.deleted and one.values["settled_on"] and not _on(one, "settled_on")
    )
    world.change("bill", settled.id, "late", 5000)
    assert lines(world) != before, "what was known before the decision does change it"


def _on(row: Row, name: str) -> bool:
    """Whether a moment of a row lies on the day of the cut or later."""
    at = row.values[name]
    day = (at + timedelta(hours=8)).date() if isinstance(at, datetime) else at
    return isinstance(day, date) and day >= CUT


def test_what_is_not_known_yet_is_censored_and_the_latest_rows_are_held_out(world: World) -> None:
    learning = world.read(ANALYST, lambda work: learning_table(work, plan_of(world)))
    table = learning.table
    living = [one for one in random_rows(7)["bill"] if not one.deleted]
    told = {one.id: one.values for one in living if one.values["settled_on"] is not None}
    in_time = {id for id, one in told.items() if (one["settled_on"] - one["issued_on"]).days <= 45}
    assert learning.censored == len(living) - len(in_time)
    assert len(table.keys) + learning.in_gap == len(in_time)
    assert table.target is not None
    assert dict(zip(table.keys, table.target, strict=True)) == {
        key: float(told[key]["settled_on"] > told[key]["due_on"]) for key in table.keys
    }
    learnt = [at for at, held in zip(table.at, table.held_out, strict=True) if not held]
    held = [at for at, held in zip(table.at, table.held_out, strict=True) if held]
    assert min(held) - max(learnt) > timedelta(days=20)
    assert len(held) >= len(in_time) / 4
    assert max(held) < NOW


def test_who_may_not_read_a_column_learns_nothing_from_it_and_is_told_its_name(world: World) -> None:
    with pytest.raises(ColumnNotReadable) as refused:
        world.read(SELLS, lambda work: learning_table(work, plan_of(world)))
    assert "bill.amount" in str(refused.value)
    scoring = world.read(SELLS, lambda work: scoring_table(work, plan_of(world), range(1000, 1100)))
    assert scoring.omitted == ("amount", "paid", "company")
    kinds = {one.id for one in random_rows(7)["bill"] if one.values["kind"] == "a" and not one.deleted}
    assert set(scoring.table.keys) == kinds, "a row out of reach is not in the table"
