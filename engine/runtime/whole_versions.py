"""Whole versions: what a row held in one of its versions, as the version says it, or as the row tells it by undoing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.model.entities import Entity
from engine.runtime.records.stored import columns_of, decoded
from engine.runtime.rows import select, update
from engine.runtime.sealing.rows import Row, version_values
from engine.runtime.storage.json import parse_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.versions import MADE, row_texts
from engine.runtime.work import Work


def whole_version(work: Work, entity: Entity, record: int, version: int) -> str | None:
    """A row as one of its versions has it, as JSON by field; None for a version that is not kept, or is its deletion."""
    where = {"record": record, "version": version}
    found = select(work.session, version_table_name(entity.name), ("after", "action"), where)
    if not found or found[0][0] is not None or found[0][1] != MADE:
        return str(found[0][0]) if found and found[0][0] is not None else None
    rows = select(work.session, entity.name, columns_of(entity), {"id": record})
    if not rows:
        return None
    row = decoded(work, entity, rows[0])
    values = {**row.values, "scope_unit": row.scope_unit, **_undone(work, entity, record, version)}
    return row_texts(work, entity, [Row(record, version, values)])[0]


def keep_whole(work: Work, entity: Entity, record: int, version: int) -> None:
    """Let a version say what its row held, so that it says so in the same words for good."""
    text = whole_version(work, entity, record, version)
    if text is not None:
        where = {"record": record, "version": version, "after is null": None}
        update(work.session, version_table_name(entity.name), {"after": text}, where)


def _undone(work: Work, entity: Entity, record: int, version: int) -> Mapping[str, object]:
    """What fields held that were changed after a version."""
    where = {"record": record, "version >": version}
    rows = select(work.session, version_table_name(entity.name), ("changed", "before"), where, ("-version",))
    held: dict[str, object] = {}
    for changed, before in rows:
        known = version_values(work, entity, record, before)
        for name in json.loads(str(changed)):
            if name in entity.fields and name in known:
                held[name] = parse_json(known[name], entity.fields[name])
        if "scope_unit" in known:
            held["scope_unit"] = known["scope_unit"]
    return held
