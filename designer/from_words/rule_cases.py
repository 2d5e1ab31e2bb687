"""Three cases for a rule: one that it hits, one that it misses, one at the boundary; worked out by the engine's own formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from engine.dsl.rule_words.formulas import condition_text
from engine.dsl.rule_words.meaning import (
    Amount,
    Blank,
    Cell,
    Compare,
    Condition,
    Day,
    Every,
    Flag,
    Fold,
    Holds,
    OneOf,
    Path,
    Scaled,
    Some,
    Term,
    TypedRule,
)
from engine.dsl.rule_words.meaning import Limit as LimitAction
from engine.model.app import AppModel
from engine.model.entities import FieldKind

STEP = {FieldKind.PERCENT: Decimal("0.01"), FieldKind.MONEY: Decimal("0.01"), FieldKind.INTEGER: Decimal(1)}
Wanted = bool
ANYTHING = "—"
"""The text of a cell that is filled in, no matter with what."""


@dataclass
class Given:
    """The cells of a record that a case is about: by path, and rows of collections."""

    cells: dict[Path, object] = field(default_factory=dict)
    rows: dict[Path, list[dict[str, object]]] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleCase:
    """A case: what it is (hit, miss, boundary), the cells, and whether the rule should speak."""

    name: str
    given: Given
    expected: bool


@dataclass(frozen=True)
class CaseMaker:
    """Makes cases about records of an entity on a day."""

    model: AppModel
    entity: str
    today: date

    def cases(self, rule: TypedRule) -> list[RuleCase]:
        """A hit, a miss, the boundary, of the first branch that has a condition."""
        condition = speaks_when(rule)
        if condition is None:
            return []
        hit, miss, edge = Given(), Given(), Given()
        self._make(condition, hit, holds=True)
        self._make(condition, miss, holds=False)
        self._make(condition, edge, holds=True)
        bound = self._edge(condition, edge)
        found = [RuleCase("hit", hit, True), RuleCase("miss", miss, False)]
        return [*found, RuleCase("boundary", edge, bound)] if bound is not None else found

    def _make(self, condition: Condition, given: Given, *, holds: bool) -> None:
        match condition:
            case Every(parts=parts):
                for one in parts if holds else parts[-1:]:
                    self._make(one, given, holds=holds)
                for one in () if holds else parts[:-1]:
                    self._make(one, given, holds=True)
            case Some(parts=parts):
                for one in parts[:1] if holds else parts:
                    self._make(one, given, holds=holds)
            case Compare():
                self._compared(condition, given, holds=holds)
            case OneOf(path=path, options=options, negated=negated):
                within = holds != negated
                given.cells[path] = options[0] if within else self._other(path, options)
            case Blank(path=path, negated=negated):
                given.cells[path] = None if holds != negated else self._something(path)
            case Flag(path=path, negated=negated):
                given.cells[path] = holds != negated
            case Holds(path=path, text=text, negated=negated):
                given.cells[path] = text if holds != negated else ANYTHING
            case _:
                pass

    def _compared(self, one: Compare, given: Given, *, holds: bool) -> None:
        sign = one.sign if holds else {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}[one.sign]
        if isinstance(one.left, Fold):
            self._counted(one.left, sign, one.right, given)
            return
        assert isinstance(one.left, Cell | Scaled)
        limit = self._value(one.right, given, one.left.path)
        step = self._step(one.left.path, limit)
        offset = {"=": 0, "<>": 1, "<": -1, "<=": -1, ">": 1, ">=": 1}[sign]
        current = given.cells.get(one.left.path)
        value = _moved(limit, step, offset)
        if current is not None and isinstance(one.right, Day):
            return
        given.cells[one.left.path] = value

    def _counted(self, fold: Fold, sign: str, right: Term, given: Given) -> None:
        wanted = int(right.value) if isinstance(right, Amount) else 1
        number = max(0, wanted + {"=": 0, "<>": 1, "<": -1, "<=": -1, ">": 1, ">=": 1}[sign])
        inner = CaseMaker(self.model, self._child(fold), self.today)
        row = Given()
        if fold.where is not None:
            inner._make(fold.where, row, holds=True)
        given.rows[fold.collection] = [
            {".".join(path): value for path, value in row.cells.items()} for _ in range(number)
        ]

    def _child(self, fold: Fold) -> str:
        return self.model.entities[self.entity].collections[fold.collection[-1]].entity

    def _edge(self, condition: Condition, given: Given) -> bool | None:
        """Put the last comparison exactly on its limit; whether it holds there. None where nothing has a limit."""
        for one in reversed(list(_comparisons(condition))):
            if isinstance(one.left, Fold):
                wanted = int(one.right.value) if isinstance(one.right, Amount) else 0
                self._counted(one.left, "=", Amount(Decimal(wanted)), given)
                return one.sign in {"=", "<=", ">="}
            if isinstance(one.left, Cell):
                given.cells[one.left.path] = self._value(one.right, given, one.left.path)
                return one.sign in {"=", "<=", ">="}
        return None

    def _value(self, term: Term, given: Given, path: Path) -> object:
        match term:
            case Amount(value=value):
                return value
            case Day():
                return self._day(term)
            case Cell(path=other):
                return given.cells.setdefault(other, self._something(other))
            case Scaled(path=other, factor=factor):
                base = given.cells.setdefault(other, Decimal(100))
                return Decimal(str(base)) * factor
            case _:
                return getattr(term, "text", "")

    def _day(self, day: Day) -> date:
        if day.on is not None:
            return day.on
        moved = _months(self.today, day.months) + timedelta(days=day.days)
        first = {
            "week": moved - timedelta(days=moved.weekday()),
            "month": moved.replace(day=1),
            "quarter": moved.replace(month=(moved.month - 1) // 3 * 3 + 1, day=1),
            "year": moved.replace(month=1, day=1),
        }.get(day.base, moved)
        if not day.last:
            return first
        after = {
            "week": first + timedelta(days=7),
            "month": _months(first, 1),
            "quarter": _months(first, 3),
            "year": _months(first, 12),
        }
        return after[day.base] - timedelta(days=1)

    def _step(self, path: Path, limit: object) -> object:
        found = self.model.field(self.entity, path)
        if isinstance(limit, date):
            return timedelta(days=1)
        return STEP.get(found.kind, Decimal("0.01")) if found else Decimal("0.01")

    def _other(self, path: Path, options: Sequence[str]) -> object:
        found = self.model.field(self.entity, path)
        return next((one.name for one in (found.choices if found else ()) if one.name not in options), None)

    def _something(self, path: Path) -> object:
        found = self.model.field(self.entity, path)
        kind = found.kind if found else FieldKind.TEXT
        if kind in {FieldKind.DATE, FieldKind.INSTANT}:
            return self.today
        if kind in {FieldKind.CHOICE, FieldKind.STATE} and found is not None and found.choices:
            return found.choices[0].name
        if kind in {FieldKind.MONEY, FieldKind.INTEGER, FieldKind.DECIMAL, FieldKind.PERCENT}:
            return Decimal(1)
        return 1 if kind in {FieldKind.RELATION, FieldKind.USER, FieldKind.UNIT} else ANYTHING


def speaks_when(rule: TypedRule) -> Condition | None:
    """When the rule does something: the condition of its first branch, with what a limit forbids."""
    branch = rule.branches[0]
    limits = [one for one in branch.actions if isinstance(one, LimitAction)]
    beyond: list[Condition] = []
    for one in limits:
        beyond += [Compare(Cell(one.field), ">", one.most)] if one.most is not None else []
        beyond += [Compare(Cell(one.field), "<", one.least)] if one.least is not None else []
    required = [Blank((name,)) for one in branch.actions for name in getattr(one, "fields", ())]
    parts = [*([branch.when] if branch.when is not None else []), *required[:1]]
    parts += [beyond[0] if len(beyond) == 1 else Some(tuple(beyond))] if beyond else []
    return None if not parts else parts[0] if len(parts) == 1 else Every(tuple(parts))


def as_test(case: RuleCase, rule: TypedRule, model: AppModel, reader: str) -> Mapping[str, object] | None:
    """A case as an app test: its rows, and whether the condition finds the record; None where a cell is computed and cannot be given."""
    condition = speaks_when(rule)
    entity = model.entities[rule.entity]
    if condition is None or any(not _given(model, rule.entity, path) for path in case.given.cells):
        return None
    rows: list[dict[str, object]] = []
    values: dict[str, object] = {}
    for path, value in case.given.cells.items():
        if len(path) == 1:
            if value is not None:
                values[path[0]] = _plain(value)
            continue
        relation = entity.fields[path[0]].relation
        assert relation is not None
        behind = next((one for one in rows if one["id"] == path[0]), None)
        if behind is None:
            behind = {"id": path[0], "entity": relation.entity, "values": {}}
            rows.append(behind)
        assert isinstance(behind["values"], dict)
        if value is not None:
            behind["values"][path[1]] = _plain(value)
        values[path[0]] = f"@{path[0]}"
    rows.append({"id": "record", "entity": rule.entity, "values": values})
    for collection, children in case.given.rows.items():
        found = entity.collections[collection[-1]]
        for at, child in enumerate(children, start=1):
            filled = {name: _plain(value) for name, value in child.items() if value is not None}
            rows.append(
                {"id": f"{collection[-1]}_{at}", "entity": found.entity, "values": {found.by: "@record", **filled}}
            )
    formula = condition_text(condition)
    listed = ["@record"] if case.expected else []
    step = {
        "id": "asked",
        "as": "reader",
        "do": "list",
        "entity": rule.entity,
        "where": formula,
        "expect": {"rows": listed},
    }
    words = {"hit": ("命中", "A hit"), "miss": ("不命中", "A miss"), "boundary": ("边界", "The boundary")}[case.name]
    return {
        "id": case.name,
        "label": {"zh": words[0], "en": words[1]},
        "clock": "2026-03-02T09:00:00+08:00",
        "users": [{"id": "reader", "roles": [reader]}],
        "rows": rows,
        "steps": [step],
    }


def _given(model: AppModel, entity: str, path: Path) -> bool:
    found = model.field(entity, path)
    plain = (
        found is not None
        and not found.computed
        and found.kind not in {FieldKind.USER, FieldKind.UNIT, FieldKind.RELATION}
    )
    return plain and len(path) < 3


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _comparisons(condition: Condition) -> Iterator[Compare]:
    match condition:
        case Compare():
            yield condition
        case Every(parts=parts) | Some(parts=parts):
            for one in parts:
                yield from _comparisons(one)


def _moved(value: object, step: object, times: int) -> object:
    if isinstance(value, date) and isinstance(step, timedelta):
        return value + step * times
    if isinstance(value, Decimal) and isinstance(step, Decimal):
        return value + step * times
    return value


def _months(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
