"""Answers to flows as rows: who was asked by whom, from which seat to which, and how long it waited, for entities that collect them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.entities import FLOW_ANSWERS, Field
from engine.model.flows import Flow, Step
from engine.model.organisation import Seat
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import from_micros
from engine.runtime.organisation.members import Membership, memberships_of
from engine.runtime.organisation.tables import UNIT
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.work import Work
from engine.runtime.workflow.calendar import calendar_of, worked_minutes
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.flow_tasks import FlowTask

LANGUAGE = "zh"
"""Names are kept as they read in the first language of the packs: a row is one text for all readers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that a flow asked of somebody: approved, rejected, or sent back."""

    flow: Flow
    step: Step
    row: Instance
    task: FlowTask
    outcome: str


def note_answer(work: Work, answer: Answer) -> None:
    """Write the answer down in every entity that collects them, with the flow's own right."""
    for entity in work.model.entities.values():
        if entity.collects == FLOW_ANSWERS:
            values, named = _values(work, answer), _names(work, answer)
            known = {
                name: _fitting(field, named.get((name, field.names), values[name]))
                for name, field in entity.fields.items()
                if name in values
            }
            create(acting(work, answer.flow, answer.row.id), entity.name, known)


def _values(work: Work, answer: Answer) -> dict[str, object]:
    """What is known of an answer, by the names of the fields that take it."""
    row, task, now = answer.row, answer.task, work.context.now
    opened = from_micros(task.opened_at)
    asked, answered = _seat(work, row, row.initiator), _seat(work, row, task.user)
    flow, step = answer.flow.label.text(LANGUAGE), answer.step.label.text(LANGUAGE)
    calendar = work.read_once("calendar", calendar_of)
    return {
        "title": f"{flow} · {step}",
        "about": f"{row.entity}/{encode_id(row.record)}",
        "flow": row.flow,
        "flow_name": flow,
        "step": task.step,
        "step_name": step,
        "outcome": answer.outcome,
        "from_unit": encode_id(asked.unit) if asked else None,
        "from_seat": _seat_name(work, asked),
        "asked_by": encode_id(row.initiator) if row.initiator else None,
        "unit": encode_id(answered.unit) if answered else None,
        "seat": _seat_name(work, answered),
        "answered_by": encode_id(task.user),
        "opened_at": opened.isoformat(),
        "answered_at": now.isoformat(),
        "minutes": worked_minutes(calendar, opened, now, work.context.zone),
    }


def _names(work: Work, answer: Answer) -> dict[tuple[str, str], object]:
    """What fields that keep the name of something, to be shown by its label, hold: by the field and what it names."""
    step = f"{answer.row.flow}.{answer.task.step}"
    found: dict[tuple[str, str], object] = {(name, "step"): step for name in ("title", "step", "step_name")}
    found |= {(name, "flow"): answer.row.flow for name in ("title", "flow", "flow_name")}
    for name, user in (("from_seat", answer.row.initiator), ("seat", answer.task.user)):
        held = _seat(work, answer.row, user)
        kind = select(work.session, UNIT, ("kind",), {"id": held.unit}) if held else []
        found[name, "seat"] = f"{kind[0][0]}.{held.seat}" if held and kind else None
    return found


def _fitting(field: Field, value: object) -> object:
    """A text as long as its field takes it."""
    limit = field.bounds.max_length
    return value[:limit] if isinstance(value, str) and limit else value


def _seat(work: Work, row: Instance, user: int) -> Membership | None:
    """The seat that somebody acts from: one in the record's unit before others, the oldest first."""
    held = memberships_of(work.session, user, work.context.today)
    found = select(work.session, row.entity, ("scope_unit",), {"id": row.record})
    unit = int(str(found[0][0])) if found and found[0][0] is not None else None
    return next((one for one in held if one.unit == unit), held[0] if held else None)


def _seat_name(work: Work, held: Membership | None) -> str | None:
    declared = _declared_seat(work, held) if held else None
    return declared.label.text(LANGUAGE) if declared else None


def _declared_seat(work: Work, held: Membership) -> Seat | None:
    found = select(work.session, UNIT, ("kind",), {"id": held.unit})
    kind = work.model.unit_kinds.get(str(found[0][0])) if found else None
    return next((one for one in kind.seats if one.name == held.seat), None) if kind else None
