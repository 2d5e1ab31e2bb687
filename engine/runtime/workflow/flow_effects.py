"""Effects of flows inside the database: done with the flow's own right in the transaction that brings the flow on."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.flows import Create, HandingOver, Move, Notify, Write
from engine.model.formula import Formula, Relation
from engine.runtime.identifiers import encode_id
from engine.runtime.notices import tell
from engine.runtime.records.evaluating import evaluated, reference_of
from engine.runtime.records.handing_over import hand_over, order_for_record
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.work import Work
from engine.runtime.workflow.flow_formulas import text_of
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.flow_passing import Passing, passings
from engine.runtime.workflow.flow_telling import of_step
from engine.runtime.workflow.people import Asked, resolve

DatabaseEffect = Write | Create | Move | HandingOver | Notify


def done_effect(work: Work, row: Instance, effect: DatabaseEffect, about: Asked) -> tuple[Passing, ...]:
    """Do an effect; `work` has the flow's right. What other flows ask and passes on with it; raises what the records refuse."""
    match effect:
        case Write(path, entity, values):
            target = reference_of(work, row.entity, row.record, path)
            if target is not None:
                update(work, entity, target, _sent(work, row, values))
        case Create(entity, values):
            create(work, entity, _sent(work, row, values))
        case Move(move):
            transition(work, row.entity, row.record, move)
        case HandingOver():
            return _hand_over(work, row, effect)
        case Notify():
            _tell(work, row, effect, about)
    return ()


def _hand_over(work: Work, row: Instance, effect: HandingOver) -> tuple[Passing, ...]:
    """Hand a record over. Raises BadRequest where nobody takes it or the unit does not fit."""
    record = reference_of(work, row.entity, row.record, effect.path)
    formulas = {"person": effect.person, "unit": effect.unit, "giver": effect.giver}
    asked = {name: one for name, one in formulas.items() if one is not None}
    found = evaluated(work, work.model.entities[row.entity], row.record, asked)
    person, unit, giver = (_number(found.get(name)) for name in formulas)
    if record is None or not person or (effect.unit is not None and not unit):
        raise BadRequest(Message("还没有写明交接给谁", "It is not said to whom it is handed over"))
    order = order_for_record(work, (effect.entity, record), unit or None, person, giver)
    return tuple(passings(work, order, hand_over(work, order)))


def _number(found: object) -> int:
    return found if isinstance(found, int) else 0


def _sent(work: Work, row: Instance, values: Mapping[str, Formula]) -> dict[str, object]:
    """The values of formulas as records take them: references by their public ids."""
    found = evaluated(work, work.model.entities[row.entity], row.record, values)
    return {
        name: encode_id(value) if isinstance(value, int) and isinstance(values[name].type, Relation) else value
        for name, value in found.items()
    }


def _tell(work: Work, row: Instance, effect: Notify, about: Asked) -> None:
    title = text_of(work, row.entity, row.record, effect.title)
    body = text_of(work, row.entity, row.record, effect.body)
    tell(work, resolve(work, effect.people, about), of_step(work, row, effect, title, body))
