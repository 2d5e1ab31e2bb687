"""Working out: the formulas and the owning unit that rows made so far tell, worked out while a row is made.

The value is that of the formula in the database (one formula has one value everywhere). Few rows differ in what a formula
reads: prices, quantities and kinds repeat, so a value is worked out once for all rows that are alike in that.
Formulas over collections, over texts, and such as ask for the time or the user are left to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import NUMERIC_KINDS, TEXT_KINDS, Entity, Field, FieldKind
from engine.model.formula import FormulaError, Moment, Reference
from engine.runtime.demo.rows import MadeRow, MadeRows, Values
from engine.runtime.formula.value import compile_value
from engine.runtime.records.computing import LARGEST, graph_of

UNIT = "scope_unit"
MOST_KNOWN = 20_000
"""Different inputs of which the results are kept."""
Path = tuple[str, ...]
Reading = Callable[[Sequence[Values]], list[object]]
"""What stands at a path in each of these rows."""


@dataclass
class Told:
    """Which formulas of a model's entities are told by rows that were made, and which entities' owning units."""

    model: AppModel
    _fields: dict[tuple[str, str], bool] = field(default_factory=dict)

    def fields(self, entity: Entity) -> frozenset[str]:
        """The computed fields of an entity that are told, and `scope_unit` where that is."""
        names = {one.name for one in entity.computed_fields if self._of_field(entity, one)}
        return frozenset(names | {UNIT}) if self._unit_path(entity) is not None else frozenset(names)

    def unit_path(self, entity: Entity) -> Path | None:
        """The way to the unit that owns a row; None where rows that were made do not tell it."""
        return self._unit_path(entity)

    def _unit_path(self, entity: Entity) -> Path | None:
        if entity.owned_by is not None:
            return tuple(entity.owned_by) if self._of_path(entity, tuple(entity.owned_by)) else None
        whole = self._target(entity, entity.part_of) if entity.part_of else None
        if whole is None or entity.part_of is None or self._unit_path(whole) is None:
            return None
        return (entity.part_of, UNIT)

    def _of_field(self, entity: Entity, one: Field) -> bool:
        key = (entity.name, one.name)
        if key not in self._fields:
            self._fields[key] = False  # a formula that reads itself by a circle is not told
            self._fields[key] = self._is_told(entity, one)
        return self._fields[key]

    def _is_told(self, entity: Entity, one: Field) -> bool:
        if one.kind in TEXT_KINDS or one.kind is FieldKind.NUMBER_CODE:
            return False
        formula = one.formula
        if formula is None:
            return not one.computed
        if formula.uses_now or formula.uses_user or formula.engine_only:
            return False
        return all(self._of_path(entity, tuple(path.split("."))) for path in formula.references)

    def _of_path(self, entity: Entity, path: Path) -> bool:
        own = entity.fields.get(path[0])
        if own is None or not self._of_field(entity, own):
            return False
        target = self._target(entity, path[0]) if len(path) > 1 else None
        return len(path) == 1 or (target is not None and self._of_path(target, path[1:]))

    def _target(self, entity: Entity, name: str) -> Entity | None:
        """The entity that a relation leads to, unless rows of it stand before the demo is made."""
        relation = entity.fields[name].relation if name in entity.fields else None
        target = self.model.entities[relation.entity] if relation is not None else None
        return target if target is not None and not target.starts_with else None


class _Cells:
    """The row as its formulas see it: what was given to them, and what those before told."""

    def __init__(self, given: Mapping[Path, object], told: Values) -> None:
        self._given = given
        self._told = told

    def cell(self, path: Path) -> object:
        return self._given[path] if path in self._given else self._told[path[0]]

    def children(self, path: Path) -> Sequence[_Cells]:
        return ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Formulas that read the same things, in the order in which they read each other."""

    inputs: tuple[Path, ...]
    readings: tuple[Reading, ...]
    formulas: tuple[tuple[Field, Callable[[_Cells, Moment], object]], ...]
    moment: Moment
    known: dict[tuple[object, ...], dict[str, object]] = field(default_factory=dict)

    def fill(self, rows: Sequence[dict[str, object]]) -> None:
        known = self.known
        for values, given in zip(rows, self._given(rows), strict=True):
            found = known.get(given)
            if found is None:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                found = known[given] = self._worked_out(given)
            values.update(found)

    def _given(self, rows: Sequence[dict[str, object]]) -> Iterable[tuple[object, ...]]:
        return zip(*(read(rows) for read in self.readings), strict=True) if self.readings else ((),) * len(rows)

    def _worked_out(self, given: tuple[object, ...]) -> dict[str, object]:
        found = dict[str, object]()
        cells = _Cells(dict(zip(self.inputs, given, strict=True)), found)
        for one, evaluate in self.formulas:
            found[one.name] = _stored(evaluate(cells, self.moment), one)
        return found


def _stored(value: object, one: Field) -> object:
    """An error, and a number that no column holds, is stored as empty."""
    if isinstance(value, FormulaError):
        return None
    if one.kind in NUMERIC_KINDS and isinstance(value, Decimal) and abs(value.scaleb(one.scale)) > LARGEST:
        return None
    return value


class WorkingOut:
    """Fills in what is told of rows of an entity, of many at once."""

    def __init__(self, told: Told, entity: Entity, made: MadeRows, context: Context) -> None:
        self._told, self._entity, self._made = told, entity, made
        self.fields = told.fields(entity)
        self.elsewhere: set[tuple[str, str]] = set()
        """What is read of other rows that is told of those: their entity and the name."""
        moment = Moment(now=context.now, zone=context.zone)
        self._copied = [*self._copies()]
        self._groups = [*self._grouped({name for name, _ in self._copied}, moment)]

    def fill(self, rows: Sequence[dict[str, object]]) -> None:
        """Rows that they read were filled before, or stand among them in none of what `elsewhere` names."""
        for name, read in self._copied:
            for values, value in zip(rows, read(rows), strict=True):
                values[name] = value
        for group in self._groups:
            group.fill(rows)

    def _copies(self) -> Iterator[tuple[str, Reading]]:
        """What stands in another row as it is to stand in this one."""
        path = self._told.unit_path(self._entity)
        if path is not None:
            yield UNIT, self._reading(path)
        for one in self._entity.computed_fields:
            node = one.formula.node if one.formula is not None else None
            if one.name in self.fields and isinstance(node, Reference) and one.kind not in NUMERIC_KINDS:
                yield one.name, self._reading(node.path)

    def _grouped(self, copied: set[str], moment: Moment) -> Iterator[_Group]:
        """The other formulas, together where they share an input."""
        order = [name for level in graph_of(self._told.model).levels[self._entity.name] for name in level]
        waiting = {name: self._inputs(name, copied) for name in order if name in self.fields - copied}
        while waiting:
            first = next(iter(waiting))
            names, inputs = {first}, set(waiting.pop(first))
            while more := {name for name, reads in waiting.items() if inputs & reads}:
                inputs |= {path for name in more for path in waiting.pop(name)}
                names |= more
            yield self._group([name for name in order if name in names], tuple(sorted(inputs)), moment)

    def _group(self, names: list[str], inputs: tuple[Path, ...], moment: Moment) -> _Group:
        fields = [self._entity.fields[name] for name in names]
        formulas = [(one, one.formula) for one in fields if one.formula is not None]
        return _Group(
            inputs,
            tuple(self._reading(path) for path in inputs),
            tuple((one, compile_value(formula)) for one, formula in formulas),
            moment,
        )

    def _inputs(self, name: str, copied: set[str]) -> frozenset[Path]:
        """What a formula comes down to: given cells of the row, and cells of other rows."""
        formula = self._entity.fields[name].formula
        found: set[Path] = set()
        for path in (tuple(one.split(".")) for one in (formula.references if formula is not None else ())):
            own = path[0] if len(path) == 1 and self._entity.fields[path[0]].computed else None
            found |= {path} if own is None or own in copied else self._inputs(own, copied)
        return frozenset(found)

    def _reading(self, path: Path) -> Reading:
        """A cell at a path; what a recipe leaves out has its default."""
        steps, entity = [], self._entity
        for at, name in enumerate(path):
            one = entity.fields.get(name)
            steps.append((name, one.default if one is not None else None))
            if at and name in self._told.fields(entity):
                self.elsewhere.add((entity.name, name))
            if one is not None and one.relation is not None:
                entity = self._told.model.entities[one.relation.entity]
        (first, default), further, made = steps[0], steps[1:], self._made.by_id
        if not further:
            return lambda rows: [values.get(first, default) for values in rows]
        if len(further) == 1:
            return _one_further(first, *further[0], made)
        return lambda rows: [_far(values, steps, made) for values in rows]


def _one_further(first: str, second: str, default: object, made: Mapping[object, MadeRow]) -> Reading:
    find = made.get
    return lambda rows: [
        row.values.get(second, default) if (row := find(values.get(first))) is not None else None for values in rows
    ]


def _far(values: Values, steps: Sequence[tuple[str, object]], rows: Mapping[object, MadeRow]) -> object:
    found: object = None
    for at, (name, default) in enumerate(steps):
        found = values.get(name, default)
        row = rows.get(found) if at < len(steps) - 1 else None
        values = row.values if row is not None else {}
    return found
