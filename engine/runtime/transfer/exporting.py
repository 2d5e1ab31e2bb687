"""Exporting: what the caller may export, as CSV or Excel, page by page through the choke point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.addresses import address_of
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Field, FieldKind
from engine.model.errors import Forbidden
from engine.model.locations import location_of
from engine.model.requests import Path, QueryRequest, Record
from engine.runtime.access.rights import allowed_actions
from engine.runtime.demo.marking import mark_of
from engine.runtime.query.lists import list_records
from engine.runtime.sovereignty.subjects.freezing import refuse_frozen
from engine.runtime.storage.json import json_of
from engine.runtime.transfer.sheets import write_csv, write_xlsx
from engine.runtime.work import Work

EXPORT_LIMIT = 100_000
PAGE = 200
Cell = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Exported:
    """A sheet, and how many rows of the application stand in it."""

    content: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Block:
    """Records that stand under one head, which has a text for each column."""

    head: Sequence[Cell]
    records: Sequence[Record]


Arranged = Callable[[Sequence[Record]], Sequence[Block]]
"""How records are told apart into blocks."""


def export_rows(
    work: Work, request: QueryRequest, kind: str, header: Sequence[str] = (), arranged: Arranged | None = None
) -> Exported:
    """The rows of a request as `csv` or `xlsx`, with labels as header; `arranged` puts them under heads.

    A request may ask for more columns than there are labels: those behind them are only arranged by. Raises Forbidden
    without the export right.
    """
    if Action.EXPORT not in allowed_actions(work.model, work.context, request.entity):
        raise Forbidden
    refuse_frozen(work, request.entity)
    columns = [
        (path, field) for path in request.columns if (field := work.model.field(request.entity, path)) is not None
    ]
    named = header or [field.label.text(work.context.language) or field.name for _, field in columns]
    records = [*_records(work, request)]
    blocks = arranged(records) if arranged is not None else ()
    rows: list[Sequence[Cell]] = []
    heads = set()
    for block in blocks or (Block((), records),):
        if block.head:
            heads.add(len(rows))
            rows.append(block.head)
        rows += [_row(record, columns[: len(named)], work) for record in block.records]
    mark = mark_of(work.session, work.context.language)
    content = write_xlsx(named, rows, work.context.now, heads, mark) if kind == "xlsx" else write_csv(named, rows)
    return Exported(content, len(records))


def _records(work: Work, request: QueryRequest) -> Iterator[Record]:
    cursor, seen = None, 0
    while seen < EXPORT_LIMIT:
        page = list_records(work, replace(request, cursor=cursor, limit=PAGE, count=False), Action.EXPORT)
        yield from page.records
        seen += len(page.records)
        cursor = page.next_cursor
        if cursor is None:
            return


def _row(record: Record, columns: list[tuple[Path, Field]], work: Work) -> list[Cell]:
    return [_cell(record, ".".join(path), field, work) for path, field in columns]


def _cell(record: Record, name: str, field: Field, work: Work) -> Cell:
    value = record.cells.get(name)
    if value is None:
        return "", False
    if name in record.masked:
        return str(value), False
    if field.kind in REFERENCE_KINDS:
        return str(record.cells.get(f"{name}.@title") or ""), False
    if field.kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return _label(str(value), field, work), False
    if field.kind is FieldKind.CHOICES and isinstance(value, tuple | list):
        return "、".join(_label(str(one), field, work) for one in value), False
    if isinstance(value, bool):
        return Message("是" if value else "否", "Yes" if value else "No").text(work.context.language), False
    if field.kind is FieldKind.ADDRESS:
        return address_of(str(value)).words, False
    if field.kind is FieldKind.LOCATION:
        return location_of(str(value)).written, False
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(work.context.zone)).strftime("%Y-%m-%d %H:%M:%S"), False
    text = json_of(value, field)
    return (" ".join(map(str, text)) if isinstance(text, list) else str(text)), field.kind in NUMERIC_KINDS


def _label(name: str, field: Field, work: Work) -> str:
    choice = field.choice(name)
    return choice.label.text(work.context.language) if choice else name
