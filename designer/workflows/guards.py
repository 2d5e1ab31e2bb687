"""The conditions of a workflow on one record, each with the value of every part of it, as far as the asker may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.model.flows import Branches, Flow
from engine.model.formula import Formula
from engine.model.workflows import Workflow
from engine.runtime.access.telling import readable_cells
from engine.runtime.formula.explain import ValueNode, explain
from engine.runtime.query.records import get_record
from engine.runtime.records.defaults import moment_of
from engine.runtime.work import Work
from engine.web.value_trees import Part, ReadCells, child_rows


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a part (a step, a branch as `step.branch`, a trigger, a transition); without a tree it is not told."""

    part: str
    formula: str
    held: bool | None
    tree: Part | None


def guards_of_flow(work: Work, flow: Flow, record: int) -> Iterator[Guard]:
    """The conditions of triggers, steps and branches, as the record is when the flow begins."""
    for trigger in flow.triggers:
        if trigger.when is not None:
            yield _guard(work, flow.entity, record, trigger.id, trigger.when)
    for step in flow.every_step():
        if step.when is not None:
            yield _guard(work, flow.entity, record, step.id, step.when)
        if isinstance(step.action, Branches):
            for branch in step.action.branches:
                if branch.when is not None:
                    yield _guard(work, flow.entity, record, f"{step.id}.{branch.id}", branch.when)


def guards_of_life(work: Work, life: Workflow, state: str, record: int) -> Iterator[Guard]:
    """The guards of the transitions that leave a state."""
    for move in life.leaving(state):
        if move.guard is not None:
            yield _guard(work, life.entity, record, move.id, move.guard)


def _guard(work: Work, entity: str, record: int, part: str, formula: Formula) -> Guard:
    readable = readable_cells(work, entity, record, formula.references)
    if not formula.references <= readable:
        return Guard(part, formula.source, None, None)
    declared = work.model.entities[entity]
    paths = tuple(tuple(path.split(".")) for path in sorted(formula.references))
    rows = child_rows(work, declared, paths, record)
    if rows is None:
        return Guard(part, formula.source, None, None)
    plain = tuple(path for path in paths if path[0] not in declared.collections)
    cells = get_record(work, entity, record, plain).cells
    tree = explain(formula, ReadCells(dict(cells), rows), moment_of(work))
    return Guard(part, formula.source, tree.value is True, _part(work, entity, tree))


def _part(work: Work, entity: str, node: ValueNode) -> Part:
    field = work.model.entities[entity].fields.get(node.text)
    label = field.label.text(work.context.language) if field is not None else ""
    return Part(node.text, label, node.value, "", tuple(_part(work, entity, one) for one in node.children))
