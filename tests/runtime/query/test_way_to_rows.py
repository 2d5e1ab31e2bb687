"""The way to rows: what pages and the inbox ask for leads along an index in both databases, whatever stands in the condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from runtime.builders import PLACE, context, entity, field, grant, label, model, relation
from runtime.formulas import formula
from runtime.world import build_world

from engine.model.app import AppModel
from engine.model.areas import Area, written_area
from engine.model.entities import FieldKind
from engine.model.formula import Formula
from engine.model.inbox import InboxKind
from engine.model.pages import Item, Page, PageKind
from engine.model.requests import Condition, QueryRequest, Sort
from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import Statement, StatementCache
from engine.runtime.query import listing
from engine.runtime.query.lists import count_records, list_records
from engine.runtime.work import Work
from tests.web.counted import Count, CountedSession

CUSTOMER = entity("customer", field("name"))
CALL = entity(
    "call",
    field("name"),
    relation("customer", "customer", inverse="calls"),
    field("owner", FieldKind.USER),
    field("day", FieldKind.DATE),
    field("done", FieldKind.BOOLEAN),
    field("spot", FieldKind.LOCATION),
)
WAITING = "owner = user.id and not done and day <= add_days(today(), 3)"


def waits(text: str) -> Formula:
    return formula(text, "call", CALL, CUSTOMER)


def made_model(waiting: str = WAITING, page: bool = True) -> AppModel:
    kind = InboxKind("ring", "call", label("ring"), PLACE, "owner", waits(waiting))
    found = model(CUSTOMER, replace(CALL, inbox=(kind,)), grants=[grant("call", "seller")])
    shown = Item("calls", "related", PLACE, properties={"collection": "calls", "sort": ["-day"]})
    record = Page(
        "customer", "test", PageKind.RECORD, label("customer"), PLACE, frozenset(), "customer", items=(shown,)
    )
    return replace(found, pages={"customer": record} if page else {})


def plan(
    database: Database,
    made: AppModel,
    request: QueryRequest,
    ask: Callable[[Work, QueryRequest], object] = list_records,
) -> str:
    """How the database finds the rows of a list when reading whole tables is dear."""
    world = build_world(database, made)
    places = [request.where.value] if isinstance(request.where, Condition) else []

    def asked(work: Work) -> str:
        count = Count()
        ask(replace(work, session=CountedSession(work.session, count)), request)
        one, dialect = count.asked[-1], work.session.dialect
        if dialect == "postgres":
            work.session.execute(Statement("SET LOCAL enable_seqscan = off", (), dialect))
            if not any(isinstance(one, Area) for one in places):
                work.session.execute(Statement("SET LOCAL enable_bitmapscan = off", (), dialect))
        said = "EXPLAIN " if dialect == "postgres" else "EXPLAIN QUERY PLAN "
        rows = work.session.rows(Statement(said + one.statement.sql, one.statement.parameters, dialect), one.parameters)
        return "\n".join(str(row[-1]) for row in rows)

    return world.read(context(1, "seller"), asked)


OF_ONE = QueryRequest("call", (), Condition(("customer",), "eq", 7), sort=(Sort(("day",), True),))


def test_rows_of_a_record_come_in_their_order_from_the_index(database: Database) -> None:
    told = plan(database, made_model(), OF_ONE)
    assert "ix_call_customer_day" in told
    assert "temp b-tree" not in told.lower().replace("last term of order by", "")


def test_without_a_page_that_shows_them_there_is_no_such_index(database: Database) -> None:
    assert "ix_call_customer_day" not in plan(database, made_model(page=False), OF_ONE)


@pytest.mark.parametrize(
    ("waiting", "in_sqlite", "in_postgres"),
    [
        (WAITING, "owner_done_day (owner=? AND done=? AND day<?)", "owner_done_day"),
        (WAITING.replace("done", "coalesce(done, false)"), "owner_day_done (owner=? AND day<?)", "owner_day_done"),
    ],
)
def test_waiting_rows_are_sought_up_to_a_day_that_is_worked_out(
    database: Database, waiting: str, in_sqlite: str, in_postgres: str
) -> None:
    told = plan(database, made_model(waiting), QueryRequest("call", (), formula_filter=waits(waiting)))
    assert f"ix_call_{in_sqlite if database.dialect == 'sqlite' else in_postgres}" in told


@pytest.mark.parametrize("text", ["not done", "done", "done and owner = user.id", "not (done and owner = user.id)"])
def test_a_condition_that_may_be_empty_keeps_the_same_rows(
    database: Database, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build_world(database, made_model())
    world.people((1, "李"), (2, "王"))
    world.rows(
        "call",
        [
            {"id": 10 * owner + at, "owner": owner, "done": (True, False, None)[at]}
            for owner in (1, 2)
            for at in range(3)
        ],
    )
    request = QueryRequest("call", (), formula_filter=waits(text))

    def rows() -> list[int]:
        return [one.id for one in world.read(context(1, "seller"), lambda work: list_records(work, request)).records]

    fast = rows()
    world.statements = StatementCache()
    monkeypatch.setattr(listing, "true_only", lambda condition: condition)
    assert fast == rows() != []


NAMES = ("a", "b", "c", "c0", "B", "张", "", None)


@pytest.mark.parametrize(
    "text",
    ['not (name in ["a", "c"])', 'not (name in ["c", "b", "张"])', 'not (name in ["zz"])', 'not (not (name in ["a"]))'],
)
def test_rows_of_other_values_are_counted_as_they_are_listed(database: Database, text: str) -> None:
    """Values of no option are among them, an empty one is not; lists keep the condition that counts turn into ranges."""
    world = build_world(database, made_model())
    world.people((1, "李"), (2, "王"))
    world.rows("call", [{"id": at + 1, "owner": 1, "name": name} for at, name in enumerate(NAMES)])
    request = QueryRequest("call", (), formula_filter=waits(text), limit=50)
    found = world.read(context(1, "seller"), lambda work: list_records(work, request))
    counted = world.read(context(1, "seller"), lambda work: count_records(work, request))
    assert 0 < len(found.records) < len(NAMES)
    assert counted == len(found.records)


def test_counts_of_other_values_read_along_the_index(database: Database) -> None:
    """Where the column has one, in SQLite; PostgreSQL keeps the condition."""
    indexed = replace(made_model(), entities={"customer": CUSTOMER, "call": replace(CALL, indexes=(("name",),))})
    request = QueryRequest("call", (), formula_filter=waits('not (name in ["a", "c"])'))
    told = plan(database, indexed, request, count_records)
    assert ("ix_call_name (name>? AND name<?)" in told) is (database.dialect == "sqlite")


@pytest.mark.parametrize(("operator", "place"), [("near", "30.27,120.15~2000"), ("within", "30.2,120.1,30.3,120.2")])
def test_rows_of_a_place_are_found_along_its_index(database: Database, operator: str, place: str) -> None:
    """A location has one without being asked; cells around a place are ranges of it."""
    area = written_area(operator, place)
    assert "ix_call_spot" in plan(
        database, made_model(), QueryRequest("call", (), Condition(("spot",), operator, area))
    )
