"""Mentions: rows of any table, not the subject's own, whose texts hold one of its identifiers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlglot import exp

from engine.model.app import AppModel
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import compile_statement
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.query import nodes
from engine.runtime.rows import select, update
from engine.runtime.schema.tables import PhysicalKind, Table
from engine.runtime.sovereignty.subjects.identifiers import Identifiers
from engine.runtime.sovereignty.subjects.tables import SUBJECT_TABLES
from engine.runtime.storage.tables import VERSION_SUFFIX, entity_tables

STAYING = frozenset(
    {
        "dougong_user",
        "dougong_unit",
        "dougong_audit",
        "dougong_audit_head",
        "dougong_flow_text",
        "dougong_setting",
        *(one.name for one in SUBJECT_TABLES),
    }
)
"""What is said here is the installation's own: an identifier that stands here is not the subject's alone."""
_KEPT_PREFIX = "dougong_design"
Key = tuple[object, ...]


def searched_tables(model: AppModel) -> Iterator[Table]:
    """The tables whose texts are searched: rows and their versions, and all of the kernel that is about the application."""
    for table in (*entity_tables(model), *KERNEL_TABLES):
        if not table.full_text and not is_staying(table.name) and _texts(table):
            yield table


def is_staying(name: str) -> bool:
    return name in STAYING or name.startswith(_KEPT_PREFIX)


def borne_by_staying(session: Session, identifiers: Identifiers) -> Identifiers:
    """The identifiers without those that the installation itself says."""
    said: set[str] = set()
    for table in KERNEL_TABLES:
        if is_staying(table.name) and table not in SUBJECT_TABLES and _texts(table):
            for row in _stream(session, table, _texts(table)):
                text = "\n".join(str(one) for one in row if one is not None)
                if identifiers.found_in(text):
                    said |= {one for one in identifiers.texts if Identifiers((one,)).found_in(text)}
    return identifiers.without(said)


def find_mentions(
    session: Session, model: AppModel, identifiers: Identifiers, own: Mapping[str, Collection[int]]
) -> Iterator[tuple[Table, list[Key]]]:
    """The keys of the rows of each table that mention the subject. `own` rows, by entity, are left out, with their versions."""
    if not identifiers.texts:
        return
    for table in searched_tables(model):
        entity = table.name.removesuffix(VERSION_SUFFIX)
        mine = own.get(entity, frozenset())
        keys = table.primary_key
        found: list[Key] = []
        for row in _stream(session, table, (*keys, *_texts(table))):
            if mine and row[0] in mine:
                continue
            if identifiers.found_in("\n".join(str(one) for one in row[len(keys) :] if one is not None)):
                found.append(tuple(row[: len(keys)]))
        if found:
            yield table, sorted(found, key=str)


def blot_out(session: Session, table: Table, key: Key, identifiers: Identifiers) -> None:
    """Take the identifiers out of the texts of a row; one that is gone by now has none."""
    where, names = dict(zip(table.primary_key, key, strict=True)), _texts(table)
    for row in select(session, table.name, names, where):
        told = {name: text for name, text in zip(names, row, strict=True) if text is not None}
        changed = {name: new for name, text in told.items() if (new := identifiers.blotted(str(text))) != text}
        if changed:
            update(session, table.name, changed, where)


def _texts(table: Table) -> tuple[str, ...]:
    return tuple(
        one.name for one in table.columns if one.kind is PhysicalKind.TEXT and one.name not in table.primary_key
    )


def _stream(session: Session, table: Table, names: Collection[str]) -> Iterator[Row]:
    columns = [exp.column(name, quoted=True) for name in names]
    query = exp.Select(expressions=columns)
    query.set("from_", exp.From(this=nodes.bare_table(table.name)))
    return session.stream(compile_statement(query, session.dialect))
