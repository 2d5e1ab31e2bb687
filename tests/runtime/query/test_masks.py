"""Masks: what is left of a text, the same in Python and in both databases, and what a reader can do with it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from runtime.builders import context, entity, field, grant, model, rule
from runtime.world import World, build_world
from sqlglot import exp

from engine.model.access import FieldRight
from engine.model.entities import FieldKind
from engine.model.requests import Condition, Filter, QueryRequest, Sort
from engine.runtime.access.masks import mask_text
from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import compile_statement
from engine.runtime.query.facets import facets
from engine.runtime.query.lists import list_records
from engine.runtime.query.masks import masked_text

MASKS = ("all", "name", "phone", "id", "email", "last4", "area", "amount")
TEXTS = (
    None,
    "张三丰",
    "A",
    "13800138000",
    "1380013",
    "330102199001011234",
    "a@b.cn",
    "ab@c@d",
    "nobody",
    "12345678",
    "%_",
    "wtmknpnr+30.274085+120.155070/12 文三路",
    "r3gx2f9t-33.868800+151.209300/",
    "wtmknpnr+30.27408x+120.155070/",
)

READER = context(1, "desk")
MODEL = model(
    entity(
        "person",
        field("name", mask="name", search=2),
        field("phone", FieldKind.PHONE, mask="phone"),
        field("salary", FieldKind.MONEY, mask="amount"),
        field("note", mask="all"),
    ),
    grants=[grant("person", "desk")],
    rules=[rule("person", "name phone salary note", "desk", FieldRight.MASK)],
)


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.row("person", 1, name="张敏", phone="13800138000", salary=Decimal(900), note="x")
    made.row("person", 2, name="李雷", phone="13900139000", salary=Decimal(100))
    made.row("person", 3, name="张华", phone=None, salary=None, note="y")
    return made


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_mask_leaves_the_same_in_python_and_in_the_database(database: Database, mask: str, text: str | None) -> None:
    cell = exp.Cast(this=exp.Placeholder(this="text"), to=exp.DataType.build("text"))
    tree = exp.Select(expressions=[masked_text(mask, cell, database.dialect)])
    row = database.read(lambda session: session.row(compile_statement(tree, session.dialect), {"text": text}))
    assert row == (mask_text(mask, text),)


def found(world: World, where: Filter, search: str = "") -> list[int]:
    request = QueryRequest("person", (), where=where, sort=(Sort(("id",)),), search=search)
    return [one.id for one in world.read(READER, lambda work: list_records(work, request)).records]


def test_a_masked_reader_gets_masks_and_is_told_so(world: World) -> None:
    columns = (("name",), ("phone",), ("salary",), ("note",))
    page = world.read(READER, lambda work: list_records(work, QueryRequest("person", columns)))
    assert [dict(one.cells) for one in page.records] == [
        {"name": "张**", "phone": None, "salary": "***", "note": "***"},
        {"name": "李**", "phone": "139****9000", "salary": "***", "note": "***"},
        {"name": "张**", "phone": "138****8000", "salary": "***", "note": "***"},
    ]
    assert all(one.masked == {"name", "phone", "salary", "note"} for one in page.records)


def test_filters_work_on_the_mask_only(world: World) -> None:
    assert found(world, Condition(("name",), "contains", "敏")) == []
    assert found(world, Condition(("name",), "eq", "张**")) == [1, 3]
    assert found(world, Condition(("phone",), "starts_with", "138****")) == [1]
    assert found(world, Condition(("phone",), "contains", "0013")) == []
    assert found(world, Condition(("note",), "empty")) == []
    assert found(world, Condition(("salary",), "gt", Decimal(0))) == []
    assert found(world, Condition(("salary",), "empty")) == [1, 2, 3]


def test_search_works_on_the_mask_only(world: World) -> None:
    assert found(world, Condition(("id",), "not_empty"), search="敏") == []
    assert found(world, Condition(("id",), "not_empty"), search="张") == [1, 3]


@pytest.mark.parametrize("name", ["salary", "note"])
@pytest.mark.parametrize("descending", [False, True])
def test_order_works_on_the_mask_only(world: World, name: str, descending: bool) -> None:
    request = QueryRequest("person", (), sort=(Sort((name,), descending), Sort(("id",))))
    page = world.read(READER, lambda work: list_records(work, request))
    assert [one.id for one in page.records] == [1, 2, 3]


def test_facets_count_masks(world: World) -> None:
    counted = world.read(READER, lambda work: facets(work, "person", "name", QueryRequest("person", ())))
    assert {(one.value, one.count) for one in counted} == {("张**", 2), ("李**", 1)}
    hidden = world.read(READER, lambda work: facets(work, "person", "note", QueryRequest("person", ())))
    assert [(one.value, one.count) for one in hidden] == [("***", 3)]
