"""Fields by level: for each the declared one, what a scan suggests, what people decided, and what is left to decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.diagnostics import Message
from engine.model.entities import Entity, Field
from engine.model.errors import BadRequest, NotFound
from engine.model.level_rules import LEVELS, SENSITIVE, level_rules
from engine.model.subjects import declared_level
from engine.runtime.sovereignty.level_tables import (
    Finding,
    LevelAct,
    LevelDecision,
    decisions,
    findings,
    keep_decision,
)
from engine.runtime.sovereignty.levels import FieldName, level_of
from engine.runtime.work import Work

LONGEST_REASON = 300


class FieldState(StrEnum):
    """Where a field stands: a suggestion waits for a decision, a scan now gives less than an earlier one, a decision is not
    written in the definition yet, all is as declared, or a suggestion was turned down."""

    SUGGESTED = "suggested"
    DRIFTED = "drifted"
    CONFIRMED = "confirmed"
    DECLARED = "declared"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FieldLevel:
    """A field with its levels: the `declared` one, the one that `holds`, and the finding and the decision behind it."""

    entity: Entity
    field: Field
    declared: str
    holds: str
    state: FieldState
    finding: Finding | None
    decision: LevelDecision | None

    @property
    def suggested(self) -> str | None:
        return self.finding.level if self.finding is not None and self.finding.kind is not None else None

    @property
    def line(self) -> str:
        """What to write in the definition."""
        return f"level: {self.decision.level if self.decision is not None else self.suggested or self.holds}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to decide of a field."""

    name: FieldName
    act: LevelAct
    level: str = ""
    reason: str = ""


def field_levels(work: Work) -> list[FieldLevel]:
    """All fields, those that wait for a decision first, then by level from the highest."""
    found = list(_levels(work))
    order = {state: at for at, state in enumerate(FieldState)}
    return sorted(
        found,
        key=lambda one: (order[one.state], -LEVELS.index(_shown(one)), one.entity.name, one.field.name),
    )


def decide(work: Work, wish: Wish) -> LevelDecision:
    """Keep what a person decides. Raises NotFound, and BadRequest where a reason or a level is missing."""
    one = next((one for one in _levels(work) if (one.entity.name, one.field.name) == wish.name), None)
    if one is None or one.suggested is None:
        raise NotFound
    reason = wish.reason.strip()[:LONGEST_REASON]
    if wish.act is not LevelAct.CONFIRM and len(reason) < 2:
        raise BadRequest(Message("请写明理由：以后的人要看得懂", "Give a reason: others must understand it later"))
    level = _decided(wish, one)
    decision = LevelDecision(
        id=work.ids.next(),
        entity=wish.name[0],
        field=wish.name[1],
        act=wish.act,
        level=level,
        suggested=one.suggested,
        kind=one.finding.kind if one.finding is not None else None,
        reason=reason or None,
        rules=level_rules().version,
        decided_by=work.context.principal.user_id or None,
        decided_at=work.context.now,
    )
    keep_decision(work.session, decision)
    return decision


def _decided(wish: Wish, one: FieldLevel) -> str:
    """The level that a decision gives. A definition is never undercut: what it declares holds anyway."""
    assert one.suggested is not None
    if wish.act is LevelAct.CONFIRM:
        return one.suggested
    if wish.act is LevelAct.REFUSE:
        return one.declared
    if wish.level not in LEVELS or wish.level >= one.suggested:
        raise BadRequest(
            Message("请选一个比建议低的级别", "Choose a level below the suggested one"),
        )
    return wish.level


def _levels(work: Work) -> Iterator[FieldLevel]:
    found, decided = findings(work.session), decisions(work.session)
    confirmed = {name: one.level for name, one in decided.items() if one.act is not LevelAct.REFUSE}
    for entity in work.model.entities.values():
        for field in entity.fields.values():
            name = (entity.name, field.name)
            declared = declared_level(field)
            state = _state(declared, found.get(name), decided.get(name))
            holds = level_of(field, entity.name, confirmed)
            yield FieldLevel(entity, field, declared, holds, state, found.get(name), decided.get(name))


def _state(declared: str, finding: Finding | None, decision: LevelDecision | None) -> FieldState:
    suggested = finding.level if finding is not None and finding.kind is not None else ""
    if decision is not None and suggested <= decision.suggested:
        if decision.act is LevelAct.REFUSE:
            return FieldState.REFUSED
        return FieldState.CONFIRMED if decision.level > declared else FieldState.DECLARED
    if suggested in SENSITIVE and suggested > declared:
        return FieldState.SUGGESTED
    if finding is not None and finding.drifted and finding.level in SENSITIVE:
        return FieldState.DRIFTED
    return FieldState.DECLARED


def _shown(one: FieldLevel) -> str:
    return max(one.suggested or "G1", one.holds if one.holds in LEVELS else "G1")
