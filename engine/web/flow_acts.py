"""Acts on flows by form and by the interface: one table of what people can do, and how a call says what comes along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.runtime.workflow import flow_administration as administration
from engine.runtime.workflow import flow_commands as commands
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.flow_tasks import task
from engine.web.calls import Call
from engine.web.form_bodies import read_form

Act = Callable[[Work, int, Given], Instance]

TASK_ACTS: Mapping[str, Act] = {
    "approve": commands.approve,
    "done": commands.approve,
    "reject": commands.reject,
    "add_before": lambda work, task, given: commands.add(work, task, given, "before"),
    "add_after": lambda work, task, given: commands.add(work, task, given, "after"),
    "add_parallel": lambda work, task, given: commands.add(work, task, given, "parallel"),
    "remove": commands.remove,
    "transfer": commands.transfer,
    "return": commands.send_back,
    "resubmit": commands.resubmit,
}
"""What the holder of a task can do."""
FLOW_ACTS: Mapping[str, Act] = {
    "withdraw": commands.withdraw,
    "take_back": commands.take_back,
    "urge": commands.urge,
    "copy": commands.copy,
    "comment": commands.comment,
    "terminate": administration.terminate,
}
"""What people and administrators can do to a whole flow."""
TOKEN_ACTS: Mapping[str, Callable[[Work, int, Given, int], Instance]] = {
    "retry": administration.retry,
    "pass": administration.let_pass,
    "jump": administration.jump,
    "reassign": administration.reassign,
}
"""What is done to one place of a flow."""


def act_on_task(work: Work, name: str, identity: int, given: Given) -> Instance:
    """Let the holder of a task act. Raises NotFound for an act that there is not."""
    if name not in TASK_ACTS:
        raise NotFound
    return TASK_ACTS[name](work, identity, given)


def act_on_flow(work: Work, name: str, identity: int, given: Given, token: int) -> Instance:
    """Act on a flow, or on one place of it."""
    if name in TOKEN_ACTS:
        return TOKEN_ACTS[name](work, identity, given, token)
    if name not in FLOW_ACTS:
        raise NotFound
    return FLOW_ACTS[name](work, identity, given)


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
        slot=_whole(form.get("slot", "")),
    )


def given_by_body(call: Call) -> Given:
    """What came along with a call of the interface. Raises BadRequest for what it does not know."""
    body = {} if call.json is None else call.json
    known = {"comment", "values", "people", "step", "straight", "slot", "token", "files"}
    if not isinstance(body, Mapping) or not body.keys() <= known:
        raise BadRequest(
            Message(f"可用的键：{'、'.join(sorted(known))}", f"The keys are {', '.join(sorted(known))}"), field="body"
        )
    values, people, files = body.get("values", {}), body.get("people", []), body.get("files", [])
    if not isinstance(values, Mapping) or not isinstance(people, list) or not isinstance(files, list):
        raise BadRequest(
            Message("values 应为对象，people 与 files 应为列表", "values is an object; people and files are lists")
        )
    return Given(
        comment=str(body.get("comment", "")),
        values=dict(values),
        people=_people([str(one) for one in people]),
        step=str(body.get("step", "")),
        straight=body.get("straight") is True,
        files=tuple(str(one) for one in files),
        slot=_whole(str(body.get("slot", ""))),
    )


def token_of(call: Call) -> int:
    """The place of a flow that an act is about, 0 without one."""
    body = call.json if isinstance(call.json, Mapping) else {}
    return _whole(str(body.get("token", "")) or call.form_first().get("token", ""))


def entity_of_task(work: Work, identity: int) -> str | None:
    found = task(work.session, identity)
    return found.entity if found is not None else None


def _people(texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(decode_id(one) for one in texts)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 18 else 0
