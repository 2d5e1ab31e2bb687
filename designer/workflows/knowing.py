"""What a trial would tell: nobody learns from the path of a flow what they may not read."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.errors import Forbidden
from engine.model.flows import Approval, Branches, Flow, Subflow, Wait, Write
from engine.model.formula import Formula
from engine.runtime.access.telling import readable_cells
from engine.runtime.work import Work


def refuse_unreadable(work: Work, model: AppModel, entity: str, record: int) -> None:
    """Raises Forbidden where workflows about an entity decide by cells of the record that the asker may not read."""
    paths = frozenset(path for one in _formulas(model, entity) for path in one.references)
    hidden = sorted(paths - readable_cells(work, entity, record, paths))
    if hidden:
        names = ", ".join(hidden[:5])
        raise Forbidden(
            Message(
                f"流程按 {names} 判断，而你无权查看这条记录的这些内容，不能用它试跑",
                f"The workflows decide by {names}, which you may not read of this record: it cannot be tried with it",
            )
        )


def _formulas(model: AppModel, entity: str) -> Iterator[Formula]:
    for flow in model.flows.values():
        if flow.entity == entity:
            yield from _of_flow(flow)
    life = model.workflow_of(entity)
    for move in life.transitions if life is not None else ():
        yield from (one for one in (move.guard, *move.assign.values()) if one is not None)


def _of_flow(flow: Flow) -> Iterator[Formula]:
    yield from (one.when for one in flow.triggers if one.when is not None)
    for step in flow.every_step():
        found: list[Formula | None] = [step.when]
        match step.action:
            case Branches(branches=branches):
                found += [one.when for one in branches]
            case Wait(until=until, holds=holds):
                found += [until, holds]
            case Write(values=values):
                found += list(values.values())
            case Subflow(where=where):
                found.append(where)
            case Approval(approvers=people):
                found += [one.formula for one in people]
            case _:
                pass
        yield from (one for one in found if one is not None)
