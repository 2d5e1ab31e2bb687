"""What comes along with an act on a flow: read from a form or from a body of the interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.runtime.attachments import NewFile
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_tasks import task as flow_task
from engine.web.calls import Call, whole_number
from engine.web.form_bodies import read_form


def given_by_form(work: Work, call: Call, entity: str | None) -> Given:
    """What came along with a form: fields of the record as `f.<field>`, people, a step, words."""
    form = call.form_first()
    values: Mapping[str, object] = {}
    if entity is not None and entity in work.model.entities:
        values = read_form(call, work.model, work.model.entities[entity]).values
    return Given(
        comment=form.get("comment", ""),
        values=values,
        people=_people([text for name, text in call.form if name == "people" and text]),
        step=form.get("step", ""),
        straight=form.get("straight") == "1",
        slot=whole_number(form.get("slot", "")) or 0,
        file=_file(call),
    )


def given_by_call(work: Work, call: Call, task: int) -> Given:
    """What came along with an act of the interface: JSON, or a form, which can bring a file."""
    return given_by_form(work, call, entity_of_task(work, task)) if call.form or call.files else given_by_body(call)


def given_by_body(call: Call) -> Given:
    """What came along with a call of the interface. Raises BadRequest for what it does not know."""
    body = {} if call.json is None else call.json
    known = {"comment", "values", "people", "step", "straight", "slot", "token"}
    if not isinstance(body, Mapping) or not body.keys() <= known:
        raise BadRequest(
            Message(f"可用的键：{'、'.join(sorted(known))}", f"The keys are {', '.join(sorted(known))}"), field="body"
        )
    values, people = body.get("values", {}), body.get("people", [])
    if not isinstance(values, Mapping) or not isinstance(people, list):
        raise BadRequest(Message("values 应为对象，people 应为列表", "values is an object, people a list"))
    return Given(
        comment=str(body.get("comment", "")),
        values=dict(values),
        people=_people([str(one) for one in people]),
        step=str(body.get("step", "")),
        straight=body.get("straight") is True,
        slot=whole_number(str(body.get("slot", ""))) or 0,
    )


def token_of(call: Call) -> int:
    """The place of a flow that an act is about, 0 without one."""
    body = call.json if isinstance(call.json, Mapping) else {}
    return whole_number(str(body.get("token", "")) or call.form_first().get("token", "")) or 0


def entity_of_task(work: Work, identity: int) -> str | None:
    found = flow_task(work.session, identity)
    return found.entity if found is not None else None


def _file(call: Call) -> NewFile | None:
    """The file of a form; a field that was left empty is none."""
    found = call.files.get("file")
    return NewFile(found.filename, found.content) if found is not None and found.filename else None


def _people(texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(decode_id(one) for one in texts)
