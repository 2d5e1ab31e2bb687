"""Feature rights: which columns of a plan somebody may not read, by name, and what a plan makes of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.diagnostics import DougongError, Message
from engine.model.feature_plans import FeaturePlan
from engine.model.formula import Formula
from engine.runtime.access.decisions import NEVER
from engine.runtime.query.names import Reader, find


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A column that the reader may not read, and what of the plan needs it."""

    needed_by: str
    entity: str
    path: str


class ColumnNotReadable(DougongError):
    """A plan reads a column that its reader may not read."""

    code = "column_not_readable"
    status = 403


def unreadable(reader: Reader, plan: FeaturePlan) -> tuple[Unreadable, ...]:
    """All that the reader may not read, or only under a mask: a figure of masked cells would tell them, or nothing."""
    found = {
        Unreadable(needed_by, entity, path)
        for entity, needed_by, formula in plan.formulas()
        for path in _closed(reader, entity, formula)
    }
    return tuple(sorted(found, key=lambda one: (one.needed_by, one.entity, one.path)))


def check_readable(reader: Reader, plan: FeaturePlan) -> None:
    """Whoever learns from a plan reads all of it. Raises ColumnNotReadable, which names every column."""
    closed = unreadable(reader, plan)
    if closed:
        names = list(dict.fromkeys(f"{one.entity}.{one.path}" for one in closed))
        columns = "、".join(names)
        raise ColumnNotReadable(
            Message(
                f"你无权读取这条管道用到的列：{columns}。请从管道中去掉，或由有权的人来训练",
                f"You may not read columns that this pipeline uses: {columns}. Take them out of the pipeline, or let "
                "somebody train who may read them",
            ),
            columns=names,
        )


def as_readable(reader: Reader, plan: FeaturePlan) -> tuple[FeaturePlan, tuple[str, ...]]:
    """The plan without features that the reader may not read, and their names. Where the rows themselves cannot be told,
    raises ColumnNotReadable: nobody is given an answer about what they may not see."""
    closed = {one.needed_by for one in unreadable(reader, plan)}
    own = {plan.node, plan.rows.node}
    if closed & own:
        check_readable(reader, replace(plan, features=(), outcome=None))
    omitted = tuple(one.name for one in plan.features if one.name in closed)
    return replace(plan, features=tuple(one for one in plan.features if one.name not in closed)), omitted


def _closed(reader: Reader, entity: str, formula: Formula) -> Iterator[str]:
    access = reader.access(entity)
    if access is None:
        yield "id"
        return
    for reference in formula.references:
        if not is_open(reader, entity, tuple(reference.split("."))):
            yield reference


def is_open(reader: Reader, entity: str, path: tuple[str, ...]) -> bool:
    """Whether the value at a path may be read in some row: every step of the way, and its end."""
    for end in range(1, len(path) + 1):
        found = find(reader, entity, path[:end])
        if found is None:
            return False
        holder = reader.model.entities.get(entity)
        for step in found.steps:
            holder = reader.model.entities.get(step.relation.entity) if step.relation else None
        access = reader.access(holder.name) if holder is not None else None
        declared = holder is not None and found.field.name in holder.fields
        if declared and (access is None or access.field(found.field.name).readable == NEVER):
            return False
    return True
