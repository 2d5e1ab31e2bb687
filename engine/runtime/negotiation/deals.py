"""Deals: what is known of the record that is negotiated about, as the person at the table may read it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity
from engine.model.errors import Forbidden, NotFound
from engine.model.formula import Formula
from engine.model.negotiations import Lever, Limit, Negotiation, Path
from engine.runtime.negotiation.authority import Reach, Terms, reach_of
from engine.runtime.negotiation.readings import Asked, Question, ReadRow, read_rows
from engine.runtime.query.names import TITLE, Reader
from engine.runtime.work import Work

STRANGER = Message("你的角色不参与这类谈判", "Your role does not take part in these negotiations")


class NotOffered(DougongError):
    """The record is not in a state in which it is negotiated about, or has no terms yet."""

    code = "negotiation_not_offered"
    status = 409


@dataclass(frozen=True, slots=True)
class Sums:
    """The money of the row that gives the terms; what may not be read is None."""

    listed: float | None
    cost: float | None
    service: float
    capital: float
    floor: float | None
    haste: float = 0.0


@dataclass(frozen=True, slots=True)
class Deal:
    """A record under negotiation: the row that gives the terms of now, how far each lever may go, the sums, the cells by
    which it is like others, and what its paths hold. `negotiation` has the levers alone whose values are known."""

    negotiation: Negotiation
    record: int
    title: str
    row: ReadRow
    customer: int | None
    now: Terms
    reaches: tuple[Reach, ...]
    sums: Sums
    likeness: tuple[object, ...]
    values: Mapping[Path, object]


def negotiation_of(work: Work, name: str) -> Negotiation:
    """A negotiation that the person takes part in. Raises NotFound, Forbidden."""
    found = _known(work, name)
    if not takes_part(work, found):
        raise Forbidden(STRANGER)
    return found


def reviewed_negotiation(work: Work, name: str) -> Negotiation:
    """A negotiation that the person takes part in or reviews. Raises NotFound, Forbidden."""
    found = _known(work, name)
    if not takes_part(work, found) and not found.reviewers & work.context.principal.roles:
        raise Forbidden(STRANGER)
    return found


def takes_part(work: Work, negotiation: Negotiation) -> bool:
    """Whether the person bargains in a negotiation, and does not review it alone."""
    return not negotiation.roles or bool(negotiation.roles & work.context.principal.roles)


def _known(work: Work, name: str) -> Negotiation:
    found = work.model.negotiations.get(name)
    if found is None or Reader(work.model, work.context).access(found.entity) is None:
        raise NotFound
    return found


def is_offered(work: Work, negotiation: Negotiation, record: int) -> bool:
    """Whether a record is negotiated about now. Raises NotFound for one out of reach."""
    rows = read_rows(work, Question(negotiation.entity, (negotiation.when,), among=("id",)), (record,))
    if not rows:
        raise NotFound
    return rows[0].cells[0] is True


def open_deal(work: Work, negotiation: Negotiation, record: int) -> Deal:
    """What the person may read of a record. Raises NotFound, NotOffered."""
    question = Question(negotiation.entity, ((TITLE,), negotiation.when), among=("id",))
    found = read_rows(work, question, (record,))
    if not found:
        raise NotFound
    if found[0].cells[1] is not True:
        words = Message("这条记录现在不在谈判阶段", "This record is not under negotiation now")
        raise NotOffered(words)
    return _Reading(negotiation, work.model.entities[negotiation.history.entity]).deal(
        work, record, str(found[0].cells[0] or "")
    )


@dataclass(frozen=True)
class _Reading:
    """What is asked of the row that gives the terms."""

    negotiation: Negotiation
    entity: Entity

    def deal(self, work: Work, record: int, title: str) -> Deal:
        history, columns = self.negotiation.history, self._columns()
        question = Question(history.entity, columns, (history.current,), among=(history.of,), newest=(history.at,))
        rows = read_rows(work, question, (record,), 1)
        if not rows:
            raise NotOffered(Message("还没有可谈的条件，请先报价", "There are no terms yet: make a quote first"))
        cells = dict(zip(columns, rows[0].cells, strict=True))
        known = tuple(one for one in self.negotiation.levers if cells[one.field] is not None)
        now = tuple(_number(cells[one.field], 0.0) for one in known)
        customer = cells[(history.customer,)]
        return Deal(
            replace(self.negotiation, levers=known),
            record,
            title,
            rows[0],
            customer if isinstance(customer, int) else None,
            now,
            self._reaches(work, known, now, cells),
            self._sums(cells),
            tuple(cells[one.path] for one in self.negotiation.similar),
            {path: cells[path] for path in self._paths()},
        )

    def _columns(self) -> tuple[Asked, ...]:
        terms = (one.field for one in self.negotiation.levers)
        likeness = (one.path for one in self.negotiation.similar)
        own = ((self.negotiation.history.customer,), (self.negotiation.history.at,))
        standing = self.negotiation.history.standing
        formulas = (*(one.formula for one in self._limits()), *self._money(), *((standing,) if standing else ()))
        references = (path for one in formulas for path in _references(one) if path[0] not in self.entity.collections)
        return tuple(dict.fromkeys((*terms, *likeness, *own, *self._paths(), *formulas, *references)))

    def _limits(self) -> tuple[Limit, ...]:
        return tuple(limit for lever in self.negotiation.levers for limit in (*lever.limits, *lever.bounds))

    def _money(self) -> tuple[Formula, ...]:
        money = self.negotiation.money
        asked = (money.listed, money.cost, money.service, money.haste, money.capital, money.floor)
        return tuple(one for one in asked if one is not None)

    def _paths(self) -> tuple[Path, ...]:
        effect, signals = self.negotiation.effect, self.negotiation.signals
        found = [*(effect.where.values() if effect else ()), *(signals.match.values() if signals else ())]
        return tuple(dict.fromkeys(found))

    def _reaches(
        self, work: Work, levers: tuple[Lever, ...], now: Terms, cells: Mapping[Asked, object]
    ) -> tuple[Reach, ...]:
        roles = work.context.principal.roles
        limits = {one.place: _told(one.formula, cells) for one in self._limits()}
        formula = self.negotiation.history.standing
        standing = formula is not None and cells[formula] is True
        return tuple(reach_of(one, value, roles, limits, standing) for one, value in zip(levers, now, strict=True))

    def _sums(self, cells: Mapping[Asked, object]) -> Sums:
        money = self.negotiation.money
        return Sums(
            _told(money.listed, cells),
            _told(money.cost, cells),
            _told(money.service, cells) or 0.0,
            _told(money.capital, cells) or 0.0,
            _told(money.floor, cells),
            _told(money.haste, cells) or 0.0,
        )


def _told(formula: Formula | None, cells: Mapping[Asked, object]) -> float | None:
    """The number of a formula; None where a cell that it reads is empty or may not be read: nothing stands in for it."""
    if formula is None or any(cells.get(path, True) is None for path in _references(formula)):
        return None
    found = _number(cells[formula], math.nan)
    return None if math.isnan(found) else found


def _references(formula: Formula) -> tuple[Path, ...]:
    """The paths that a formula reads."""
    return tuple(tuple(one.split(".")) for one in sorted(formula.references))


def _number(cell: object, otherwise: float) -> float:
    return otherwise if cell is None else float(str(cell))


def negotiations_of(work: Work, entity: str) -> list[Negotiation]:
    """The negotiations about records of an entity that the person may open."""
    if Reader(work.model, work.context).access(entity) is None:
        return []
    return [one for one in work.model.negotiations.values() if one.entity == entity and takes_part(work, one)]
