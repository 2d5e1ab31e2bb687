"""Trying a flow: on a record that the administrator may read, or a new one, with an answer for each step; nothing is kept or sent."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.context import Context
from engine.model.errors import BadRequest, NotFound
from engine.model.flows import Approval, Flow, Task
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users, user_by_id
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.rights import check_permitted
from engine.runtime.rows import select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_simulation import WAIT, Answer, Simulation, Trial, simulate
from engine.web.calls import Call
from engine.web.flow_courses import course_lines, ending_words
from engine.web.flow_views import Names
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/admin/flows/try"
_SAYS = {
    "approve": Message("同意 / 完成", "Agrees, or is done"),
    "reject": Message("拒绝", "Refuses"),
    WAIT: Message("无人处理", "Nobody answers"),
}
STEP = "step."


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/flows/try?flow=…"""
    return _page(work, call, site, None, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, None, error.message.text(work.context.language), error.status)


def attempt(work: Work, call: Call, site: Site) -> Response:
    """POST /admin/flows/try: what the flow would do. Raises NotFound, BadRequest, or what refuses the new record."""
    form = call.form_first()
    flow = work.model.flows.get(form.get("flow", ""))
    if flow is None:
        raise NotFound
    record = _record(work, flow, form.get("record", ""))
    answers = {
        name.removeprefix(STEP): (Answer(said),)
        for name, said in form.items()
        if name.startswith(STEP) and said in _SAYS and said != "approve"
    }
    values = _values(form.get("values", "")) if record is None else {}
    starter = _starter(work, flow, form.get("starter", ""), record)
    found = simulate(work, Trial(flow, starter, record, values, answers))
    return _page(work, call, site, found, "", 200)


def _record(work: Work, flow: Flow, written: str) -> int | None:
    """The record by its identifier or address; the administrator must be able to read it. Raises NotFound."""
    text = written.strip().rstrip("/").rpartition("/")[2]
    if not text:
        return None
    record = decode_id(text)
    check_permitted(work, flow.entity, record, Action.READ)
    return record


def _values(written: str) -> Mapping[str, object]:
    try:
        found = json.loads(written or "{}")
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        raise BadRequest(
            Message("新记录应写成 JSON 对象", "The new record is written as a JSON object"), field="values"
        )
    return found


def _starter(work: Work, flow: Flow, chosen: str, record: int | None) -> Context:
    """The context of who starts it: the person chosen, else who made the record, else the administrator."""
    made = select(work.session, flow.entity, ("created_by",), {"id": record}) if record and not chosen else []
    identity = decode_id(chosen) if chosen else int(str(made[0][0] or 0)) if made else work.context.principal.user_id
    user = user_by_id(work.session, identity)
    if user is None:
        raise NotFound
    now = work.context
    return context_for(work.session, work.model, user, Circumstances(now.now, now.locale, now.zone))


def _page(work: Work, call: Call, site: Site, found: Simulation | None, message: str, status: int) -> Response:
    scene, language = scene_for(work, call), work.context.language
    given = call.form_first() if call.method == "POST" else call.first
    flow = work.model.flows.get(given.get("flow", ""))
    if flow is None:
        raise NotFound
    lines = course_lines(found, work.model, Names(work).of, language) if found else ()
    values = {
        "title": Message(f"试跑：{flow.label.text('zh')}", f"Try: {flow.label.text('en')}").text(language),
        "message": message,
        "flow": flow.name,
        "says": [(name, words.text(language)) for name, words in _SAYS.items()],
        "steps": [
            (one.id, scene.words(one.label), given.get(STEP + one.id, "approve"))
            for one in flow.every_step()
            if isinstance(one.action, Approval | Task)
        ],
        "people": [(encode_id(one.id), one.label) for one in all_users(work.session)],
        "given": {name: given.get(name, "") for name in ("record", "starter", "values")},
        "sample": _sample(work, flow),
        "course": [(one, format_instant(one.at, language, scene.now, scene.zone)) for one in lines],
        "ending": ending_words(found, flow.name, work.model, language) if found else None,
    }
    return page_response(work, call, site, "administration/flow_trial.html", values, status=status)


def _sample(work: Work, flow: Flow) -> str:
    """The fields that a new record needs."""
    fields = work.model.entities[flow.entity].fields.values()
    needed = {one.name: "" for one in fields if one.required and not one.computed}
    return json.dumps(needed, ensure_ascii=False, indent=1)
