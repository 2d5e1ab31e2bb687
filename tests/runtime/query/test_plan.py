"""Plan: the way to the rows of a scope follows its share of all units, and never changes what is found."""

from __future__ import annotations

import pytest
from runtime.builders import context, entity, field, grant, model
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.model.access import Action
from engine.model.context import Context
from engine.model.entities import FieldKind
from engine.model.requests import QueryRequest
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow
from engine.runtime.database.protocol import Database
from engine.runtime.query.lists import list_records
from engine.runtime.query.plan import FEW_UNITS, ScopePlan, choose_plan
from engine.runtime.work import Work

DEAL = entity("deal", field("name"), field("owner", FieldKind.USER))
MODEL = model(
    DEAL,
    grants=[
        grant("deal", "seller", formula("owner = user.id", "deal", DEAL)),
        grant("deal", "lead", formula("owner = user.id or scope_unit in user.subtree", "deal", DEAL)),
    ],
)
UNITS = 40


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"))
    made.units(*[(at, f"店{at}", "store", None) for at in range(1, UNITS + 1)])
    made.rows("deal", [{"id": at, "name": f"d{at}", "scope_unit": at} for at in range(1, UNITS + 1)])
    return made


def chosen(work: Work) -> ScopePlan:
    decision = decide(work.model, work.context, "deal", Action.READ)
    assert isinstance(decision, Allow)
    return choose_plan(work, decision)


@pytest.mark.parametrize(
    ("reader", "walks"),
    [
        (context(1, "lead", subtree=range(1, UNITS + 1)), True),
        (context(1, "lead", subtree=range(1, FEW_UNITS)), False),
        (context(1, "lead", units=range(1, UNITS + 1), subtree=[1]), False),
        (context(1, "seller", subtree=range(1, UNITS + 1)), False),
    ],
)
def test_a_large_share_walks_and_a_small_one_seeks(world: World, reader: Context, walks: bool) -> None:
    plan = world.read(reader, chosen)
    assert (plan is ScopePlan.WALK) is (walks and world.database.dialect == "sqlite")


def test_both_ways_find_the_rows_of_the_scope(world: World) -> None:
    for size in (0, 1, 2, 3, FEW_UNITS - 1, FEW_UNITS, FEW_UNITS + 1, UNITS):
        reader = context(1, "lead", subtree=range(1, size + 1))
        page = world.read(reader, lambda work: list_records(work, QueryRequest("deal", ())))
        assert [one.id for one in page.records] == list(range(size, 0, -1))
