"""Forgetting flows: everything that is kept of the runs about rows that are removed for good."""

from __future__ import annotations

import json
from collections.abc import Collection

from engine.runtime.jobs import JOB
from engine.runtime.rows import delete, select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import CALL, TIMER
from engine.runtime.workflow.flow_tables import INSTANCE, LOG, TASK, WAITING


def forget_flows(work: Work, entity: str, records: Collection[int]) -> None:
    """Remove the runs about rows of an entity: their log, tasks, waits, timers and calls still to be made."""
    found = select(work.session, INSTANCE, ("id", "record"), {"entity": entity})
    gone = {int(str(identity)) for identity, record in found if record in records}
    if not gone:
        return
    for kind in (TIMER, CALL):
        for identity, payload in select(work.session, JOB, ("id", "payload"), {"kind": kind, "about": entity}):
            if json.loads(str(payload)).get("instance") in gone:
                delete(work.session, JOB, {"id": identity})
    for instance in gone:
        for table in (LOG, TASK, WAITING):
            delete(work.session, table, {"instance": instance})
        delete(work.session, INSTANCE, {"id": instance})
