"""The statements whose lineage a person worked out by hand, and how well the engine tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from engine.model.lineage import Way
from engine.runtime.sovereignty.sql_lineage import sql_lineage

CASES = Path(__file__).parents[2] / "fixtures/lineage/sql.yaml"
WAYS = {
    "I": Way.IDENTITY,
    "T": Way.TRANSFORMATION,
    "A": Way.AGGREGATION,
    "J": Way.JOIN,
    "G": Way.GROUP_BY,
    "F": Way.FILTER,
    "S": Way.SORT,
    "W": Way.WINDOW,
    "C": Way.CONDITIONAL,
}
Edge = tuple[str, str, Way]
"""A column that is given (empty: the rows), the column that it is drawn from, and how."""


@dataclass(frozen=True)
class SqlCase:
    """A statement with the edges that it must have."""

    title: str
    sql: str
    dialect: str
    columns: tuple[str, ...]
    expected: frozenset[Edge]


def sql_cases() -> tuple[Mapping[str, list[str]], Mapping[str, str], tuple[SqlCase, ...]]:
    """The tables, the views and the cases."""
    read = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    return read["schema"], read["views"], tuple(_case(one) for one in read["cases"])


def told_edges(case: SqlCase, schema: Mapping[str, list[str]], views: Mapping[str, str]) -> frozenset[Edge]:
    """The edges that the engine tells of a case; the columns in another order are an edge of their own."""
    found = sql_lineage(case.sql, schema, case.dialect, views)
    edges = {(name, column, way) for name, drawn in found.columns.items() for column, way in drawn}
    edges |= {("", column, way) for column, way in found.rows}
    return (
        frozenset(edges)
        if tuple(found.columns) == case.columns
        else frozenset({("?", str([*found.columns]), Way.IDENTITY)})
    )


def _case(one: Mapping[str, object]) -> SqlCase:
    gives = dict(one["gives"])  # type: ignore[call-overload]
    edges = {edge for name, text in gives.items() for edge in _edges(str(name), text)}
    edges |= set(_edges("", str(one.get("rows", ""))))
    return SqlCase(
        str(one["title"]), str(one["sql"]), str(one.get("dialect", "")), tuple(map(str, gives)), frozenset(edges)
    )


def _edges(name: str, text: str) -> Iterator[Edge]:
    for word in text.split():
        column, _, way = word.partition(":")
        yield name, column, WAYS[way]
