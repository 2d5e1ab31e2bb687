"""What can be done to flows, by name: by the holder of a task, to a whole flow, to one place of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.model.access import Action
from engine.model.errors import Forbidden, NotFound
from engine.runtime.access.decide import scope_allows
from engine.runtime.work import Work
from engine.runtime.workflow import flow_administration as administration
from engine.runtime.workflow import flow_commands as commands
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_instances import Instance

Act = Callable[[Work, int, Given], Instance]

TASK_ACTS: Mapping[str, Act] = {
    "approve": commands.approve,
    "done": commands.approve,
    "reject": commands.reject,
    "add_before": lambda work, task, given: commands.add(work, task, given, "before"),
    "add_after": lambda work, task, given: commands.add(work, task, given, "after"),
    "add_parallel": lambda work, task, given: commands.add(work, task, given, "parallel"),
    "transfer": commands.transfer,
    "return": commands.send_back,
    "resubmit": commands.resubmit,
    "pick": commands.pick,
}
"""What the holder of a task can do."""
FLOW_ACTS: Mapping[str, Act] = {
    "withdraw": commands.withdraw,
    "take_back": commands.take_back,
    "urge": commands.urge,
    "copy": commands.copy,
    "comment": commands.comment,
    "terminate": administration.terminate,
    "resend": administration.send_again,
}
"""What people and administrators can do to a whole flow."""
TOKEN_ACTS: Mapping[str, Callable[[Work, int, Given, int], Instance]] = {
    "remove": commands.remove,
    "retry": administration.retry,
    "pass": administration.let_pass,
    "choose": administration.choose,
    "jump": administration.jump,
    "reassign": administration.reassign,
}
"""What is done to one place of a flow."""


def act_on_task(work: Work, name: str, identity: int, given: Given) -> Instance:
    """Let the holder of a task act. Raises NotFound for an act that there is not, Forbidden for a token that may not."""
    if name not in TASK_ACTS:
        raise NotFound
    return _within_scopes(work, TASK_ACTS[name](work, identity, given))


def act_on_flow(work: Work, name: str, identity: int, given: Given, token: int) -> Instance:
    """Act on a flow, or on one place of it. Raises NotFound for an act that there is not, Forbidden for a token that may not."""
    if name in TOKEN_ACTS:
        return _within_scopes(work, TOKEN_ACTS[name](work, identity, given, token))
    if name not in FLOW_ACTS:
        raise NotFound
    return _within_scopes(work, FLOW_ACTS[name](work, identity, given))


def _within_scopes(work: Work, row: Instance) -> Instance:
    """The instance, where the caller's token covers moving its records; else all that was done is undone by the error."""
    if not scope_allows(work.context.principal.token_scopes, row.entity, Action.TRANSITION):
        raise Forbidden
    return row
