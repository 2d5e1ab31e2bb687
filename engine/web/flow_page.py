"""The page of one flow, and the forms with which people act on it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError
from engine.model.access import Action
from engine.model.errors import NotFound, ValidationFailed
from engine.model.flows import Flow
from engine.runtime.attachments import list_attachments
from engine.runtime.events import Aspect
from engine.runtime.history import as_it_was
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import people_to_choose
from engine.runtime.query.records import get_record
from engine.runtime.query.rights import permitted
from engine.runtime.work import Work
from engine.runtime.workflow.flow_acts import act_on_flow, act_on_task
from engine.runtime.workflow.flow_administration import sent_calls
from engine.runtime.workflow.flow_instances import Instance, flow_of
from engine.runtime.workflow.flow_reading import Sight, seen_instance, sight_of, subject_of
from engine.runtime.workflow.flow_starting import start_by_hand
from engine.runtime.workflow.flow_tasks import mark_read, task
from engine.runtime.workflow.slots import OPEN
from engine.web.calls import Call
from engine.web.flow_bodies import entity_of_task, given_by_form, token_of
from engine.web.flow_views import Names, Telling, flow_view, step_words
from engine.web.responses import own_path, record_url, see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import Watch, of_reader, shown_by
from engine.widgets.approval.query import controls
from engine.widgets.cells import Shown, cell
from engine.widgets.contract import FormFilling, Scene
from engine.widgets.formats import format_bytes, format_instant

MOST = 500
"""People that an administrator can choose from."""


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /flows/{flow}."""
    return _page(work, call, site, *seen_instance(work, decode_id(call.parameters["flow"])), "", 200)


def begin(work: Work, call: Call, site: Site) -> Response:
    """POST /r/{entity}/{record}/start/{flow}: somebody starts a flow by hand."""
    record = decode_id(call.parameters["record"])
    row = start_by_hand(work, call.parameters["entity"], record, call.parameters["flow"])
    return see_other(_next(work, call, row))


def act(work: Work, call: Call, site: Site) -> Response:
    """POST /flows/{flow}/{act}."""
    row = act_on_flow(
        work,
        call.parameters["act"],
        decode_id(call.parameters["flow"]),
        given_by_form(work, call, None),
        token_of(call),
    )
    return see_other(_next(work, call, row))


def act_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    seen = seen_instance(work, decode_id(call.parameters["flow"]))
    return _page(work, call, site, *seen, _said(error, work), error.status)


def answer(work: Work, call: Call, site: Site) -> Response:
    """POST /tasks/{task}/{act}."""
    identity = decode_id(call.parameters["task"])
    given = given_by_form(work, call, entity_of_task(work, identity))
    return see_other(_next(work, call, act_on_task(work, call.parameters["act"], identity, given)))


def answer_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The flow's page with what was wrong; what was typed stays."""
    found = task(work.session, decode_id(call.parameters["task"]))
    if found is None or found.user != work.context.principal.user_id:
        raise NotFound
    return _page(work, call, site, *seen_instance(work, found.instance), _said(error, work), error.status, error)


def read_copy(work: Work, call: Call, site: Site) -> Response:
    """POST /tasks/{task}/read: a copy was read."""
    found = task(work.session, decode_id(call.parameters["task"]))
    if found is None or found.user != work.context.principal.user_id:
        raise NotFound
    mark_read(work, found)
    return see_other(f"/flows/{encode_id(found.instance)}")


def _page(
    work: Work,
    call: Call,
    site: Site,
    row: Instance,
    sight: Sight,
    message: str,
    status: int,
    error: DougongError | None = None,
) -> Response:
    entity = work.model.entities[row.entity]
    readable = permitted(work, row.entity, row.record, Action.READ)
    record = get_record(work, row.entity, row.record) if readable else None
    scene = scene_for(work, call, entity=entity, record=record, filling=_filling(work, call, record, error))
    view = flow_view(work, scene, row, Names(work), Telling(sight, checked=True))
    flow = flow_of(work, row)
    values = {
        "title": flow.label.text(scene.language) if flow else row.flow,
        "subject": subject_of(work, row).title,
        "flow": view,
        "controls": controls(scene, view.turn) if view is not None and view.turn is not None else (),
        "content": _content(scene, row, flow, work),
        "files": _files(work, scene, row) if record is not None else [],
        "snapshot": row.version if flow is not None and flow.view == "snapshot" else 0,
        "record_url": record_url(row.entity, row.record) if record is not None else "",
        "entity_label": entity.label.text(scene.language),
        "places": _places(work, scene, row, flow)
        if work.context.principal.administrator and row.ended_at is None
        else [],
        "steps": [(one.id, scene.words(one.label)) for one in flow.every_step()] if flow else [],
        "sent": [(one, step_words(flow, one, scene)) for one in sent_calls(work, row, flow)]
        if flow is not None and work.context.principal.administrator
        else [],
        "everybody": [(encode_id(one.id), one.label) for one in people_to_choose(work.session, MOST)]
        if work.context.principal.administrator and row.ended_at is None
        else [],
        "message": message,
        "live": "" if message else _watched(row, record is not None),
        "typed": call.form_first().get("comment", ""),
        "back": call.form_first().get("next", "") or f"/flows/{encode_id(row.id)}",
    }
    return page_response(work, call, site, "flow.html", values, status=status)


def _watched(row: Instance, readable: bool) -> str:
    """What the page of a flow shows: who may not read its record follows what the flow asks and tells them."""
    mine = of_reader(Aspect.ASKED, Aspect.STARTED)
    if not readable:
        return shown_by(*mine)
    beside = (Watch(row.entity, row=row.record, aspect=one) for one in (Aspect.FLOW, Aspect.FILE))
    return shown_by(Watch(row.entity, row=row.record), *beside, *mine)


def _places(work: Work, scene: Scene, row: Instance, flow: Flow | None) -> list[dict[str, object]]:
    """The places of an instance that an administrator can act on."""
    names = Names(work)
    return [
        {
            "token": token.id,
            "step": step_words(flow, token.step, scene) if flow else token.step,
            "failed": token.broken,
            "unpicked": token.unpicked,
            "slots": [(one.id, names.of(one.user)) for one in token.slots if one.status in OPEN],
        }
        for token in row.state.tokens
    ]


@dataclass(frozen=True, slots=True)
class Content:
    """A field that a step shows: what it held when it was decided on, and what it holds now where that is something else."""

    label: str
    shown: Shown
    now: Shown | None = None


def _content(scene: Scene, row: Instance, flow: Flow | None, work: Work) -> list[Content]:
    """The fields that the steps at which an instance stands show, as far as the reader may read them."""
    record, entity = scene.record, scene.entity
    if flow is None or record is None or entity is None:
        return []
    at = {token.step for token in row.state.tokens}
    names = dict.fromkeys(
        name for step in flow.every_step() if step.id in at for name in getattr(step.action, "show", ())
    )
    then = as_it_was(work, record, row.version) if flow.view == "snapshot" and names else None
    found = []
    for name in names:
        if name in entity.fields and name in record.cells:
            field = entity.fields[name]
            now = cell(record, (name,), field, scene)
            was = cell(then, (name,), field, scene) if then is not None and name in then.cells else now
            found.append(Content(scene.words(field.label), was, now if now != was else None))
    return found


def _files(work: Work, scene: Scene, row: Instance) -> list[dict[str, str]]:
    """The files of the record: what decisions came with is among them."""
    return [
        {
            "name": one.filename,
            "url": f"/files/{encode_id(one.id)}",
            "about": f"{format_bytes(one.size)} · {one.created_by} · "
            + format_instant(one.created_at, scene.language, scene.now, scene.zone),
        }
        for one in list_attachments(work, row.entity, row.record)
    ]


def _filling(work: Work, call: Call, record: object, error: DougongError | None) -> FormFilling:
    typed = {name.removeprefix("f."): text for name, text in call.form if name.startswith("f.")}
    problems: dict[str, tuple[str, ...]] = {}
    if isinstance(error, ValidationFailed):
        language = work.context.language
        for one in error.problems:
            problems[one.field] = (*problems.get(one.field, ()), one.message.text(language))
    return FormFilling(values=typed, problems=problems, is_new=False)


def _said(error: DougongError, work: Work) -> str:
    language = work.context.language
    if isinstance(error, ValidationFailed):
        return "；".join(one.message.text(language) for one in error.problems)
    return error.message.text(language)


def _next(work: Work, call: Call, row: Instance) -> str:
    """Back to where the form stood; to the inbox from a flow that is no longer the reader's to see."""
    own = f"/flows/{encode_id(row.id)}"
    wished = own_path(call.form_first().get("next", ""), own)
    return "/inbox" if wished == own and sight_of(work, row) is None else wished
