"""The time that a plan takes is told from the rows that it touches."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runtime.schema.test_migrations import BASE, CUSTOMER, DEAL, ID, migrate, with_customer

from engine.runtime import rows
from engine.runtime.database.protocol import Database
from engine.runtime.schema.estimate import BASE_SECONDS, Estimate, estimates
from engine.runtime.schema.executor import Stamp, plan_for
from engine.runtime.schema.operations import AddIndex, ChangeColumn
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Schema, schema_of


@pytest.fixture
def filled(database: Database) -> Database:
    migrate(database, BASE, 1)
    listed = [{"id": number, "name": f"客户 {number}", "size": number} for number in range(1, 41)]
    database.write(lambda session: rows.insert_many(session, "customer", listed))
    return database


def told(database: Database, schema: Schema) -> list[tuple[str, Estimate]]:
    plan = plan_for(database, schema, Stamp(2, 2, ""))
    found = database.read(lambda session: estimates(session, plan.operations))
    return [(type(one).__name__, estimate) for one, estimate in zip(plan.operations, found, strict=True)]


def test_what_touches_no_row_takes_next_to_no_time(filled: Database) -> None:
    found = told(filled, with_customer(*CUSTOMER.columns, Column("note", PhysicalKind.TEXT)))
    assert found == [("AddColumn", Estimate(0, BASE_SECONDS))]


def test_an_index_reads_every_row(filled: Database) -> None:
    found = told(filled, with_customer(indexes=(Index("customer__size", ("size", "id")),)))
    assert [(name, one.rows) for name, one in found] == [(AddIndex.__name__, 40)]
    assert found[0][1].seconds > BASE_SECONDS


def test_a_change_of_kind_converts_every_row(filled: Database) -> None:
    changed = with_customer(*CUSTOMER.columns[:3], Column("size", PhysicalKind.INTEGER, scale=4))
    found = dict(told(filled, changed))
    assert found[ChangeColumn.__name__].rows == 40


def test_rows_are_those_of_the_former_name(filled: Database) -> None:
    renamed = replace(CUSTOMER, name="client", indexes=(Index("client__size", ("size", "id")),))
    deal = replace(DEAL, foreign_keys=(replace(DEAL.foreign_keys[0], table="client"),))
    schema = replace(schema_of([deal, renamed]), table_renames={"customer": "client"})
    assert dict(told(filled, schema))["AddIndex"].rows == 40


def test_a_table_that_is_not_there_yet_has_no_rows(filled: Database) -> None:
    new = replace(CUSTOMER, name="supplier", columns=(ID, Column("name", PhysicalKind.TEXT)))
    assert told(filled, schema_of([DEAL, CUSTOMER, new]))[0][1].rows == 0
