"""Usual rows: what a list opens with is answered by an index that holds those rows alone, with the same rows as without."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from runtime.builders import NOW, PLACE, context, entity, field, grant, label, model
from runtime.formulas import formula
from runtime.world import build_world

from engine.model.app import AppModel
from engine.model.entities import Choice, FieldKind
from engine.model.formula import Formula
from engine.model.pages import Item, Page, PageKind
from engine.model.requests import Condition, Filter, QueryRequest, Sort
from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import Statement
from engine.runtime.query.lists import count_records, list_records
from engine.runtime.storage.usual_rows import usual_rows
from engine.runtime.work import Work
from tests.web.counted import Asked, Count, CountedSession

STAGES = ("first", "second", "won", "lost", "third")
DEAL = entity(
    "deal",
    field("name"),
    field("stage", FieldKind.STATE, choices=tuple(Choice(one, label(one)) for one in STAGES)),
    field("kind", FieldKind.CHOICE, choices=(Choice("new", label("new")), Choice("again", label("again")))),
    field("day", FieldKind.DATE),
    field("amount", FieldKind.MONEY),
    field("owner", FieldKind.USER),
)
OPEN = 'not (stage in ["won", "lost"])'
LATE = f"{OPEN} and day < today()"
MINE = f"owner = user.id and {OPEN}"
BUT = ("stage", "lost", "won")


def told(text: str) -> Formula:
    return formula(text, "deal", DEAL)


def made_model(first: str = OPEN, **settings: object) -> AppModel:
    views = (
        {"id": "open", "where": told(first), "default": True},
        {"id": "late", "where": told(LATE)},
        {"id": "mine", "where": told(MINE)},
    )
    properties = {"sort": ["-amount"], "filters": ["kind", "stage"], "views": views} | settings
    page = Page(
        "deals",
        "test",
        PageKind.LIST,
        label("deals"),
        PLACE,
        frozenset(),
        "deal",
        items=(Item("rows", "table", PLACE, properties=properties),),
    )
    return replace(model(DEAL, grants=[grant("deal", "seller")]), pages={"deals": page})


def test_what_the_first_view_leaves_out_is_left_out_of_indexes() -> None:
    """In the list's order, behind its filters, by the ranges of views of the same rows; of a unit, and of all; of a person."""
    alone = {("amount",), ("kind", "amount"), ("day",)}
    assert {key: set(found) for key, found in usual_rows(made_model(), DEAL).items()} == {
        BUT: {("owner", "amount"), *alone, *(("scope_unit", *one) for one in alone)}
    }


@pytest.mark.parametrize("first", ['stage in ["first"]', OPEN + " or day < today()", 'not (name in ["a"])', "true"])
def test_other_first_views_have_no_such_indexes(first: str) -> None:
    """Only options that are left out whatever else holds."""
    assert usual_rows(made_model(first), DEAL) == {}


def test_a_list_without_views_has_none() -> None:
    assert usual_rows(made_model(views=()), DEAL) == {}


def request(text: str, where: Filter | None = None) -> QueryRequest:
    asked = QueryRequest("deal", (("name",),), formula_filter=told(text), sort=(Sort(("amount",), True),), limit=100)
    return replace(asked, where=where) if where is not None else asked


ASKED = {
    "opens": (request(OPEN), "amount"),
    "options in another order": (request('not (stage in ["lost", "won"])'), "amount"),
    "filtered": (request(OPEN, Condition(("kind",), "eq", "new")), "kind_amount"),
    "range": (request(LATE), ""),
    "own": (request(MINE), "owner_amount"),
}
ROWS = [
    {
        "id": at + 1,
        "name": f"n{at}",
        "stage": (*STAGES, None)[at % 6],
        "kind": ("new", "again")[at // 6 % 2],
        "day": None if at % 7 == 0 else date(2025 + at % 3, at % 9 + 1, 11),
        "amount": Decimal(at * 7919 % 1000),
        "owner": at // 12 % 2 + 1,
        "deleted_at": NOW if at % 11 == 0 else None,
    }
    for at in range(120)
]


def answered(database: Database, made: AppModel, asked: QueryRequest) -> tuple[object, object, list[str]]:
    """The page, its count, and how the database finds both where reading a whole table is dear."""
    world = build_world(database, made)
    world.people((1, "李"), (2, "王"))
    world.rows("deal", ROWS)

    def answers(work: Work) -> tuple[object, object, list[str]]:
        count = Count()
        counted = replace(work, session=CountedSession(work.session, count))
        page, total = list_records(counted, asked).records, count_records(counted, asked)
        return page, total, [plan(work, one) for one in count.asked]

    return world.read(context(1, "seller"), answers)


def plan(work: Work, asked: Asked) -> str:
    dialect = work.session.dialect
    if dialect == "postgres":
        for name in ("seqscan", "bitmapscan", "sort"):
            work.session.execute(Statement(f"SET LOCAL enable_{name} = off", (), dialect))
    said = "EXPLAIN " if dialect == "postgres" else "EXPLAIN QUERY PLAN "
    statement = Statement(said + asked.statement.sql, asked.statement.parameters, dialect)
    return "\n".join(str(row[-1]) for row in work.session.rows(statement, asked.parameters))


@pytest.mark.parametrize("name", ASKED)
def test_lists_and_counts_of_them_read_the_rows_alone(database: Database, name: str) -> None:
    """A row of no stage is none of them."""
    asked, columns = ASKED[name]
    page, total, plans = answered(database, made_model(), asked)
    assert isinstance(page, tuple | list)
    assert total == len(page) > 0
    stages = {ROWS[one.id - 1]["stage"] for one in page}
    assert stages == {"first", "second", "third"}
    assert f"ix_deal_{columns}" in plans[0]
    assert all("_but_stage_lost_won" in one for one in plans)


@pytest.mark.parametrize("name", ASKED)
def test_without_such_indexes_the_rows_are_the_same(database: Database, name: str) -> None:
    asked, _ = ASKED[name]
    page, total, plans = answered(database, made_model(views=()), asked)
    assert not any("_but_" in one for one in plans)
    expected = [row for row in ROWS if row["stage"] in ("first", "second", "third") and row["deleted_at"] is None]
    if name == "filtered":
        expected = [row for row in expected if row["kind"] == "new"]
    if name == "own":
        expected = [row for row in expected if row["owner"] == 1]
    if name == "range":
        expected = [row for row in expected if row["day"] is not None and row["day"] < NOW.date()]
    assert isinstance(page, tuple | list)
    assert {one.id for one in page} == {row["id"] for row in expected}
    assert total == len(expected)
