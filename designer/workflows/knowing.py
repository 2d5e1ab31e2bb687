"""What a trial would tell: nobody learns from the path of a flow what they may not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import accumulate

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.errors import Forbidden
from engine.model.flows import Flow, People, Step, Subflow
from engine.model.formula import Formula
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import ALWAYS, Allow
from engine.runtime.access.telling import readable_cells
from engine.runtime.rows import select
from engine.runtime.work import Work


def refuse_unreadable(
    work: Work, model: AppModel, touched: frozenset[str], entity: str, record: int, flow: Flow | None = None
) -> None:
    """Raises Forbidden where workflows about an entity decide by cells of the record that the asker may not read, where a
    flow that `flow` starts on another record of the entity does by cells of that record, or those about the other entities
    that are touched by what they may not read on every row: which rows these are is not known before."""
    paths = frozenset(way for path in _read(model, entity) for way in accumulate(path.split("."), "{}.{}".format))
    about = [record, *_started_on(work, model, flow, entity, record)] if flow is not None else [record]
    readable = [readable_cells(work, entity, one, paths) for one in dict.fromkeys(about) if one is not None]
    hidden = sorted(paths - frozenset.intersection(*readable))
    if None in about:
        hidden += [path for path in sorted(paths - {*hidden}) if not _on_every_row(work, entity, path)]
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


def _started_on(work: Work, model: AppModel, flow: Flow, entity: str, record: int) -> Iterator[int | None]:
    """The other records of an entity on which a flow starts flows about them; None for those that are not known before:
    rows of a collection, what stands behind them, and what is reached by more than one relation."""
    waiting, seen = [(flow, record)], {(flow.name, record)}
    while waiting:
        one, at = waiting.pop()
        for step in one.every_step():
            started = model.flows.get(step.action.flow) if isinstance(step.action, Subflow) else None
            if started is None or not isinstance(step.action, Subflow):
                continue
            there = _led_to(work, model, one, at, step.action)
            if there is None and entity in _about(model, started, set()):
                yield None
            elif started.entity == entity and there != at:
                yield there
            if there is not None and (started.name, there) not in seen:
                seen.add((started.name, there))
                waiting.append((started, there))


def _about(model: AppModel, flow: Flow, seen: set[str]) -> Iterator[str]:
    """The entities that a flow, and those that it starts, are about."""
    if flow.name not in seen:
        seen.add(flow.name)
        yield flow.entity
        for step in flow.every_step():
            started = model.flows.get(step.action.flow) if isinstance(step.action, Subflow) else None
            if started is not None:
                yield from _about(model, started, seen)


def _led_to(work: Work, model: AppModel, flow: Flow, record: int, action: Subflow) -> int | None:
    """The record that a step starts a flow on, as it is stored; the flow's own without a path."""
    if action.over or len(action.path) > 1:
        return None
    if not action.path:
        return record
    field = model.entities[flow.entity].fields.get(action.path[0])
    found = select(work.session, flow.entity, (action.path[0],), {"id": record}) if field and field.relation else []
    return int(str(found[0][0])) if found and found[0][0] is not None else None


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
        case Subflow(path=path) if path:
            yield ".".join(path)
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
