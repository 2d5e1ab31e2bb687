"""Formulas of flows, asked of the record as it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from engine.model.formula import Formula
from engine.runtime.records.checks import holding
from engine.runtime.records.evaluating import evaluated
from engine.runtime.work import Work

SCALE = 4
"""Digits after the point that an amount at stake is kept with."""


def holds(work: Work, entity: str, record: int, formula: Formula | None) -> bool:
    """Whether a condition is true on the record; one that was not written is."""
    return formula is None or held(work, entity, record, (formula,))[0]


def held(work: Work, entity: str, record: int, formulas: Sequence[Formula]) -> tuple[bool, ...]:
    """For each condition whether it is true on the record; none is on a record that is gone."""
    found = holding(work, work.model.entities[entity], record, formulas, "flow")
    return tuple(one == 1 for one in found) if found else (False,) * len(formulas)


def values_of(work: Work, entity: str, record: int, formulas: Mapping[str, Formula]) -> Mapping[str, object]:
    """The Python values of formulas on the record, by key; empty for a record that is gone."""
    return evaluated(work, work.model.entities[entity], record, formulas)


def text_of(work: Work, entity: str, record: int, formula: Formula | None) -> str:
    """The text that a formula gives; empty where it gives none."""
    if formula is None:
        return ""
    found = values_of(work, entity, record, {"text": formula}).get("text")
    return "" if found is None else str(found)


def amount_of(work: Work, entity: str, record: int, formula: Formula | None) -> int | None:
    """The amount at stake as a scaled integer."""
    found = values_of(work, entity, record, {"amount": formula}).get("amount") if formula is not None else None
    return int((found * 10**SCALE).to_integral_value()) if isinstance(found, Decimal) else None


def moment_of(work: Work, entity: str, record: int, formula: Formula) -> date | datetime | None:
    """The day or instant that a formula gives."""
    found = values_of(work, entity, record, {"until": formula}).get("until")
    return found if isinstance(found, date) else None
