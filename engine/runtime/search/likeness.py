"""Likeness: marks by which records of one thing are found that were written twice, kept by a sink beside the search index.

A mark is a digest of what a rule compares; the texts themselves are not kept here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from engine.model.entities import DuplicateRule, Entity, FieldKind, Likeness
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import compile_statement
from engine.runtime.query import nodes
from engine.runtime.query.membership import is_member, list_parameter
from engine.runtime.rows import delete, insert_many, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

LIKENESS = "dougong_likeness"
LIKENESS_TABLE = Table(
    LIKENESS,
    (
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("rule", PhysicalKind.TEXT, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
        Column("mark", PhysicalKind.TEXT, nullable=False),
    ),
    primary_key=("entity", "rule", "record"),
    indexes=(Index("dougong_likeness__mark", ("entity", "rule", "mark", "record")),),
)
RULES_VERSION = 1
"""Changes with what is folded: marks made under other rules are made anew."""
_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|股份公司|集团公司|集团|公司|coltd|companylimited|limited|ltd|inc|gmbh|llc)+$"
)
_COUNTRY = re.compile(r"^(?:00)?86(?=1\d{10}$)")


def folded(text: str) -> str:
    """A text without case, width, blanks and signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def compared(entity: Entity, rule: DuplicateRule, values: Mapping[str, object]) -> str | None:
    """What a rule compares of a record; None where one of its fields is empty."""
    parts = [_compared(values.get(name), entity.fields[name].kind, rule.match) for name in rule.fields]
    return "\0".join(parts) if all(parts) else None


def _compared(value: object, kind: FieldKind, match: Likeness) -> str:
    text = "" if value is None else str(value).strip()
    if match is Likeness.EXACT:
        return text
    plain = folded(text)
    if kind is FieldKind.PHONE:
        return _COUNTRY.sub("", plain)
    return (_FORMS.sub("", plain) or plain) if match is Likeness.COMPANY else plain


def marks_of(entity: Entity, values: Mapping[str, object]) -> dict[str, str]:
    """The mark of a record by rule, for each rule whose fields are all filled."""
    found = {rule.id: compared(entity, rule, values) for rule in entity.duplicates}
    return {rule: _digest(entity.name, rule, text) for rule, text in found.items() if text is not None}


def _digest(entity: str, rule: str, text: str) -> str:
    return hashlib.sha256("\0".join((entity, rule, text)).encode()).hexdigest()[:32]


def remember_marks(
    session: Session, entity: Entity, rows: Iterable[tuple[int, Mapping[str, object]]], new: bool = False
) -> None:
    """Keep the marks of rows given as (id, values); `new` ones have none yet."""
    marked = []
    for record, values in rows:
        if not new:
            forget_marks(session, entity, (record,))
        marked += list(_rows(entity, record, values))
    insert_many(session, LIKENESS, marked)


def _rows(entity: Entity, record: int, values: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for rule, mark in marks_of(entity, values).items():
        yield {"entity": entity.name, "rule": rule, "record": record, "mark": mark}


def forget_marks(session: Session, entity: Entity, records: Iterable[int] | None = None) -> None:
    """Take the marks of rows away, of all of an entity when none are named."""
    if records is None:
        delete(session, LIKENESS, {"entity": entity.name})
        return
    for record in records:
        for rule in entity.duplicates:
            delete(session, LIKENESS, {"entity": entity.name, "rule": rule.id, "record": record})


def marks_standing(session: Session, entity: str, rule: str, marks: Iterable[str]) -> frozenset[str]:
    """Those of the marks that rows have, deleted ones too."""
    where = [
        *(nodes.compare(exp.EQ, exp.column(name, quoted=True), nodes.parameter(name)) for name in ("entity", "rule")),
        is_member(exp.column("mark", quoted=True), nodes.parameter("marks"), "text", session.dialect),
    ]
    asked = exp.Select(expressions=[exp.column("mark", quoted=True)])
    asked.set("from_", exp.From(this=nodes.bare_table(LIKENESS)))
    asked.set("where", exp.Where(this=nodes.all_of(where)))
    bound = {"entity": entity, "rule": rule, "marks": list_parameter(marks, session.dialect)}
    return frozenset(str(row[0]) for row in session.rows(compile_statement(asked, session.dialect), bound))


def marked_alike(session: Session, entity: str, rule: str, mark: str, limit: int) -> tuple[int, ...]:
    """The ids of rows with a mark, deleted ones too, the first so many."""
    where = {"entity": entity, "rule": rule, "mark": mark}
    return tuple(int(str(row[0])) for row in select(session, LIKENESS, ("record",), where, ("record",), limit))
