"""Handing over with what flows ask: the open steps of whoever hands over pass to the successors in the same act."""

from __future__ import annotations

from engine.runtime.records.handing_over import HandedOver, HandOver, hand_over
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import carry_on
from engine.runtime.workflow.flow_passing import passings


def hand_over_all(work: Work, order: HandOver) -> HandedOver:
    """Hand over records, then what flows ask about them or about the unit. Raises BadRequest, FlowRefused."""
    done = hand_over(work, order)
    for one in passings(work, order, done):
        carry_on(work, one.instance, one.event, one.note)
    return done
