"""Collections in formulas: raw where rights are decided, secured where a page or a figure reads."""

from __future__ import annotations

from decimal import Decimal

import pytest
from runtime.builders import context, entity, field, grant, model, relation, rule
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.model.access import FieldRight
from engine.model.context import Context
from engine.model.entities import FieldKind, OnDelete
from engine.model.requests import QueryRequest, Sort
from engine.runtime.database.protocol import Database
from engine.runtime.query.lists import list_records

CUSTOMER = entity("customer", field("name"))
DEAL = entity("deal", field("name"), relation("customer", "customer", inverse="deals"), field("owner", FieldKind.USER))
LINE = entity(
    "line",
    relation("deal", "deal", OnDelete.CASCADE, inverse="lines"),
    field("text"),
    field("amount", FieldKind.MONEY),
    part_of="deal",
)
ALL = (CUSTOMER, DEAL, LINE)
MODEL = model(
    *ALL,
    grants=[
        grant("deal", "boss"),
        grant("deal", "buyer", formula("sum(lines.amount) > 100", "deal", *ALL)),
        grant("deal", "seller", formula("owner = user.id", "deal", *ALL)),
        grant("customer", "boss"),
        grant("customer", "seller", formula("count(deals) > 0", "customer", *ALL)),
    ],
    rules=[rule("line", "amount", "boss buyer", FieldRight.READ), rule("line", "amount", "seller", FieldRight.NONE)],
)


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"), (2, "王"))
    made.row("customer", 100, name="A")
    made.row("customer", 101, name="B")
    made.row("customer", 102, name="C")
    made.row("deal", 1, name="one", customer=100, owner=1)
    made.row("deal", 2, name="two", customer=100, owner=2)
    made.row("deal", 3, name="three", customer=101, owner=2)
    for at, (deal, amount) in enumerate(((1, 90), (1, 20), (2, 500), (3, 40)), start=50):
        made.row("line", at, deal=deal, text="x", amount=Decimal(amount))
    made.row("line", 60, deal=3, text="gone", amount=Decimal(1000), deleted_at=context().now)
    return made


def found(world: World, reader: Context, name: str, text: str | None = None) -> list[int]:
    condition = None if text is None else formula(text, name, *ALL)
    request = QueryRequest(name, (), formula_filter=condition, sort=(Sort(("id",)),))
    return [one.id for one in world.read(reader, lambda work: list_records(work, request)).records]


def test_a_right_may_depend_on_the_lines_of_a_row(world: World) -> None:
    assert found(world, context(1, "buyer"), "deal") == [1, 2]
    assert found(world, context(1, "buyer"), "line") == [50, 51, 52]


def test_a_right_counts_rows_that_its_holder_may_not_read(world: World) -> None:
    assert found(world, context(1, "seller"), "customer") == [100, 101]


def test_a_pages_condition_counts_only_rows_that_its_reader_reaches(world: World) -> None:
    assert found(world, context(9, "boss"), "customer", "count(deals) > 1") == [100]
    assert found(world, context(1, "seller"), "customer", "count(deals) > 1") == []
    assert found(world, context(1, "seller"), "customer", "count(deals) = 1") == [100]


def test_a_pages_condition_on_what_may_not_be_read_is_empty(world: World) -> None:
    assert found(world, context(9, "boss"), "deal", "sum(lines.amount) >= 40") == [1, 2, 3]
    assert found(world, context(1, "seller"), "deal", "sum(lines.amount) >= 40") == []
