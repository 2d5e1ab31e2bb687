"""Twin worlds: when only cells change that a person may not read, every answer stays the same to the last byte."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

import pytest
from runtime.builders import context
from runtime.naive import ABSENT, Person
from runtime.world import World
from test_oracle import PATHS, Oracle, oracles

from engine.diagnostics import DougongError
from engine.model.context import Context
from engine.model.requests import AggregateRequest, AllOf, Condition, Filter, QueryRequest, Sort
from engine.runtime.database.protocol import Database
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.query.facets import facets
from engine.runtime.query.lists import list_records
from engine.runtime.work import Work

UNRULED = {"a": ("secret", "phone", "name"), "b": ("cost", "name")}
"""Fields that no rule of the random definitions reads: they may change without changing anybody's rights."""
OTHER = {"secret": Decimal(77), "cost": Decimal(78), "phone": "13677778888", "name": "press 客户 138"}


def answers(world: World, reader: Context) -> list[str]:
    """Everything that can be asked about two entities on every path: shown, filtered, sorted, searched, counted, summed."""
    found = []
    for of in ("a", "b"):
        for path in PATHS[of]:
            order = (Sort(path, True), Sort(("id",)))
            found.append(answer(world, reader, QueryRequest(of, (path,), sort=order, count=True)))
            found.append(answer(world, reader, QueryRequest(of, (path,), sort=order, limit=4)))
            wheres: list[Filter] = [Condition(path, "empty"), Condition(path, "not_empty")]
            found += [answer(world, reader, QueryRequest(of, (), where=AllOf((one,)))) for one in wheres]
            found.append(faceted(world, reader, of, path))
        found += [answer(world, reader, QueryRequest(of, (), search=word)) for word in ("press", "138", "客", "77")]
    found.append(summed(world, reader))
    return found


def answer(world: World, reader: Context, request: QueryRequest) -> str:
    def act(work: Work) -> str:
        page = list_records(work, request)
        return repr((page.records, page.total, page.next_cursor is None))

    return told(world, reader, act)


def faceted(world: World, reader: Context, of: str, path: tuple[str, ...]) -> str:
    return told(world, reader, lambda work: repr(facets(work, of, ".".join(path), QueryRequest(of, ()))))


def summed(world: World, reader: Context) -> str:
    return told(world, reader, lambda work: repr(aggregate(work, AggregateRequest(("total",), ("b_city",)))))


def told(world: World, reader: Context, act: object) -> str:
    try:
        return world.read(reader, act)  # type: ignore[arg-type]
    except DougongError as refused:
        return f"{refused.code} {refused.message.en} {refused.details}"


def change_what_is_hidden(oracle: Oracle, person: Person) -> int:
    """Gives every unruled cell that the person may not see another value, and rows out of reach another one everywhere."""
    changed = 0
    for of, names in UNRULED.items():
        for id, row in oracle.naive.rows[of].items():
            reached = oracle.naive.allowed(of, row, person)
            for name in names:
                if not reached or oracle.naive.cell(of, row, (name,), person)[0] == ABSENT:
                    oracle.world.change(of, id, name, OTHER[name])
                    changed += 1
    return changed


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_a_person_may_not_read_changes_nothing_that_is_told(database: Database, database_kind: str) -> None:
    changed = 0
    for oracle in islice(oracles(database, 4), 8):
        person = oracle.draw.person()
        reader = context(person.user, " ".join(person.roles), person.units)
        before = answers(oracle.world, reader)
        changed += change_what_is_hidden(oracle, person)
        assert answers(oracle.world, reader) == before
        restore(oracle)
    assert changed > 100


def restore(oracle: Oracle) -> None:
    for of, names in UNRULED.items():
        for id, row in oracle.naive.rows[of].items():
            for name in names:
                oracle.world.change(of, id, name, row[name])


def test_the_twins_differ_when_something_readable_changes(database: Database) -> None:
    oracle = next(oracles(database, 4))
    person = Person(1, frozenset({"sales", "lead", "desk"}), frozenset({10, 11}))
    reader = context(1, "sales lead desk", (10, 11))
    before = answers(oracle.world, reader)
    for of, names in UNRULED.items():
        for id, row in oracle.naive.rows[of].items():
            if oracle.naive.allowed(of, row, person):
                for name in names:
                    oracle.world.change(of, id, name, OTHER[name])
    assert answers(oracle.world, reader) != before
