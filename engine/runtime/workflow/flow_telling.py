"""Telling of flows: what people are asked and told, with what its title is made of."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.flows import Notify
from engine.model.formula import Formula
from engine.model.levels import level_of_paths
from engine.runtime.links import flow_link
from engine.runtime.notices import tell_outside
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.telling import Telling
from engine.runtime.work import Work
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.flow_tasks import FlowTask, TaskKind


def about_flow(work: Work, row: Instance, kind: NoticeKind, task: int = 0) -> Telling:
    """What is told of an instance: its title, which leads to it."""
    made_of = _title_fields(work, row)
    return Telling(
        kind=kind.value,
        title=row.title,
        body="",
        entity=row.entity,
        record=row.record,
        link=flow_link(row.id),
        made_of=made_of,
        level=level_of_paths(work.model, row.entity, made_of),
        task=task,
    )


def of_step(work: Work, row: Instance, step: Notify, title: str, body: str) -> Telling:
    """What a step tells of its record: `title` is what its formula gave, or its fixed words, or the flow's title."""
    if title and step.title is not None:
        made_of: tuple[str, ...] = _references(step.title)
        level = level_of_paths(work.model, row.entity, made_of)
    else:
        title = step.subject.text(work.context.language)
        made_of, level = (), "G0"
    if not title:
        title, made_of = row.title, _title_fields(work, row)
        level = level_of_paths(work.model, row.entity, made_of)
    body_of = _references(step.body) if body and step.body is not None else ()
    return Telling(
        NoticeKind.NOTIFY.value,
        title,
        body,
        row.entity,
        row.record,
        made_of=made_of,
        level=level,
        ways=step.channels,
        body_of=body_of,
    )


def announce(work: Work, row: Instance, tasks: Sequence[FlowTask], kind: NoticeKind = NoticeKind.APPROVAL) -> None:
    """Bring new tasks to their people by their channels; in the app they stand in the inbox. Nobody is told of their own act."""
    for one in tasks:
        if one.user != work.context.principal.user_id:
            said = NoticeKind.COPY if one.kind is TaskKind.COPY else kind
            tell_outside(work, (one.user,), about_flow(work, row, said, one.id))


def _title_fields(work: Work, row: Instance) -> tuple[str, ...]:
    flow, entity = work.model.flows.get(row.flow), work.model.entities.get(row.entity)
    if flow is not None and flow.title is not None:
        return _references(flow.title)
    return (entity.title,) if entity is not None and entity.title else ()


def _references(formula: Formula) -> tuple[str, ...]:
    return tuple(sorted(formula.references))
