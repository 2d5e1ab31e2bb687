"""Document numbers: counted per unit and period, in the write's own transaction, so that none is lost or doubled.

A write that fails gives its number back, so a sequence has no gap but by rows deleted later, which keep theirs. Writers of
one sequence wait for each other. A sequence of a unit tells nothing of another's count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count

from sqlglot import exp

from engine.model.entities import Entity, Field, FieldKind
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.rows import insert_first, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.work import Work

SEQUENCE = "dougong_sequence"
SEQUENCE_TABLE = Table(
    SEQUENCE,
    (Column("name", PhysicalKind.TEXT, nullable=False), Column("last", PhysicalKind.INTEGER, nullable=False)),
    primary_key=("name",),
)
_SEQ = re.compile(r"\{seq(?::(\d+))?\}")


def number_fields(work: Work, entity: Entity, unit: int | None, given: Container[str] = ()) -> dict[str, str]:
    """The next number for each code field of a new row, except those whose number is `given`: they use none up."""
    return {
        field.name: number_rows(work, entity, field, (unit,))[0]
        for field in entity.fields.values()
        if field.kind is FieldKind.NUMBER_CODE and field.number is not None and field.name not in given
    }


def number_rows(work: Work, entity: Entity, field: Field, units: Sequence[int | None]) -> list[str]:
    """The next numbers of a code field for new rows of these units, in their order; each sequence counts once."""
    assert field.number is not None
    sequences = {
        unit: _sequence(work, f"{entity.name}:{field.name}", field.number.pattern, field.number.per, unit)
        for unit in dict.fromkeys(units)
    }
    wished = Counter(sequences[unit].name for unit in units)
    first = {name: _count(work, name, many) - many + 1 for name, many in wished.items()}
    places = {name: count(start) for name, start in first.items()}
    return [sequences[unit].written(next(places[sequences[unit].name])) for unit in units]


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A sequence's name, and its pattern with all but the place filled in."""

    name: str
    text: str

    def written(self, place: int) -> str:
        return _SEQ.sub(lambda match: str(place).rjust(int(match[1] or 1), "0"), self.text)


def _sequence(work: Work, field: str, pattern: str, per: tuple[str, ...], unit: int | None) -> _Sequence:
    day = work.context.today
    code = _unit_code(work, unit)
    year, month, date = f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"
    parts = {"unit": code, "year": year, "month": f"{year}{month}", "day": f"{year}{month}{date}"}
    text = pattern.replace("{yyyy}", year).replace("{yy}", year[-2:]).replace("{mm}", month).replace("{dd}", date)
    return _Sequence(":".join((field, *(parts[one] for one in per))), text.replace("{unit}", code))


def _count(work: Work, name: str, many: int) -> int:
    """The last place of `many` more."""
    row = work.session.row(_counting(work.session.dialect), {"name": name, "many": many})
    if row is not None:
        return int(str(row[0]))
    insert_first(work.session, SEQUENCE, {"name": name, "last": many})
    return many


@cache
def _counting(dialect: Dialect) -> Statement:
    """So many more, and how many that makes: whoever counts the same waits until this one's transaction has ended."""
    name, last = exp.column("name", quoted=True), exp.column("last", quoted=True)
    more = exp.EQ(this=last, expression=exp.Add(this=last.copy(), expression=exp.Placeholder(this="many")))
    update = exp.Update(this=exp.to_table(SEQUENCE), expressions=[more])
    update.set("where", exp.Where(this=exp.EQ(this=name, expression=exp.Placeholder(this="name"))))
    update.set("returning", exp.Returning(expressions=[last.copy()]))
    return compile_statement(update, dialect)


def _unit_code(work: Work, unit: int | None) -> str:
    if unit is None:
        return "X"
    found = select(work.session, "dougong_unit", ("code",), {"id": unit})
    return str(found[0][0]).upper() if found else "X"
