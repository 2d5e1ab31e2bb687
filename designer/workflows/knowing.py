"""What a trial would tell: nobody learns from the path of a flow what they may not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import accumulate

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.errors import Forbidden
from engine.model.flows import People, Step, Subflow
from engine.model.formula import Formula
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import ALWAYS, Allow
from engine.runtime.access.telling import readable_cells
from engine.runtime.work import Work


def refuse_unreadable(work: Work, model: AppModel, touched: frozenset[str], entity: str, record: int) -> None:
    """Raises Forbidden where workflows about an entity decide by cells of the record that the asker may not read, or those
    about the others that are touched by what they may not read on every row: which rows these are is not known before."""
    paths = frozenset(way for path in _read(model, entity) for way in accumulate(path.split("."), "{}.{}".format))
    hidden = sorted(paths - readable_cells(work, entity, record, paths))
    for other in sorted(touched - {entity}):
        hidden += [
            f"{other}.{path}" for path in sorted(set(_read(model, other))) if not _on_every_row(work, other, path)
        ]
    if hidden:
        names = ", ".join(hidden[:5])
        raise Forbidden(
            Message(
                f"流程用到 {names}，而你无权查看其中的内容，不能用这条记录试跑，请改为填写数值",
                f"The workflows use {names}, which you may not read: this record cannot be tried, type values instead",
            )
        )


def _on_every_row(work: Work, entity: str, path: str) -> bool:
    decision = decide(work.model, work.context, entity, Action.READ)
    return isinstance(decision, Allow) and decision.rows == ALWAYS and "." not in path and decision.field(path).plain


def _read(model: AppModel, entity: str) -> Iterator[str]:
    """What workflows about an entity read of a record: by which they decide, whom they ask and tell, what they pass on."""
    for flow in model.flows.values():
        if flow.entity == entity:
            yield from _named((flow.triggers, [one.when for one in flow.every_step()], flow.amount))
            for step in flow.every_step():
                yield from _named(step.action)
    life = model.workflow_of(entity)
    for move in life.transitions if life is not None else ():
        yield from _named((move.guard, move.assign))


def _named(part: object) -> Iterator[str]:
    """The paths that a part of a definition reads, and all that stands in it."""
    match part:
        case Formula(references=references):
            yield from references
        case Subflow(over=over, where=Formula(references=references)) if over:
            yield from (f"{over}.{one}" for one in references)
        case Step():
            return
        case People(path=path, formula=formula):
            yield from [".".join(path)] if path else []
            yield from _named(formula)
        case Mapping():
            yield from _named(tuple(part.values()))
        case tuple() | list():
            for one in part:
                yield from _named(one)
        case _ if is_dataclass(part):
            yield from _named([getattr(part, one.name) for one in fields(part)])
        case _:
            pass
