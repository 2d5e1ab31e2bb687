"""Acting on many rows of a list: what may be done with the chosen ones, the act, its result row by row, and its undoing.

Everything goes through the engine's own writing, row by row: a row that may not be changed, or whose guard does not hold,
is refused with its reason and stays chosen; the others are done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest
from engine.model.requests import Condition, QueryRequest, Record
from engine.model.workflows import Transition
from engine.runtime.access.rights import readable_fields
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.query.listing import COUNTED_TO
from engine.runtime.query.lists import count_records, list_records
from engine.runtime.records.bulk import BulkResult, bulk
from engine.runtime.work import Work
from engine.runtime.workflow.offers import offers_for
from engine.web.auditing import Recorded
from engine.web.bulk_acts import operations, refusal
from engine.web.bulk_runs import begin
from engine.web.calls import Call, whole_number
from engine.web.form_bodies import read_form
from engine.web.forms import CHOSEN_KINDS
from engine.web.listed_rows import list_address, listed_rows
from engine.web.record_offers import choices_of
from engine.web.records_api import api_entity
from engine.web.responses import record_url, see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.cells import title_of
from engine.widgets.contract import FormFilling, Scene
from engine.widgets.controls import Control, control_of
from engine.widgets.default_items import enterable

MOST = 200
"""Rows that are dealt with at once; what reaches further is done by a job."""
AT_ONCE = 200
MOST_WARNINGS = 10
"""Warnings that are told apart, those of most rows first."""
Rows = Mapping[int, int]
"""Versions by id."""


@dataclass(frozen=True, slots=True)
class OfferedMove:
    """A transition, and on how many of the chosen rows it can be taken; `needs` are fields that it asks for, `why` the
    first reason why it cannot."""

    id: str
    label: str
    count: int
    needs: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What became of a row: its title, and why it was refused."""

    id: str
    title: str
    url: str
    reason: str = ""


def show(work: Work, call: Call, site: Site) -> Response:
    """POST /bulk/{entity}: what may be done with the chosen rows, and with how many of them. Raises NotFound, BadRequest."""
    entity = api_entity(work, call)
    if call.form_first().get("all"):
        rows, more = _all_found(work, call, entity)
    else:
        rows, more = _chosen(work, entity, [_key(text) for name, text in call.form if name == "row"]), False
    if not rows:
        raise BadRequest(Message("请先在列表里勾选要处理的行", "Choose rows on the list first"))
    return _page(work, call, site, entity, rows, more)


def apply(work: Work, call: Call, site: Site) -> Response:
    """POST /bulk/{entity}/apply: `act` is update, delete, undo, restore, or move.<transition>; each row has its own result.

    With `all` a job does it to all rows that the list finds.
    """
    entity, form = api_entity(work, call), call.form_first()
    if form.get("all"):
        run = begin(work, call, entity, form.get("act", ""), _values(call, work, entity))
        return see_other(f"/bulk-runs/{encode_id(run.id)}")
    given = _given(call)
    if not given or len(given) > MOST:
        raise BadRequest(Message(f"一次处理 1 到 {MOST} 行", f"1 to {MOST} rows are dealt with at once"))
    titles = {one.id: title_of(entity, one, scene_for(work, call)) for one in _titled(work, entity, list(given))}
    act = form.get("act", "")
    results = bulk(work, entity.name, list(operations(act, _values(call, work, entity), given)))
    return _results(work, call, site, entity, act, list(zip(given, results, strict=True)), titles)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The choice again with what was wrong about the whole."""
    entity = api_entity(work, call)
    if call.form_first().get("all"):
        return _page(work, call, site, entity, *_all_found(work, call, entity), error)
    rows = _chosen(work, entity, list(_given(call))[:MOST])
    return _page(work, call, site, entity, rows, False, error)


def _key(text: str) -> int:
    """The id of a row as a form holds it, with or without its version. Raises BadIdentifier."""
    return decode_id(text.partition(".")[0])


def _given(call: Call) -> dict[int, int | None]:
    """The rows of a form with the versions that were looked at."""
    found: dict[int, int | None] = {}
    for name, text in call.form:
        if name == "row":
            found[_key(text)] = whole_number(text.partition(".")[2])
    return found


def _values(call: Call, work: Work, entity: Entity) -> dict[str, object]:
    """What was entered for the fields that are ticked."""
    chosen = {value for name, value in call.form if name == "set"}
    return {name: one for name, one in read_form(call, work.model, entity).values.items() if name in chosen}


def _all_found(work: Work, call: Call, entity: Entity) -> tuple[Rows, bool]:
    """The rows that the list at the form's address finds, as far as one look reaches; whether there are more."""
    found = list_records(work, listed_rows(work, call, entity, call.form_first().get("list", ""), MOST))
    return {one.id: one.version for one in found.records}, found.next_cursor is not None


def _chosen(work: Work, entity: Entity, ids: Sequence[int]) -> Rows:
    """Those of the rows that the caller may read, in the order given."""
    found = {one.id: one.version for one in _titled(work, entity, ids[:MOST])}
    return {one: found[one] for one in dict.fromkeys(ids) if one in found}


def _titled(work: Work, entity: Entity, ids: Sequence[int], deleted: bool = False) -> tuple[Record, ...]:
    if not ids:
        return ()
    reads = entity.title in readable_fields(work.model, work.context, entity.name)
    columns = ((entity.title,),) if reads else (("id",),)
    where = Condition(("id",), "in", tuple(ids))
    return list_records(work, QueryRequest(entity.name, columns, where, limit=AT_ONCE, deleted=deleted)).records


def _count(work: Work, entity: Entity, rows: Rows, action: Action) -> int:
    """On how many of the rows an action is allowed."""
    request = QueryRequest(entity.name, (("id",),), Condition(("id",), "in", tuple(rows)), limit=AT_ONCE)
    return len(list_records(work, request, action).records)


def _moves(work: Work, entity: Entity, rows: Rows, scene: Scene) -> list[OfferedMove]:
    """The transitions that some of the rows offer, those that most of them can take first."""
    if Action.TRANSITION not in scene.allowed[entity.name] or work.model.workflow_of(entity.name) is None:
        return []
    known: dict[str, Transition] = {}
    counts: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for record in rows:
        for one in offers_for(work, entity.name, record):
            known[one.transition.id] = one.transition
            counts[one.transition.id] = counts.get(one.transition.id, 0) + one.allowed
            if not one.allowed and one.reason is not None:
                reasons.setdefault(one.transition.id, one.reason.text(scene.language))
    offered = [
        OfferedMove(
            id,
            scene.words(move.label),
            counts[id],
            tuple(scene.words(entity.fields[name].label) for name in move.requires),
            reasons.get(id, ""),
        )
        for id, move in known.items()
    ]
    return sorted(offered, key=lambda one: -one.count)


def _fields(work: Work, entity: Entity, scene: Scene) -> list[tuple[Field, Control]]:
    """The fields that may be set in many rows at once, those that say who answers for a row first."""
    first = entity.hand_over.fields if entity.hand_over else ()
    names = [name for name in (*first, *entity.fields) if name in scene.writable[entity.name]]
    alone = {entity.title, *(name for rule in entity.uniques for name in rule.fields if len(rule.fields) == 1)}
    found = []
    for name in dict.fromkeys(names):
        field = entity.fields[name]
        if enterable(field) and name not in alone and not (field.unique or field.sealed):
            found.append((field, control_of(field, entity.name, scene, f"f.{name}", _entered(scene, name), "", name)))
    return found


def _entered(scene: Scene, name: str) -> object:
    return scene.filling.values.get(name) if scene.filling is not None else None


def _filled(work: Work, call: Call, entity: Entity, error: DougongError | None) -> FormFilling:
    names = scene_for(work, call).writable[entity.name]
    values = read_form(call, work.model, entity).values if error is not None else {}
    choices = {
        name: choices_of(work, entity, field, values.get(name))
        for name, field in entity.fields.items()
        if field.kind in CHOSEN_KINDS and name in names
    }
    return FormFilling(values, choices=choices, is_new=False)


def _page(
    work: Work, call: Call, site: Site, entity: Entity, rows: Rows, more: bool, error: DougongError | None = None
) -> Response:
    scene = replace(scene_for(work, call, entity=entity), filling=_filled(work, call, entity, error))
    label, allowed = scene.words(entity.label), scene.allowed[entity.name]
    listed = call.form_first().get("list", "")
    count = count_records(work, listed_rows(work, call, entity, listed, 1)) if more else len(rows)
    told = f"{COUNTED_TO:,}+" if count > COUNTED_TO else str(count)
    titles = {one.id: title_of(entity, one, scene) for one in _titled(work, entity, list(rows))}
    values = {
        "title": Message(f"批量处理 {told} 条{label}", f"Act on {told} {label.lower()}").text(scene.language),
        "back": list_address(work, listed),
        "action": f"/bulk/{entity.name}/apply",
        "list": listed,
        "more": more,
        "rows": [(f"{encode_id(one)}.{version}", titles.get(one, "—")) for one, version in rows.items()],
        "count": told,
        "changeable": _count(work, entity, rows, Action.UPDATE) if Action.UPDATE in allowed else 0,
        "may_delete": Action.DELETE in allowed,
        "deletable": _count(work, entity, rows, Action.DELETE) if Action.DELETE in allowed else 0,
        "fields": _fields(work, entity, scene) if Action.UPDATE in allowed else [],
        "set": {value for name, value in call.form if name == "set"},
        "moves": _moves(work, entity, rows, scene),
        "message": error.message.text(scene.language) if error is not None else "",
    }
    return page_response(work, call, site, "bulk.html", values, status=error.status if error is not None else 200)


def _results(
    work: Work,
    call: Call,
    site: Site,
    entity: Entity,
    act: str,
    results: Sequence[tuple[int, BulkResult]],
    titles: Mapping[int, str],
) -> Response:
    language, listed = work.context.language, call.form_first().get("list", "")
    done = [(record, one.outcome) for record, one in results if one.outcome is not None]
    refused = [
        ResultLine(
            encode_id(record),
            titles.get(record, "—"),
            record_url(entity.name, record) if record in titles else "",
            refusal(entity, one.error).text(language),
        )
        for record, one in results
        if one.error is not None
    ]
    written = [(record, outcome) for record, outcome in done if outcome.written]
    values = {
        "title": Message("处理结果", "What was done").text(language),
        "back": list_address(work, listed),
        "again": f"/bulk/{entity.name}",
        "undo": f"/bulk/{entity.name}/apply",
        "undo_act": {"update": "undo", "delete": "restore"}.get(act, ""),
        "undo_rows": [f"{encode_id(record)}.{outcome.version}" for record, outcome in written],
        "act": act.partition(".")[0],
        "list": listed,
        "done": len(written),
        "same": len(done) - len(written),
        "refused": refused,
        "warnings": Counter(words for _, outcome in written for words in outcome.warnings).most_common(MOST_WARNINGS),
    }
    page = page_response(work, call, site, "bulk_result.html", values)
    answer = Recorded(page.body, page.status_code, headers=dict(page.headers))
    answer.told = (("rows", str(len(results))), ("done", str(len(written))), ("refused", str(len(refused))))
    return answer
