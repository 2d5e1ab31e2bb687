"""Working out: the formulas and the owning unit that rows made so far tell, worked out while a row is made.

The value is that of the formula in the database (one formula has one value everywhere). Few rows differ in what a formula
reads: prices, quantities and kinds repeat, so a value is worked out once for all rows that are alike in that.
Formulas over collections, over texts, and such as ask for the time or the user are left to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
Reading = Callable[[Values], object]


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
    """The row as its formulas see it."""

    def __init__(self, values: Values, readings: Mapping[Path, Reading]) -> None:
        self._values = values
        self._readings = readings

    def cell(self, path: Path) -> object:
        return self._readings[path](self._values)

    def children(self, path: Path) -> Sequence[_Cells]:
        return ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Formulas that read the same things, in the order in which they read each other."""

    inputs: tuple[Reading, ...]
    formulas: tuple[tuple[Field, Callable[[_Cells, Moment], object]], ...]
    readings: Mapping[Path, Reading]
    moment: Moment
    known: dict[tuple[object, ...], dict[str, object]] = field(default_factory=dict)

    def fill(self, values: dict[str, object]) -> None:
        given = tuple([read(values) for read in self.inputs])
        found = self.known.get(given)
        if found is None:
            found = self._worked_out(values)
            if len(self.known) < MOST_KNOWN:
                self.known[given] = found
        else:
            values.update(found)

    def _worked_out(self, values: dict[str, object]) -> dict[str, object]:
        """Written into the row too: a formula reads those before it."""
        cells, found = _Cells(values, self.readings), dict[str, object]()
        for one, evaluate in self.formulas:
            values[one.name] = found[one.name] = _stored(evaluate(cells, self.moment), one)
        return found


def _stored(value: object, one: Field) -> object:
    """An error, and a number that no column holds, is stored as empty."""
    if isinstance(value, FormulaError):
        return None
    if one.kind in NUMERIC_KINDS and isinstance(value, Decimal) and abs(value.scaleb(one.scale)) > LARGEST:
        return None
    return value


class WorkingOut:
    """Fills in what is told of each row of an entity."""

    def __init__(self, told: Told, entity: Entity, made: MadeRows, context: Context) -> None:
        self._told, self._entity, self._made = told, entity, made
        self.fields = told.fields(entity)
        moment = Moment(now=context.now, zone=context.zone)
        self._copied = [*self._copies()]
        self._groups = [*self._grouped({name for name, _ in self._copied}, moment)]

    def fill(self, row: MadeRow) -> None:
        values = row.values
        for name, read in self._copied:
            values[name] = read(values)
        for group in self._groups:
            group.fill(values)

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
            yield self._group([name for name in order if name in names], sorted(inputs), moment)

    def _group(self, names: list[str], inputs: list[Path], moment: Moment) -> _Group:
        fields = [self._entity.fields[name] for name in names]
        formulas = [(one, one.formula) for one in fields if one.formula is not None]
        paths = {tuple(path.split(".")) for _, formula in formulas for path in formula.references}
        return _Group(
            tuple(self._reading(path) for path in inputs),
            tuple((one, compile_value(formula)) for one, formula in formulas),
            {path: self._reading(path) for path in paths},
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
        for name in path:
            one = entity.fields.get(name)
            steps.append((name, one.default if one is not None else None))
            if one is not None and one.relation is not None:
                entity = self._told.model.entities[one.relation.entity]
        (first, default), further, rows = steps[0], steps[1:], self._made.by_id
        if not further:
            return lambda values: values.get(first, default)
        if len(further) == 1:
            return _one_further(first, *further[0], rows)
        return lambda values: _far(values, steps, rows)


def _one_further(first: str, second: str, default: object, rows: Mapping[object, MadeRow]) -> Reading:
    def read(values: Values) -> object:
        row = rows.get(values.get(first))
        return row.values.get(second, default) if row is not None else None

    return read


def _far(values: Values, steps: Sequence[tuple[str, object]], rows: Mapping[object, MadeRow]) -> object:
    found: object = None
    for at, (name, default) in enumerate(steps):
        found = values.get(name, default)
        row = rows.get(found) if at < len(steps) - 1 else None
        values = row.values if row is not None else {}
    return found
