"""Samples: rows and figures that stand where the database has none yet, so that nothing on a canvas is an empty box."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.metrics import Metric
from engine.model.names import BUILT_IN_FIELDS
from engine.model.requests import AggregateRequest, AggregateRow, Path, QueryRequest, Record, RecordPage
from engine.widgets.contract import (
    Aggregates,
    BoardTotals,
    ColumnTotals,
    GroupedRows,
    ManyRows,
    Need,
    RowGroup,
    RowGroups,
    Rows,
    Scene,
)
from engine.widgets.periods import add_months

ROWS = 4
"""Rows of a sample list."""
BARS = 6
"""Groups of a sample chart."""
SHAPE = (Decimal("0.62"), Decimal("0.78"), Decimal("0.71"), Decimal("0.9"), Decimal("0.83"), Decimal("1"))
"""How sample figures differ from each other."""


def sample_of(need: Need, scene: Scene) -> object:
    """What stands in the place of an answer; None for a need that has no sample."""
    match need:
        case Rows(request) | ManyRows(request):
            return sample_page(request, scene)
        case Aggregates(request, previous):
            return tuple(_figures(request, scene, Decimal("0.92") if previous else Decimal(1)))
        case ColumnTotals():
            return BoardTotals({}, {})
        case GroupedRows(request):
            page = sample_page(request, scene)
            return RowGroups((RowGroup(None, None, len(page.records), None, page),))
    return None


def sample_page(request: QueryRequest, scene: Scene) -> RecordPage:
    """A few rows of an entity with the columns that were asked for."""
    entity = scene.model.entities.get(request.entity)
    if entity is None:
        return RecordPage(())
    records = tuple(sample_record(entity, request.columns, number, scene) for number in range(1, ROWS + 1))
    return RecordPage(records, None, ROWS if request.count else None)


def sample_record(entity: Entity, columns: tuple[Path, ...], number: int, scene: Scene) -> Record:
    """One row of an entity."""
    cells: dict[str, object] = {}
    for path in columns:
        cells |= sample_cells(scene.model, entity, path, number, scene)
    return Record(entity.name, number, 1, cells)


def whole_record(entity: Entity, scene: Scene) -> Record:
    """A row with every field of its entity."""
    return sample_record(entity, tuple((name,) for name in entity.fields), 1, scene)


def sample_cells(model: AppModel, entity: Entity, path: Path, number: int, scene: Scene) -> Mapping[str, object]:
    """The cell at a path, with the title of the row that it points at."""
    found = field_at(model, entity, path)
    name = ".".join(path)
    if found is None:
        return {name: scene.now} if path and path[-1] in BUILT_IN_FIELDS and path[-1].endswith("_at") else {}
    owner, field = found
    if field.kind in REFERENCE_KINDS:
        return {name: number, f"{name}.@title": _title(model, field, number, scene)}
    return {name: _value(owner, field, number, scene)}


def field_at(model: AppModel, entity: Entity, path: Path) -> tuple[Entity, Field] | None:
    """The field at a path with its entity; None where a step of it is no field."""
    owner = entity
    for place, step in enumerate(path):
        field = owner.fields.get(step)
        if field is None or place == len(path) - 1:
            return (owner, field) if field is not None else None
        inner = model.entities.get(field.relation.entity) if field.relation else None
        if inner is None:
            return None
        owner = inner
    return None


def _title(model: AppModel, field: Field, number: int, scene: Scene) -> str:
    target = model.entities.get(field.relation.entity) if field.relation else None
    words = scene.words(target.label if target else field.label)
    return f"示例{words} {number}" if scene.language == "zh" else f"Sample {words.lower()} {number}"


def _value(entity: Entity, field: Field, number: int, scene: Scene) -> object:
    if field.kind in NUMERIC_KINDS:
        return _amount(field, number)
    if field.choices:
        return _chosen(field, number)
    words = scene.words(field.label)
    match field.kind:
        case FieldKind.BOOLEAN:
            return number % 2 == 1
        case FieldKind.DATE:
            return scene.today + timedelta(days=7 * number - 14)
        case FieldKind.INSTANT:
            return scene.now - timedelta(hours=5 * number)
        case FieldKind.DURATION:
            return timedelta(minutes=30 * number)
        case FieldKind.PHONE:
            return f"1380000000{number % 10}"
        case FieldKind.EMAIL:
            return f"sample{number}@example.com"
        case FieldKind.URL:
            return "https://example.com"
        case FieldKind.NUMBER_CODE:
            return f"{scene.today.year}-{number:04}"
        case FieldKind.TEXT | FieldKind.LONG_TEXT:
            named = scene.words(entity.label) if field.name == entity.title else words
            return f"示例{named} {number}" if scene.language == "zh" else f"Sample {named.lower()} {number}"
    return None


def _chosen(field: Field, number: int) -> object:
    name = field.choices[(number - 1) % len(field.choices)].name
    return (name,) if field.kind is FieldKind.CHOICES else name


def _amount(field: Field, number: int) -> object:
    if field.kind is FieldKind.PERCENT:
        return Decimal("0.25") * (1 + number % 3)
    whole = {FieldKind.MONEY: 12_800, FieldKind.INTEGER: 6, FieldKind.DECIMAL: 36}[field.kind] * number
    if field.bounds.maximum is not None and whole > field.bounds.maximum:
        whole = int(field.bounds.maximum)
    return whole if field.kind is FieldKind.INTEGER else Decimal(whole).quantize(Decimal(1).scaleb(-field.scale))


def _figures(request: AggregateRequest, scene: Scene, part: Decimal) -> Iterator[AggregateRow]:
    metrics = [(name, scene.model.metrics.get(name)) for name in request.metrics]
    groups = BARS if request.bucket or request.dimensions else 1
    for number in range(groups):
        keys: list[object] = [_bucket(request.bucket, scene.today, number)] if request.bucket else []
        titles: list[str | None] = [None] if request.bucket else []
        for name in request.dimensions:
            key, title = _dimension(metrics[0][1], name, number, scene)
            keys.append(key)
            titles.append(title)
        share = SHAPE[number % len(SHAPE)] * part if groups > 1 else part
        yield AggregateRow(tuple(keys), tuple(titles), {name: _figure(metric, share) for name, metric in metrics})


def _bucket(bucket: str | None, today: date, number: int) -> date:
    first = today.replace(day=1)
    match bucket:
        case "day":
            return today - timedelta(days=BARS - 1 - number)
        case "week":
            return today - timedelta(days=today.weekday() + 7 * (BARS - 1 - number))
        case "quarter":
            return add_months(first.replace(month=(first.month - 1) // 3 * 3 + 1), 3 * (number + 1 - BARS))
        case "year":
            return first.replace(month=1, year=first.year - BARS + 1 + number)
    return add_months(first, number + 1 - BARS)


def _dimension(metric: Metric | None, name: str, number: int, scene: Scene) -> tuple[object, str | None]:
    declared = metric.dimension(name) if metric else None
    entity = scene.model.entities.get(metric.entity) if metric and metric.entity else None
    found = field_at(scene.model, entity, declared.path) if declared and entity else None
    words = scene.words(declared.label) if declared else name
    if found is not None and found[1].choices:
        return found[1].choices[number % len(found[1].choices)].name, None
    return number + 1, f"{words} {number + 1}"


def _figure(metric: Metric | None, share: Decimal) -> object:
    if metric is None:
        return None
    whole = {"money": Decimal(128_600), "percent": Decimal("0.64")}.get(metric.display, Decimal(86))
    return (whole * share).quantize(Decimal(1).scaleb(-metric.scale))
