"""Bringing rows in from a sheet: upload or paste, columns mapped to fields, rehearsed with a problem per row, then written.

A sheet of few rows is rehearsed and written at once; a larger one is kept, and goes on at its own page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.entities import Entity
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.runtime.access.rights import allowed_actions
from engine.runtime.events import Aspect
from engine.runtime.identifiers import encode_id
from engine.runtime.transfer.importing import ImportPlan, ImportReport, import_sheet
from engine.runtime.transfer.runs import written_at_once
from engine.runtime.transfer.sheets import Sheet
from engine.runtime.transfer.spooling import SHOWN, Spooled, spool
from engine.runtime.transfer.suggesting import suggest
from engine.runtime.transfer.tables import ImportRun, add_run, runs_of, sheet_path
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.import_columns import MappedColumn, mapped, mapped_columns, offered_fields, offered_keys
from engine.web.import_progress import line_of
from engine.web.known_entities import known_entity
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import of_reader, shown_by

PREVIEWED = 5
PASTED_LIMIT = 5_000_000
MOST_BYTES = 300_000_000
"""Of a request with a sheet."""
AT_ONCE = 500_000
"""Bytes of rows that a page carries along until they are written."""
SECONDS, MEGABYTES = 180.0, 2_500
"""What reading a sheet may take."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A sheet that came, kept under the id that its import will have."""

    id: int
    filename: str
    spooled: Spooled

    @property
    def small(self) -> bool:
        """Whether it is rehearsed and written at once."""
        cells = (text for _, row in self.spooled.first for text in row)
        return self.spooled.count <= SHOWN and sum(len(text) for text in cells) * 3 <= AT_ONCE

    @property
    def sheet(self) -> Sheet:
        """The rows of a small one."""
        first = self.spooled.first
        return Sheet(self.spooled.header, tuple(row for _, row in first), tuple(line for line, _ in first))


def start(work: Work, call: Call, site: Site) -> Response:
    """The first step: choose a file or paste rows."""
    return _page(work, call, site, _Shown(_entity(work, call)))


def proceed(work: Work, call: Call, site: Site) -> Response:
    """The steps after: show the mapping, rehearse, or write; a large sheet goes on at its own page."""
    entity, brought = _entity(work, call), call.prepared
    if not isinstance(brought, Brought):
        raise BadRequest(Message("请选择文件，或粘贴带列名的行", "Choose a file, or paste rows with column names"))
    if not brought.small:
        run = _run(work, entity, brought, suggest(work, entity, brought.spooled.header, _sample(brought)), ())
        add_run(work.session, run)
        return see_other(f"/imports/{encode_id(run.id)}")
    sheet_path(work.data_folder, brought.id).unlink(missing_ok=True)
    form, sheet = call.form_first(), brought.sheet
    if form.get("act") not in {"rehearse", "write"}:
        return _page(work, call, site, _Shown(entity, brought, suggest(work, entity, sheet.header, sheet.rows)))
    columns, key = mapped(form, sheet.header)
    if form["act"] == "rehearse":
        report = import_sheet(work, ImportPlan(entity.name, columns, key, dry_run=True), sheet)
        return _page(work, call, site, _Shown(entity, brought, columns, key, report))
    run = _run(work, entity, brought, columns, key)
    add_run(work.session, written_at_once(work, run, brought.spooled.first))
    return see_other(f"/imports/{encode_id(run.id)}")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The first step again with what was wrong."""
    shown = _Shown(_entity(work, call), message=error.message.text(work.context.language), status=error.status)
    return _page(work, call, site, shown)


def brought(work: Work, call: Call, site: Site) -> Brought:
    """The sheet that came for the records of an entity. Raises BadRequest, Forbidden, WorkerFailed."""
    _entity(work, call)
    return spooled(work, call, site)


def spooled(work: Work, call: Call, site: Site) -> Brought:
    """The sheet of a request, read by a child that may be killed. Raises BadRequest, WorkerFailed."""
    upload, pasted = call.files.get("file"), call.form_first().get("rows", "")
    if upload is None and (not pasted.strip() or len(pasted) > PASTED_LIMIT):
        raise BadRequest(Message("请选择文件，或粘贴带列名的行", "Choose a file, or paste rows with column names"))
    name, content = (upload.filename, upload.content) if upload is not None else ("pasted.csv", pasted.encode())
    identity = work.ids.next()
    target = sheet_path(work.data_folder, identity)
    target.parent.mkdir(parents=True, exist_ok=True)
    source = target.with_suffix(".upload")
    try:
        source.write_bytes(content)
        found = site.workers.call(spool, str(source), name, str(target), seconds=SECONDS, megabytes=MEGABYTES)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        source.unlink(missing_ok=True)
    assert isinstance(found, Spooled)
    shown = call.form_first().get("filename", "")[:120] if upload is None else upload.filename[-120:]
    return Brought(identity, shown, found)


def _entity(work: Work, call: Call) -> Entity:
    entity = known_entity(work, call.parameters["entity"])
    if entity.part_of is not None:
        raise NotFound
    if Action.CREATE not in allowed_actions(work.model, work.context, entity.name):
        raise Forbidden
    return entity


def _run(work: Work, entity: Entity, given: Brought, columns: Mapping[str, str], key: tuple[str, ...]) -> ImportRun:
    context = work.context
    return ImportRun(
        id=given.id,
        entity=entity.name,
        user=context.principal.user_id,
        post=context.post,
        locale=context.locale,
        zone=context.zone,
        filename=given.filename,
        header=given.spooled.header,
        columns=columns,
        key=key,
        total=given.spooled.count,
        created_at=context.now,
        started_at=context.now if given.small else None,
    )


def _sample(given: Brought) -> Sequence[Sequence[str]]:
    return [row for _, row in given.spooled.first]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the wizard shows."""

    entity: Entity
    brought: Brought | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    report: ImportReport | None = None
    message: str = ""
    status: int = 200


def _page(work: Work, call: Call, site: Site, shown: _Shown) -> Response:
    language, entity, report = work.context.language, shown.entity, shown.report
    label = entity.label.text(language)
    sheet = shown.brought.sheet if shown.brought is not None else None
    columns: list[MappedColumn] = mapped_columns(sheet.header, sheet.rows, shown.columns) if sheet else []
    values = {
        "title": Message(f"导入{label}", f"Import {label.lower()}").text(language),
        "entity": entity,
        "message": shown.message,
        "fields": offered_fields(work, entity),
        "keys": offered_keys(work, entity),
        "key": ",".join(shown.key or suggested_key(entity, shown.columns)),
        "columns": columns,
        "preview": sheet.rows[:PREVIEWED] if sheet else (),
        "count": len(sheet.rows) if sheet else 0,
        "rows": _as_csv(sheet) if sheet else "",
        "filename": shown.brought.filename if shown.brought is not None else "",
        "report": report,
        "refused": len({one.line for one in report.problems}) if report else 0,
        "problems": [(one.line, one.column, one.message.text(language)) for one in report.problems[:200]]
        if report
        else [],
        "runs": [line_of(work, one) for one in _runs(work, entity)] if sheet is None else [],
        "live": shown_by(*of_reader(Aspect.IMPORTED)) if sheet is None else "",
    }
    return page_response(work, call, site, "import.html", values, status=shown.status)


def suggested_key(entity: Entity, columns: Mapping[str, str]) -> tuple[str, ...]:
    """The natural key, where columns fill it: rows that stand already are brought up to date then."""
    return entity.natural_key if entity.natural_key and set(entity.natural_key) <= set(columns.values()) else ()


def _runs(work: Work, entity: Entity) -> list[ImportRun]:
    principal = work.context.principal
    return runs_of(work.session, entity.name, None if principal.administrator else principal.user_id)


def _as_csv(sheet: Sheet) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    lines: Sequence[Sequence[str]] = (sheet.header, *sheet.rows)
    writer.writerows(lines)
    return out.getvalue()
