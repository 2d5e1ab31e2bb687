"""Rows of sources that were refused, kept as they came until they pass, are taken up again by a newer state, or let go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.diagnostics import Message
from engine.model.sources import Source
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import count, delete, insert_many, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

REFUSAL = "dougong_source_refusal"
REFUSAL_TABLE = Table(
    REFUSAL,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("source", PhysicalKind.TEXT, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("key", PhysicalKind.INTEGER),
        Column("version", PhysicalKind.TEXT, nullable=False),
        Column("position", PhysicalKind.TEXT, nullable=False),
        Column("cells", PhysicalKind.TEXT, nullable=False),
        Column("problems", PhysicalKind.TEXT, nullable=False),
        Column("refused_at", PhysicalKind.INTEGER, nullable=False),
    ),
    indexes=(Index("dougong_source_refusal__source", ("source", "key")),),
)
MOST_KEPT = 10_000
"""Refused rows of one source that are kept; further ones are counted by their runs alone."""
_COLUMNS = ("id", "key", "version", "position", "cells", "problems", "refused_at")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused row: its cells as texts by field, and what was wrong with which of them. `key` is None where it has none."""

    id: int
    key: int | None
    version: str
    position: Message
    cells: Mapping[str, str]
    problems: tuple[tuple[str, Message], ...]
    refused: datetime


def refusals_of(session: Session, source: str, after: int = 0, limit: int = 200) -> list[Refusal]:
    """Refused rows of a source, oldest first, from behind one."""
    return [
        _refusal(row) for row in select(session, REFUSAL, _COLUMNS, {"source": source, "id >": after}, ("id",), limit)
    ]


def refusal_count(session: Session, source: str) -> int:
    """How many are kept."""
    return count(session, REFUSAL, {"source": source})


def keep_refusals(session: Session, source: Source, refused: Sequence[Refusal]) -> None:
    """Keep rows in place of what was kept of the same keys; those beyond the most are left out."""
    if not refused:
        return
    drop_refusals(session, source.name, [one.key for one in refused if one.key is not None])
    room = max(0, MOST_KEPT - refusal_count(session, source.name))
    known = {"source": source.name, "entity": source.entity}
    insert_many(session, REFUSAL, [{**known, **_row(one)} for one in refused[:room]])


def drop_refusals(session: Session, source: str, keys: Iterable[int]) -> None:
    """What has passed, or come in a newer state, waits no more."""
    gone = list(keys)
    if gone:
        delete(session, REFUSAL, {"source": source, "key in": gone})


def let_go(session: Session, source: str, ids: Iterable[int]) -> None:
    """Forget refused rows for good."""
    delete(session, REFUSAL, {"source": source, "id in": list(ids)})


def _row(one: Refusal) -> dict[str, object]:
    told = [[name, [words.zh, words.en]] for name, words in one.problems]
    return {
        "id": one.id,
        "key": one.key,
        "version": one.version,
        "position": json.dumps([one.position.zh, one.position.en], ensure_ascii=False),
        "cells": json.dumps(dict(one.cells), ensure_ascii=False),
        "problems": json.dumps(told, ensure_ascii=False),
        "refused_at": to_micros(one.refused),
    }


def _refusal(row: Row) -> Refusal:
    id_, key, version, position, cells, problems, refused_at = row
    return Refusal(
        int(str(id_)),
        None if key is None else int(str(key)),
        str(version),
        Message(*json.loads(str(position))),
        json.loads(str(cells)),
        tuple((str(name), Message(*words)) for name, words in json.loads(str(problems))),
        from_micros(int(str(refused_at))),
    )
