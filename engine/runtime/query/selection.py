"""Selection: which expressions a list of paths needs, and how the cells come back out of the row."""

from __future__ import annotations

from sqlglot import exp

from engine.model.entities import REFERENCE_KINDS, Entity
from engine.model.requests import Path
from engine.model.sealing import envelope_column
from engine.runtime.database.statements import StatementCache
from engine.runtime.query import nodes
from engine.runtime.query.decoding import CellDecoder, RecordDecoder, SealedCell
from engine.runtime.query.names import HTML, TITLE, Reader, find, resolve
from engine.runtime.query.secure import SecuredRows
from engine.runtime.storage.built_in import TOLD, field_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.rich_texts import markup_of
from engine.runtime.storage.writing import json_writer

ALWAYS_SELECTED = ("id", "version")


_KNOWN = StatementCache()
"""Columns by what decides them: they are the same for everybody with the same rights."""


def with_titles(reader: Reader, entity: str, columns: tuple[Path, ...]) -> tuple[Path, ...]:
    """The columns, checked, each once, and behind each reference the title of what it points at, where there is one."""
    return _KNOWN.get((reader.rights, entity, columns), lambda: _with_titles(reader, entity, columns))


def all_columns(reader: Reader, entity: Entity) -> tuple[Path, ...]:
    """Every field of an entity that is a name for the reader, declared ones first."""
    return _KNOWN.get((reader.rights, entity.name), lambda: _all_columns(reader, entity))


def with_formatting(reader: Reader, entity: str, columns: tuple[Path, ...]) -> tuple[Path, ...]:
    """The columns, and behind each rich text its formatting: for one record, of which all is shown."""
    behind = ((*path, HTML) for path in columns if resolve(reader, entity, path).field.rich and path[-1] != HTML)
    return (*columns, *(path for path in behind if path not in columns and find(reader, entity, path) is not None))


def _with_titles(reader: Reader, entity: str, columns: tuple[Path, ...]) -> tuple[Path, ...]:
    complete: dict[Path, None] = {}
    for path in columns:
        resolved = resolve(reader, entity, path)
        complete[path] = None
        if resolved.field.kind in REFERENCE_KINDS and path[-1] not in ("id", TITLE):
            title = (*path, TITLE)
            if find(reader, entity, title) is not None:
                complete[title] = None
    return tuple(complete)


def _all_columns(reader: Reader, entity: Entity) -> tuple[Path, ...]:
    access = reader.access(entity.name)
    names = (*entity.fields, *TOLD)
    return tuple((name,) for name in names if access and field_of(entity, name) and not access.field(name).hidden)


def select_columns(rows: SecuredRows, columns: tuple[Path, ...]) -> tuple[list[exp.Expression], RecordDecoder]:
    """Expressions for id, version and the columns, with their decoder."""
    expressions: list[exp.Expression] = [_named(rows.own(name), f"c{at}") for at, name in enumerate(ALWAYS_SELECTED)]
    decoders: list[CellDecoder] = []
    sealed: list[SealedCell] = []
    for path in columns:
        cell = rows.cell(path)
        at = len(expressions)
        expressions.append(_named(cell.shown.copy(), f"c{at}"))
        state_at = None
        if isinstance(cell.state, exp.Expression):
            state_at = len(expressions)
            expressions.append(_named(cell.state.copy(), f"c{state_at}"))
        state = cell.state if isinstance(cell.state, int) else 0
        decode, write = storage_of(cell.field).from_stored, json_writer(cell.field, rows.compilation.dialect)
        if path[-1] == HTML:
            write = markup_of
        decoders.append(CellDecoder(".".join(path), cell.field, at, decode, write, state, state_at))
        if cell.field.sealed:
            alias, holder = rows.holder(path)
            column = envelope_column(cell.field)
            sealed.append(SealedCell(decoders[-1], holder.name, len(expressions), column, cell.mask))
            expressions.append(_named(nodes.column(alias, "id"), f"c{len(expressions)}"))
    return expressions, RecordDecoder(rows.entity.name, tuple(decoders), rows.compilation.dialect, tuple(sealed))


def _named(expression: exp.Expression, name: str) -> exp.Expression:
    return exp.Alias(this=expression, alias=exp.to_identifier(name, quoted=True))


def named(expression: exp.Expression, name: str) -> exp.Expression:
    return _named(nodes.parens(expression), name)
