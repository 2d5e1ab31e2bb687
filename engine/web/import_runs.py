"""One import on its own page: columns mapped, tried, written, its refused lines mended in place, all of it taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.events import Aspect
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.sovereignty.cargo import DOWNLOAD, cargo_of
from engine.runtime.transfer.runs import begin, entity_of, mend, own_run, resume, store, undo
from engine.runtime.transfer.sheets import write_csv
from engine.runtime.transfer.spooling import read_lines
from engine.runtime.transfer.tables import (
    MOST_KEPT,
    WAITING,
    WORKING,
    ImportRun,
    ImportState,
    Refused,
    forget_run,
    refused_lines,
    refused_of,
    sheet_path,
)
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.calls import Call, whole_number
from engine.web.import_columns import mapped, mapped_columns, offered_fields, offered_keys
from engine.web.import_progress import line_of
from engine.web.responses import record_url, see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import of_reader, shown_by

SHOWN, SAMPLED = 50, 50
_CELL = re.compile(r"cell\.([0-9A-Z]{13})\.(\d{1,3})")
WORDS = {
    "mended": Message("已改正并导入", "Mended and imported"),
    "left": Message("有几行仍需改正，原因写在各行下面", "Some lines are still refused; why stands under each"),
}


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A refused line: its cells in the columns that are brought in, those at fault marked."""

    id: str
    line: int
    cells: tuple[tuple[int, str, str, bool], ...]
    problems: tuple[tuple[str, str], ...]
    record: str = ""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /imports/{run}?after=…"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /imports/{run}: rehearse, write, mend, resume, undo, discard. Raises BadRequest, NotFound."""
    run, form = own_run(work, decode_id(call.parameters["run"]), lock=True), call.form_first()
    here = f"/imports/{encode_id(run.id)}"
    match form.get("act", ""):
        case "rehearse" | "write" as act:
            columns, key = mapped(form, run.header)
            held, run = run, replace(run, columns=columns, key=key)
            store(work, held, run)
            begin(work, run, act == "rehearse")
        case "mend":
            left = mend(work, run, _mended(work, run, form))
            return see_other(f"{here}?said={'left' if left else 'mended'}")
        case "resume":
            resume(work, run)
        case "undo":
            undo(work, run)
        case "discard":
            return _discard(work, run)
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(here)


def problem_sheet(work: Work, call: Call, site: Site) -> Response:
    """GET /imports/{run}/problems: the refused lines as a sheet, with what is wrong in a last column."""
    run, language = own_run(work, decode_id(call.parameters["run"])), work.context.language
    found = refused_of(work.session, run.id, limit=MOST_KEPT)
    header = (*run.header, Message("问题", "Problems").text(language))
    rows = ([*((cell, False) for cell in one.cells), (_told(one, language), False)] for one in found)
    name = quote(f"{run.filename or run.entity}-{Message('待改正', 'to mend').text(language)}.csv", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "private, no-store"}
    content = write_csv(header, rows)
    cargo = cargo_of(work.model, DOWNLOAD, run.entity, f"import:{run.entity}", content.count(b"\n"))
    return taken(Taken(content, media_type="text/csv; charset=utf-8", headers=headers), cargo)


def _told(one: Refused, language: str) -> str:
    return "; ".join(
        f"{column}: {words.text(language)}" if column else words.text(language) for column, words in one.problems
    )


def _discard(work: Work, run: ImportRun) -> Response:
    """Take an import off the list; one under way is stopped or undone first. Raises BadRequest."""
    if run.state in WORKING:
        raise BadRequest(Message("导入正在进行", "The import is under way"))
    forget_run(work.session, run.id)
    path = sheet_path(work.data_folder, run.id)
    work.session.after_commit(lambda: path.unlink(missing_ok=True))
    return see_other(f"/import/{run.entity}")


def _mended(work: Work, run: ImportRun, form: Mapping[str, str]) -> list[Refused]:
    """The refused lines that a form sends back, with their cells as they are now."""
    typed: dict[int, dict[int, str]] = {}
    for name, text in form.items():
        match = _CELL.fullmatch(name)
        if match is not None:
            typed.setdefault(decode_id(match[1]), {})[int(match[2])] = text
    lines = refused_lines(work.session, run.id, [*typed][:SHOWN])
    return [
        replace(one, cells=tuple(typed[one.id].get(at, text) for at, text in enumerate(one.cells)))
        for one in sorted(lines, key=lambda one: one.line)
    ]


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    run, language = own_run(work, decode_id(call.parameters["run"])), work.context.language
    entity = entity_of(work, run)
    label = entity.label.text(language)
    waiting = run.state in WAITING
    sample = _sample(work, run) if waiting else []
    after = whole_number(call.first.get("after", "")) or 0
    refused = refused_of(work.session, run.id, after, SHOWN + 1)
    said = WORDS.get(call.first.get("said", "")) if call.method == "GET" else None
    values = {
        "title": Message(f"导入{label}", f"Import {label.lower()}").text(language),
        "entity": entity,
        "run": run,
        "id": encode_id(run.id),
        "line": line_of(work, run),
        "message": message,
        "problem": run.problem or "",
        "said": said.text(language) if said else "",
        "waiting": waiting,
        "may_undo": run.state in {ImportState.DONE, ImportState.FAILED} and run.counts.created + run.counts.updated > 0,
        "columns": mapped_columns(run.header, sample, run.columns),
        "fields": offered_fields(work, entity),
        "keys": offered_keys(work, entity),
        "key": ",".join(run.key),
        "preview": sample[:5],
        "count": run.total,
        "refused": [_line(work, run, one) for one in refused[:SHOWN]],
        "more": refused[SHOWN - 1].line if len(refused) > SHOWN else 0,
        "mends": run.state is ImportState.DONE,
        "live": "" if message else shown_by(*of_reader(Aspect.IMPORTED)),
    }
    return page_response(work, call, site, "import_run.html", values, status=status)


def _sample(work: Work, run: ImportRun) -> Sequence[tuple[str, ...]]:
    path = sheet_path(work.data_folder, run.id)
    return [cells for _, cells in read_lines(str(path), 0, SAMPLED)[0]] if path.exists() else []


def _line(work: Work, run: ImportRun, one: Refused) -> RefusedLine:
    language = work.context.language
    wrong = {column for column, _ in one.problems}
    cells = tuple(
        (at, name, one.cells[at] if at < len(one.cells) else "", name in wrong)
        for at, name in enumerate(run.header)
        if name in run.columns
    )
    return RefusedLine(
        id=encode_id(one.id),
        line=one.line,
        cells=cells if one.record is None else (),
        problems=tuple((column, words.text(language)) for column, words in one.problems),
        record=record_url(run.entity, one.record) if one.record is not None else "",
    )
