"""Bringing rows in from a sheet: upload or paste, columns mapped to fields, rehearsed with a problem per row, then written."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.runtime.access.rights import allowed_actions, writable_fields
from engine.runtime.transfer.importing import ImportPlan, ImportReport, import_sheet, suggest_columns
from engine.runtime.transfer.sheets import Sheet, read_sheet
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.known_entities import known_entity
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.default_items import enterable

PREVIEWED = 8
PASTED_LIMIT = 5_000_000
SECONDS, MEGABYTES = 20.0, 512
"""What reading a sheet may take."""


def start(work: Work, call: Call, site: Site) -> Response:
    """The first step: choose a file or paste rows."""
    return _page(work, call, site, _entity(work, call), None, None)


def proceed(work: Work, call: Call, site: Site) -> Response:
    """The steps after: show the mapping, rehearse, or write."""
    entity = _entity(work, call)
    sheet = call.prepared if isinstance(call.prepared, Sheet) else None
    form = call.form_first()
    if sheet is None or form.get("act") not in {"rehearse", "write"}:
        return _page(work, call, site, entity, sheet, None)
    columns = {column: field for index, column in enumerate(sheet.header) if (field := form.get(f"map.{index}", ""))}
    key = tuple(name for name in (form.get("key", ""),) if name)
    if not columns:
        raise BadRequest(Message("至少对应一列", "Map at least one column"))
    report = import_sheet(work, ImportPlan(entity.name, columns, key, dry_run=form["act"] == "rehearse"), sheet)
    return _page(work, call, site, entity, sheet, report, columns)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The first step again with what was wrong."""
    return _page(
        work,
        call,
        site,
        _entity(work, call),
        None,
        None,
        message=error.message.text(work.context.language),
        status=error.status,
    )


def _entity(work: Work, call: Call) -> Entity:
    entity = known_entity(work, call.parameters["entity"])
    if entity.part_of is not None:
        raise NotFound
    if Action.CREATE not in allowed_actions(work.model, work.context, entity.name):
        raise Forbidden
    return entity


def sheet_of(work: Work, call: Call, site: Site) -> Sheet:
    """The sheet that came, read by a child that may be killed. Raises BadRequest, WorkerFailed."""
    _entity(work, call)
    upload, pasted = call.files.get("file"), call.form_first().get("rows", "")
    if upload is None and (not pasted.strip() or len(pasted) > PASTED_LIMIT):
        raise BadRequest(Message("请选择文件，或粘贴带列名的行", "Choose a file, or paste rows with column names"))
    name, content = (upload.filename, upload.content) if upload is not None else ("pasted.csv", pasted.encode())
    found = site.workers.call(read_sheet, name, content, seconds=SECONDS, megabytes=MEGABYTES)
    assert isinstance(found, Sheet)
    return found


def _page(
    work: Work,
    call: Call,
    site: Site,
    entity: Entity,
    sheet: Sheet | None,
    report: ImportReport | None,
    columns: dict[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    language = work.context.language
    label = entity.label.text(language)
    writable = writable_fields(work.model, work.context, entity.name)
    fields = [
        (name, one.label.text(language)) for name, one in entity.fields.items() if name in writable and enterable(one)
    ]
    chosen = columns if columns is not None else suggest_columns(entity, sheet.header) if sheet else {}
    values = {
        "title": Message(f"导入{label}", f"Import {label.lower()}").text(language),
        "entity": entity,
        "message": message,
        "fields": fields,
        "columns": [(index, name, chosen.get(name, "")) for index, name in enumerate(sheet.header)] if sheet else [],
        "preview": sheet.rows[:PREVIEWED] if sheet else (),
        "count": len(sheet.rows) if sheet else 0,
        "rows": _as_csv(sheet) if sheet else "",
        "keys": [name for name in entity.natural_key if name in entity.fields],
        "key": call.form_first().get("key", ""),
        "report": report,
        "problems": [(one.line, one.column, one.message.text(language)) for one in report.problems[:200]]
        if report
        else [],
        "written": call.form_first().get("act") == "write",
    }
    return page_response(work, call, site, "import.html", values, status=status)


def _as_csv(sheet: Sheet) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    lines: Sequence[Sequence[str]] = (sheet.header, *sheet.rows)
    writer.writerows(lines)
    return out.getvalue()
