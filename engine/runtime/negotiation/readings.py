"""Readings: values of formulas and paths on rows as their reader may see them. What may not be read is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import Field
from engine.model.formula import Formula
from engine.model.names import Label
from engine.model.negotiations import Path
from engine.runtime.database.protocol import Row
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.membership import is_member, list_parameter
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.rewrites.true_only import true_only
from engine.runtime.query.secure import secure
from engine.runtime.query.secured_columns import SecuredColumns
from engine.runtime.query.selection import named
from engine.runtime.query.statements import Built, Prepared, prepared, rows_of
from engine.runtime.storage.built_in import field_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.typed import typed_value
from engine.runtime.work import Work

Asked = Formula | Path
AMONG, LIMIT = "among", "most"


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows of an entity, and what of each: formulas and paths. `among` is the path whose ids are given when it is
    asked; `newest` the path by which the latest come first, ids breaking ties."""

    entity: str
    columns: tuple[Asked, ...]
    where: tuple[Formula, ...] = ()
    among: Path | None = None
    newest: Path | None = None

    @property
    def shape(self) -> tuple[object, ...]:
        return "negotiation", self.entity, tuple(map(_named, self.columns)), self.where, self.among, self.newest


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row's id, version, and what was asked of it, in the order of the question."""

    id: int
    version: int
    cells: tuple[object, ...]


def statement_of(work: Work, question: Question) -> Prepared | None:
    """The statement of a question for its reader; None where they read no such rows."""
    reader = Reader(work.model, work.context)
    if reader.access(question.entity) is None:
        return None
    return prepared(work, question.shape, lambda: _built(reader, question, work.session.dialect))


def tables_of(work: Work, question: Question) -> frozenset[str]:
    """Every table that a question is answered from, of rights too."""
    reader, dialect = Reader(work.model, work.context), work.session.dialect

    def found() -> frozenset[str]:
        tree, _, _ = _built(reader, question, dialect)
        return frozenset(one.name for one in tree.find_all(exp.Table))

    return work.statements.get(("tables", reader.rights, dialect, question.shape), found)


def stored_rows(work: Work, question: Question, ids: Sequence[int] = (), most: int | None = None) -> list[Row]:
    """The rows as the database holds them: id, version, then a value for each column."""
    statement = statement_of(work, question)
    if statement is None:
        return []
    values: dict[str, object] = {LIMIT: 2**31 - 1 if most is None else most}
    if question.among is not None:
        values[AMONG] = list_parameter(ids, work.session.dialect)
    return rows_of(work, statement, values)


def read_rows(work: Work, question: Question, ids: Sequence[int] = (), most: int = 200) -> list[ReadRow]:
    """The rows with their values in Python: numbers as Decimal, references as ids."""
    kinds = [kind_of(work.model, question.entity, one) for one in question.columns]
    return [
        ReadRow(
            int(str(row[0])),
            int(str(row[1])),
            tuple(_typed(kind, cell, work.session.dialect) for kind, cell in zip(kinds, row[2:], strict=True)),
        )
        for row in stored_rows(work, question, ids, most)
    ]


def kind_of(model: AppModel, entity: str, asked: Asked) -> Formula | Field | None:
    """What decodes a column: a formula by its type, a path by its field; None where the path leads to none."""
    if isinstance(asked, Formula):
        return asked
    holder = model.field(entity, asked[:-1]) if len(asked) > 1 else None
    last = model.entities.get(holder.relation.entity if holder and holder.relation else entity)
    if last is None:
        return None
    return field_of(last, last.title if asked[-1] == TITLE else asked[-1])


def label_of(model: AppModel, entity: str, path: Path, given: Label) -> Label:
    """What people call a path: the label that a definition gives it, else that of its field."""
    found = model.field(entity, path)
    return given if given.texts or found is None else found.label


def _typed(kind: Formula | Field | None, stored: object, dialect: str) -> object:
    if stored is None or kind is None:
        return None
    if isinstance(kind, Formula):
        return typed_value(kind.type, stored)
    return storage_of(kind).from_stored(stored, dialect)


def _built(reader: Reader, question: Question, dialect: str) -> Built:
    access = reader.access(question.entity)
    if access is None:
        raise LookupError(question.entity)
    compilation = Compilation(reader, dialect)
    rows = secure(compilation, question.entity, access)
    columns = SecuredColumns(rows)
    wanted = [named(_lowered(columns, one), f"a{at}") for at, one in enumerate(question.columns)]
    conditions = [true_only(columns.lower(one)) for one in question.where]
    if question.among is not None:
        link = rows.own("id") if question.among == ("id",) else columns.column(question.among)
        conditions.append(is_member(link, nodes.parameter(AMONG), "bigint", dialect))
    order = [exp.Ordered(this=rows.own("id"), desc=True)]
    if question.newest is not None and find(reader, question.entity, question.newest) is not None:
        latest = exp.Ordered(this=columns.column(question.newest), desc=True, nulls_first=False)
        order.insert(0, latest)
    tree = rows.select([rows.own("id"), rows.own("version"), *wanted], *conditions)
    tree.set("order", exp.Order(expressions=order))
    tree.set("limit", exp.Limit(expression=nodes.parameter(LIMIT)))
    return tree, RecordDecoder(question.entity, (), dialect), compilation


def _lowered(columns: SecuredColumns, asked: Asked) -> exp.Expression:
    return columns.lower(asked) if isinstance(asked, Formula) else columns.column(asked)


def _named(asked: Asked) -> object:
    return asked.source if isinstance(asked, Formula) else asked
