"""Rows that demo recipes choose from: looked up, they are those that a walk over all rows finds, in the same order."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from engine.runtime.demo.rows import MadeRow, MadeRows

VALUES = (None, 1, 2, Decimal("2.0"), True, "won", "lost", ["won", "lost"], ("won",))
WISHES = (*VALUES, ["won", 2], ())


def by_walking(rows: list[MadeRow], where: dict[str, object]) -> list[int]:
    def fits(value: object, wished: object) -> bool:
        return value in wished if isinstance(wished, list | tuple) else value == wished

    return [row.id for row in rows if all(fits(row.values.get(name), one) for name, one in where.items())]


def test_what_is_looked_up_is_what_a_walk_over_all_rows_finds() -> None:
    random, made, rows, found = Random(1), MadeRows({}, {}, {}, {}), [], 0
    for number in range(600):
        row = MadeRow(number, "deal", {name: random.choice(VALUES) for name in random.sample("abc", 2)})
        made.add(row)
        rows.append(row)
        where = {name: random.choice(WISHES) for name in random.sample("abc", random.randint(1, 3))}
        told = [one.id for one in made.of("deal", where)]
        assert told == by_walking(rows, where), where
        found += bool(told)
    assert 100 < found < 600, "the control: some wishes are met, some are not"
    assert made.of("deal") == rows
    assert made.of("nothing", {"a": 1}) == []
