"""Undoing: what somebody has just written into a record, taken back through the same rights, checks and merging."""

from __future__ import annotations

import json

from engine.model.errors import NotFound
from engine.model.requests import Outcome
from engine.runtime.query.rights import writable_fields
from engine.runtime.records.writing import update
from engine.runtime.rows import select
from engine.runtime.sealing.rows import version_values
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work


def undo_update(work: Work, entity: str, record: int, version: int) -> Outcome:
    """Give the fields that the caller changed with a version what they held before. Raises NotFound for a version that is not
    theirs, Outdated where somebody has changed one of them since, and what `update` raises.
    """
    if entity not in work.model.entities:
        raise NotFound
    where = {"record": record, "version": version, "actor": work.context.principal.user_id, "action": "update"}
    found = select(work.session, version_table_name(entity), ("changed", "before"), where)
    if not found:
        raise NotFound
    changed = json.loads(str(found[0][0]))
    before = version_values(work, work.model.entities[entity], record, found[0][1])
    writable = writable_fields(work, entity, record)
    values = {name: before[name] for name in changed if name in writable and name in before}
    return update(work, entity, record, values, expected_version=version)
