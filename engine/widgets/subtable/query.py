"""The sub-table: lines of a document, edited with the document; without JavaScript one spare line is always there.

Lines of a long sub-table rest: they stand as text and become controls when somebody enters them, so that a document of a
thousand lines opens and is typed in as fast as a short one. What rests and was entered travels as hidden inputs until the
browser takes it over. Without JavaScript a button offers the controls of other lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.model.access import FieldRight
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.pages import Item
from engine.model.requests import Record
from engine.widgets.contract import FieldRights, Line, Need, Scene
from engine.widgets.controls import Control, Option, control_of, entered_text, shape_of, with_creation
from engine.widgets.default_items import enterable
from engine.widgets.formats import format_percent, grouped
from engine.widgets.identifiers import public_id
from engine.widgets.properties import maps, text, texts

AT_ONCE = 50
"""Lines that stand as controls."""
LEAST = 2
"""Decimals of money that are always shown."""
NEW = "new"
"""What stands for the number of a line in the template of new ones."""
WRITTEN_OUT = frozenset({FieldKind.CHOICES, FieldKind.ADDRESS, FieldKind.LOCATION, FieldKind.RECORD})
"""Kinds whose controls are several inputs or offer what only the server tells: a line with one of them does not rest."""
TOLD_APART = REFERENCE_KINDS | {FieldKind.CHOICE, FieldKind.BOOLEAN, FieldKind.INSTANT}
"""Kinds whose value is not what stands in the cell."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the lines; `kind` is that of its control, `output` for what is computed and `read` for what is only read."""

    name: str
    label: str
    computed: bool
    numeric: bool
    kind: str
    scale: int
    shape: tuple[tuple[str, str], ...]
    """How the browser writes what it computes: see `shape_of`; the column's money bears no sign."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a line that is entered: its control, or the text that stands there."""

    control: Control | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line as the template shows it."""

    id: str
    version: int
    number: str
    prefix: str
    rests: bool
    deleted: bool
    cells: tuple[Cell, ...]
    resting: tuple[tuple[str, str, bool], ...]
    """Of a line that rests: texts, what they stand for where they are not that, whether they are numbers."""
    carried: tuple[tuple[str, str], ...]
    """Inputs that a line brings along which has no controls for them: those of a resting line that was entered."""
    place: str | None
    """What a field without a column says that orders the lines; None where there is none to write."""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    return {"rights": FieldRights(collection.entity)} if collection else {}


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    collection = scene.entity.collections.get(text(item, "collection")) if scene.entity else None
    rights = found.get("rights")
    if collection is None or scene.filling is None or not isinstance(rights, Mapping):
        return {"state": "hidden"}
    child = scene.model.entities[collection.entity]
    held = {name: one for name, one in rights.items() if isinstance(one, FieldRight)}
    fields = _fields(item, child, collection.by, held)
    written = frozenset(one.name for one in fields if held[one.name] is FieldRight.WRITE and enterable(one))
    creates = item.properties.get("create") is not False
    table = _Table(collection.name, child, scene, held, fields, text(item, "order"), written, creates)
    lines = table.lines(item)
    opened = scene.filling.opened.get(collection.name, 0) if len(lines) > AT_ONCE else 0
    rows = [*table.rows(lines, opened)]
    sums = texts(item, "totals")
    return {
        "state": "rows",
        "collection": collection.name,
        "label": scene.words(item.label) or scene.words(collection.label) or scene.words(child.label),
        "columns": [table.column(field) for field in table.fields],
        "rows": rows,
        "template": table.row(_blank(child), NEW, rests=False),
        "resting": table.row(_blank(child), NEW, rests=True) if table.may_rest else None,
        "editable": table.editable,
        "long": len(lines) > AT_ONCE,
        "order": table.order,
        "pages": [(first, min(first + AT_ONCE, len(lines))) for first in range(0, len(lines), AT_ONCE)]
        if len(lines) > AT_ONCE
        else (),
        "opened": opened,
        "totals": [_total(field, lines) if field.name in sums else None for field in table.fields] if sums else (),
        "problems": scene.filling.problems.get(collection.name, ()),
    }


def _fields(item: Item, child: Entity, by: str, rights: Mapping[str, FieldRight]) -> tuple[Field, ...]:
    names = texts(item, "columns") or tuple(name for name in child.fields if name != by)
    return tuple(
        child.fields[n] for n in names if n in child.fields and rights.get(n, FieldRight.NONE) is not FieldRight.NONE
    )


def _blank(child: Entity) -> Record:
    return Record(child.name, 0, 0, {})


def _total(field: Field, lines: Sequence[Line]) -> str:
    """The sum of a column as it stands; what cannot be read as a number yet counts as nothing."""
    found = [_number(one.record.cells.get(field.name)) for one in lines if not one.record.cells.get("_delete")]
    return grouped(format(sum(found, Decimal(0)), f".{field.scale}f"))


def _number(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)


@dataclass(frozen=True, slots=True)
class _Table:
    """A sub-table with its fields and what its reader may do with them; `order` is the field that orders its lines, `written`
    are those of its fields that the reader enters.
    """

    name: str
    child: Entity
    scene: Scene
    rights: Mapping[str, FieldRight]
    fields: tuple[Field, ...]
    order: str
    written: frozenset[str]
    creates: bool

    @property
    def editable(self) -> bool:
        return bool(self.written)

    @property
    def may_rest(self) -> bool:
        return self.editable and not any(one.kind in WRITTEN_OUT for one in self.fields)

    def lines(self, item: Item) -> list[Line]:
        """The lines in their order: those of the form, those that a new form begins with, or a spare one."""
        filling = self.scene.filling
        lines = [*filling.children.get(self.name, ())] if filling else []
        if not lines and filling and filling.is_new and not filling.problems:
            given = [{name: str(value) for name, value in one.items()} for one in maps(item, "preset")]
            lines = [Line(Record(self.child.name, 0, 0, one), at, True) for at, one in enumerate(given)]
        if not lines:
            return [Line(_blank(self.child), 0, True)]
        return sorted(lines, key=self._place) if self.order else lines

    def _place(self, line: Line) -> tuple[bool, Decimal]:
        value = line.record.cells.get(self.order)
        return value in (None, ""), _number(value)

    def column(self, field: Field) -> Column:
        computed, numeric = field.computed, field.kind in NUMERIC_KINDS
        kind = "output" if computed else "read"
        if field.name in self.written:
            one = self._control(field, f"c.{self.name}.{NEW}", NEW, None)
            kind = "percent" if one.percent else "select" if one.kind in {"segmented", "radio"} else one.kind
        shape = tuple(one for one in shape_of(field, self.scene) if one[0] in {"percent", "least"})
        return Column(field.name, self.scene.words(field.label), computed, numeric, kind, field.scale, shape)

    def rows(self, lines: Sequence[Line], opened: int) -> Iterator[Row]:
        """Lines of a long sub-table rest, but for those that are entered now and those that something is wrong with."""
        wrong = {key.split(".")[1] for key in self._problems() if key.startswith(f"{self.name}.")}
        for at, line in enumerate(lines):
            long = self.may_rest and len(lines) > AT_ONCE and not opened <= at < opened + AT_ONCE
            rests = long and str(line.number) not in wrong
            yield self.row(line.record, str(line.number), rests, line.entered)

    def _problems(self) -> Mapping[str, tuple[str, ...]]:
        return self.scene.filling.problems if self.scene.filling else {}

    def row(self, record: Record, number: str, rests: bool, entered: bool = False) -> Row:
        prefix = f"c.{self.name}.{number}"
        return Row(
            id=public_id(record.id) if record.id else "",
            version=record.version,
            number=number,
            prefix=prefix,
            rests=rests,
            deleted=bool(record.cells.get("_delete")),
            cells=() if rests else tuple(self._cell(one, record, prefix, number) for one in self.fields),
            resting=tuple(self._resting(one, record) for one in self.fields) if rests else (),
            carried=tuple(self._carried(record, prefix, rests and entered)),
            place=self._place_of(record),
        )

    def _carried(self, record: Record, prefix: str, whole: bool) -> Iterator[tuple[str, str]]:
        for field in self.fields if whole else ():
            if field.name in self.written:
                yield f"{prefix}.{field.name}", entered_text(self._value(field, record), field)
        place = self._place_of(record)
        if place is not None and whole:
            yield f"{prefix}.{self.order}", place

    def _place_of(self, record: Record) -> str | None:
        named = self.order and self.order not in {one.name for one in self.fields}
        if not named or self.rights.get(self.order) is not FieldRight.WRITE:
            return None
        value = record.cells.get(self.order)
        return "" if value is None else str(value)

    def _value(self, field: Field, record: Record) -> object:
        value = record.cells.get(field.name)
        return field.default if value is None and record.id == 0 else value

    def _cell(self, field: Field, record: Record, prefix: str, number: str) -> Cell:
        if field.name not in self.written:
            return Cell(None, _read(record, field, self.scene))
        value = self._value(field, record)
        return Cell(self._chosen(self._control(field, prefix, number, value), record, field, value))

    def _resting(self, field: Field, record: Record) -> tuple[str, str, bool]:
        numeric, value = field.kind in NUMERIC_KINDS, self._value(field, record)
        if field.name not in self.written:
            return _read(record, field, self.scene), "", numeric
        if value in (None, ""):
            return "", "", numeric
        plain = entered_text(value, field)
        if field.kind in TOLD_APART:
            return _words(field, record, value, self.scene), plain, False
        if numeric:
            return grouped(plain) + ("%" if field.kind is FieldKind.PERCENT else ""), "", True
        return plain, "", False

    def _control(self, field: Field, prefix: str, number: str, value: object) -> Control:
        problem = f"{self.name}.{number}.{field.name}"
        control = control_of(field, self.child.name, self.scene, f"{prefix}.{field.name}", value, "", problem)
        return with_creation(control, field, self.scene) if self.creates else control

    def _chosen(self, control: Control, record: Record, field: Field, value: object) -> Control:
        """A control that offers what its line has chosen, also where that is not among the first rows on offer."""
        title = record.cells.get(f"{field.name}.@title")
        if title is None or any(one.value == value for one in control.options):
            return control
        return replace(control, options=(*control.options, Option(str(value), str(title), True)))


def _words(field: Field, record: Record, value: object, scene: Scene) -> str:
    """What stands in a cell for a value that people do not read."""
    if field.kind is FieldKind.CHOICE:
        choice = field.choice(str(value))
        return scene.words(choice.label) if choice else str(value)
    if field.kind is FieldKind.BOOLEAN:
        return ("是" if scene.language == "zh" else "Yes") if value in (True, "true") else ""
    if field.kind is FieldKind.INSTANT:
        return entered_text(value, field).replace("T", " ")
    title = record.cells.get(f"{field.name}.@title")
    return "—" if title is None else str(title)


def _read(record: Record, field: Field, scene: Scene) -> str:
    """What is only read: numbers grouped as the browser groups what it computes, references by their titles."""
    value = record.cells.get(field.name)
    if value in (None, ""):
        return "—"
    if field.kind in TOLD_APART | {FieldKind.STATE}:
        return _words(field, record, value, scene) or "—"
    if field.kind is FieldKind.PERCENT:
        return format_percent(_number(value), scene.language)
    if field.kind is FieldKind.MONEY and field.scale > LEAST:
        return grouped(entered_text(value, field))
    return grouped(str(value)) if field.kind in NUMERIC_KINDS else str(value)
