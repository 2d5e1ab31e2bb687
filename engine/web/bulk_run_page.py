"""One bulk run on its own page: how far it is, what became of each row, all of it taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity
from engine.model.errors import BadRequest, NotFound
from engine.model.requests import Condition, QueryRequest
from engine.runtime.access.rights import readable_fields
from engine.runtime.bulk_runs.tables import WORKING, BulkRow, BulkRun, BulkState, Fate, fates_of
from engine.runtime.events import Aspect
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.listing import COUNTED_TO
from engine.runtime.query.lists import list_records
from engine.runtime.sovereignty.cargo import DOWNLOAD, cargo_of
from engine.runtime.transfer.sheets import write_csv
from engine.runtime.work import Work
from engine.web.auditing import Taken, taken
from engine.web.bulk_runs import fates, may_undo, own_bulk, undo
from engine.web.calls import Call, whole_number
from engine.web.listed_rows import list_address
from engine.web.responses import record_url, see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import of_reader, shown_by
from engine.widgets.cells import title_of
from engine.widgets.formats import format_duration, format_instant, format_number

SHOWN, TOGETHER = 50, 200
STATES = {
    BulkState.RUNNING: (Message("处理中", "Under way"), "info"),
    BulkState.DONE: (Message("已完成", "Done"), "success"),
    BulkState.UNDOING: (Message("撤销中", "Undoing"), "warning"),
    BulkState.UNDONE: (Message("已撤销", "Undone"), "neutral"),
    BulkState.FAILED: (Message("已中断", "Stopped"), "danger"),
}
FATES = {
    Fate.WRITTEN: Message("已处理", "Done"),
    Fate.SAME: Message("本来就是这样", "Was so already"),
    Fate.REFUSED: Message("没有处理", "Left"),
    Fate.KEPT: Message("没有撤销", "Not undone"),
}
ACTS = {"update": Message("修改", "Change"), "delete": Message("删除", "Delete")}


@dataclass(frozen=True, slots=True)
class FateLine:
    """A row that was left: its title and where it stands, as far as it may be read, and why."""

    title: str
    url: str
    reason: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /bulk-runs/{run}?after=…"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /bulk-runs/{run}: undo. Raises BadRequest, NotFound."""
    run = own_bulk(work, decode_id(call.parameters["run"]), lock=True)
    if call.form_first().get("act") != "undo":
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    undo(work, run)
    return see_other(f"/bulk-runs/{encode_id(run.id)}")


def results(work: Work, call: Call, site: Site) -> Response:
    """GET /bulk-runs/{run}/results: what became of every row, as a sheet; titles as far as they may be read."""
    run, language = own_bulk(work, decode_id(call.parameters["run"])), work.context.language
    entity = _entity(work, run)
    heads = (("记录", "Record"), ("编号", "Id"), ("结果", "Result"), ("原因", "Why"))
    rows = [
        [
            (text, False)
            for text in (titles.get(one.record, "—"), encode_id(one.record), FATES[fate].text(language), why)
        ]
        for fate in Fate
        for part in _parts([*fates(work, run, fate)])
        for titles in [_titles(work, call, entity, part)]
        for one in part
        for why in [one.reason.text(language) if one.reason else ""]
    ]
    content = write_csv([Message(*one).text(language) for one in heads], rows)
    name = quote(f"{entity.label.text(language)}-{encode_id(run.id)}.csv", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "private, no-store"}
    answer = Taken(content, media_type="text/csv; charset=utf-8", headers=headers)
    answer.told = (("entity", run.entity), ("rows", str(len(rows))))
    return taken(answer, cargo_of(work.model, DOWNLOAD, run.entity, f"bulk:{run.entity}", len(rows)))


def _parts(rows: Sequence[BulkRow]) -> Iterator[Sequence[BulkRow]]:
    yield from (rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER))


def _entity(work: Work, run: BulkRun) -> Entity:
    found = work.model.entities.get(run.entity)
    if found is None:
        raise NotFound
    return found


def _titles(work: Work, call: Call, entity: Entity, rows: Sequence[BulkRow]) -> dict[int, str]:
    """The titles of those rows that stand and may be read."""
    reads = entity.title in readable_fields(work.model, work.context, entity.name)
    where = Condition(("id",), "in", tuple(one.record for one in rows))
    request = QueryRequest(entity.name, ((entity.title if reads else "id",),), where, limit=TOGETHER)
    scene = scene_for(work, call)
    return {one.id: title_of(entity, one, scene) for one in list_records(work, request).records} if rows else {}


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    run, language = own_bulk(work, decode_id(call.parameters["run"])), work.context.language
    entity, after = _entity(work, run), whole_number(call.first.get("after", "")) or 0
    back = run.state in {BulkState.UNDOING, BulkState.UNDONE}
    left = fates_of(work.session, run.id, Fate.KEPT if back else Fate.REFUSED, after, SHOWN + 1)
    titles = _titles(work, call, entity, left[:SHOWN])
    words, tone = STATES[run.state]
    values = {
        "title": _title(work, run, entity),
        "entity": entity,
        "run": run,
        "id": encode_id(run.id),
        "state": words.text(language),
        "tone": tone,
        "working": run.state in WORKING,
        "progress": _progress(work, run),
        "begun": format_instant(run.created_at, language, work.context.now, work.context.zone),
        "message": message,
        "problem": run.problem or "",
        "counts": _counts(run, language),
        "may_undo": may_undo(work, run),
        "left": [
            FateLine(
                titles.get(one.record, "—"),
                record_url(entity.name, one.record) if one.record in titles else "",
                one.reason.text(language) if one.reason else "",
            )
            for one in left[:SHOWN]
        ],
        "more": left[SHOWN - 1].record if len(left) > SHOWN else 0,
        "undoing": back,
        "list_url": list_address(work, run.list),
        "live": "" if message else shown_by(*of_reader(Aspect.IMPORTED)),
    }
    return page_response(work, call, site, "bulk_run.html", values, status=status)


def _title(work: Work, run: BulkRun, entity: Entity) -> str:
    language, flow = work.context.language, work.model.workflow_of(entity.name)
    kind, _, name = run.act.partition(".")
    moves = flow.transitions if flow is not None else ()
    move = next((one.label.text(language) for one in moves if one.id == name), name)
    act = ACTS[kind].text(language) if kind in ACTS else move
    label = entity.label.text(language)
    return Message(f"批量操作：{act}{label}", f"Act on many: {act.lower()} {label.lower()}").text(language)


def _progress(work: Work, run: BulkRun) -> dict[str, object]:
    """How far it is: rows done of all, in hundredths, and the time left as far as it can be told."""
    language, counts = work.context.language, run.counts
    back = run.state is BulkState.UNDOING
    done = counts.undone + counts.kept if back else counts.done + counts.same + counts.refused
    total = counts.done if back else max(run.total, done)
    capped = not back and run.total > COUNTED_TO
    seconds = (work.context.now - run.created_at).total_seconds()
    rate = done / seconds if seconds > 0.5 and not back and not capped else 0.0
    return {
        "done": format_number(done, language, 0),
        "total": f"{COUNTED_TO:,}+" if capped else format_number(total, language, 0),
        "share": None if capped else round(100 * done / total) if total else 0,
        "left": format_duration(timedelta(seconds=round((total - done) / rate)), language) if rate else "",
    }


def _counts(run: BulkRun, language: str) -> list[tuple[str, str]]:
    counts = run.counts
    told = (
        (FATES[Fate.WRITTEN], counts.done),
        (FATES[Fate.SAME], counts.same),
        (FATES[Fate.REFUSED], counts.refused),
        (Message("已撤销", "Undone"), counts.undone),
        (FATES[Fate.KEPT], counts.kept),
    )
    return [(name.text(language), format_number(figure, language, 0)) for name, figure in told if figure]
