"""Column lineage of SQL: sixty statements, each told exactly as a person worked it out."""

from __future__ import annotations

import pytest

from engine.model.lineage import Way
from engine.runtime.sovereignty.sql_lineage import UnreadableSql, sql_lineage
from tests.runtime.sovereignty.sql_cases import SqlCase, sql_cases, told_edges

SCHEMA, VIEWS, CASES = sql_cases()


def test_there_are_sixty_statements_of_different_titles() -> None:
    assert len({one.title for one in CASES}) == len({one.sql for one in CASES}) == 60


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.title)
def test_every_column_is_drawn_from_what_a_person_says_and_from_nothing_else(case: SqlCase) -> None:
    assert sorted(told_edges(case, SCHEMA, VIEWS)) == sorted(case.expected)


@pytest.mark.parametrize(
    "sql", ["select nowhere from orders", "drop table orders", "select (", "select * from missing"]
)
def test_what_cannot_be_told_is_said_and_not_left_out(sql: str) -> None:
    with pytest.raises(UnreadableSql) as refused:
        sql_lineage(sql, SCHEMA)
    assert refused.value.message.zh != refused.value.message.en


def test_a_table_that_nobody_described_has_the_columns_that_are_named_of_it() -> None:
    found = sql_lineage("select t.code, upper(t.title) as title from goods t where t.gone is null", {})
    assert found.columns == {
        "code": frozenset({("goods.code", Way.IDENTITY)}),
        "title": frozenset({("goods.title", Way.TRANSFORMATION)}),
    }
    assert found.rows == frozenset({("goods.gone", Way.FILTER)})
