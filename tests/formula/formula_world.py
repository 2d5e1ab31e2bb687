"""The world of the conformance cases: a deal with a customer and lines, as names, cells, tables and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Exact

from engine.diagnostics import Diagnostic, Span
from engine.dsl.formula_types import check_formula
from engine.model import formula as types
from engine.model.formula import Binding, Formula, ListOf, Moment, Relation, Type, is_number, scale_of
from engine.model.formula_numbers import to_microseconds

STAGES = ("lead", "qualified", "won", "lost")
USER, UNIT = Relation("user"), Relation("unit")
ENTITIES: Mapping[str, Mapping[str, Type]] = {
    "deal": {
        "id": Relation("deal"),
        "name": types.Text(),
        "note": types.Text(),
        "amount": types.Money("CNY", 18, 2),
        "price": types.Money("CNY", 18, 4),
        "dollars": types.Money("USD", 18, 2),
        "n": types.Decimal(18, 0),
        "m": types.Decimal(18, 0),
        "rate": types.Decimal(7, 4),
        "quantity": types.Decimal(12, 3),
        "flag": types.Boolean(),
        "paid": types.Boolean(),
        "start": types.Date(),
        "due": types.Date(),
        "at": types.Instant(),
        "seen": types.Instant(),
        "span": types.Duration(),
        "stage": types.Choice(STAGES),
        "tags": types.Choices(("vip", "export", "risk")),
        "owner": USER,
        "unit": UNIT,
        "customer": Relation("customer"),
    },
    "customer": {
        "id": Relation("customer"),
        "name": types.Text(),
        "tier": types.Choice(("A", "B", "C")),
        "credit": types.Money("CNY", 18, 2),
        "region": Relation("region"),
    },
    "region": {"id": Relation("region"), "name": types.Text(), "floor": types.Decimal(18, 0)},
    "line": {
        "id": Relation("line"),
        "deal": Relation("deal"),
        "kind": types.Choice(("sale", "refund")),
        "amount": types.Money("CNY", 18, 2),
        "quantity": types.Decimal(12, 3),
        "due": types.Date(),
        "open": types.Boolean(),
        "note": types.Text(),
        "product": Relation("region"),
    },
}
COLLECTIONS = {("deal", "lines"): ("line", "deal")}
VARIABLES: Mapping[str, Type] = {
    "user.id": USER,
    "user.unit": UNIT,
    "user.units": ListOf(UNIT),
    "user.roles": ListOf(types.Text()),
}
MOMENT = Moment(
    now=datetime(2026, 3, 1, 17, 30, 5, tzinfo=UTC),
    zone="Asia/Shanghai",
    variables={"user.id": 7, "user.unit": 3, "user.units": (3, 4), "user.roles": ("sales", "lead")},
)


@dataclass(frozen=True)
class WorldNames:
    """The names of the world, from a deal; with `rows`, where aggregates fold the rows themselves."""

    rows: bool = False

    def root(self, name: str) -> Binding | None:
        return self.field("deal", name)

    def field(self, entity: str, name: str) -> Binding | None:
        if (entity, name) in COLLECTIONS:
            child, by = COLLECTIONS[entity, name]
            return Binding(ListOf(Relation(child)), child=child, by=by)
        found = ENTITIES.get(entity, {}).get(name)
        return Binding(found) if found is not None else None

    def variable(self, name: str) -> Type | None:
        return VARIABLES.get(name)

    def names(self, entity: str | None) -> Iterable[str]:
        own = entity or "deal"
        return [*ENTITIES.get(own, ()), *(name for holder, name in COLLECTIONS if holder == own)]


def checked(text: str, rows: bool = False, expected: Type | None = None) -> Formula | tuple[Diagnostic, ...]:
    return check_formula(text, WorldNames(rows), span=Span("case.yaml", 1, 1), expected=expected)


def formula(text: str, expected: Type | None = None) -> Formula:
    found = checked(text, expected=expected)
    assert isinstance(found, Formula), f"{text}: {[problem.message.en for problem in found]}"
    return found


def cell(written: object, of: Type) -> object:
    """A cell as the record services hold it, from what a case writes."""
    if written is None or isinstance(of, types.Boolean | types.Text | types.Choice | Relation):
        return written
    if is_number(of):
        return Exact(str(written))
    if isinstance(of, types.Date):
        return written if isinstance(written, date) else date.fromisoformat(str(written))
    if isinstance(of, types.Instant):
        return datetime.fromisoformat(str(written)).astimezone(UTC)
    if isinstance(of, types.Duration):
        return timedelta(seconds=int(str(written)))
    return tuple(written) if isinstance(written, list) else written


def cells(entity: str, written: Mapping[str, object]) -> dict[str, object]:
    """Nested cells of a row: relations are mappings, collections lists of mappings."""
    found: dict[str, object] = {}
    for name, value in written.items():
        if (entity, name) in COLLECTIONS:
            assert isinstance(value, list)
            found[name] = [cells(COLLECTIONS[entity, name][0], one) for one in value]
            continue
        of = ENTITIES[entity][name]
        nested = isinstance(of, Relation) and isinstance(value, Mapping)
        found[name] = cells(of.entity, value) if nested and isinstance(of, Relation) else cell(value, of)  # type: ignore[arg-type]
    return found


def shown(value: object, of: Type) -> object:
    """A value in one spelling for comparison: numbers as exact text, dates and instants in ISO, durations as `90 s`."""
    if value is None or isinstance(value, bool):
        return value
    if is_number(of) and isinstance(value, int | Exact):
        return f"{Exact(value):.{scale_of(of)}f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())} s"
    return value.isoformat() if isinstance(value, date) else value


def physical(value: object, of: Type, dialect: str) -> object:
    """A cell as a column holds it."""
    if value is None:
        return None
    if is_number(of):
        return int(Exact(str(value)).scaleb(scale_of(of)))
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, date):
        return value.isoformat() if dialect == "sqlite" else value
    return value


def from_physical(value: object, of: Type) -> object:
    """The spelling of a column's value."""
    if value is None:
        return None
    if isinstance(of, types.Boolean):
        assert value in (0, 1, True, False), f"{value!r} is no boolean"
        return bool(value)
    if is_number(of):
        assert isinstance(value, int), f"{value!r} is no integer"
        return shown(Exact(value).scaleb(-scale_of(of)), of)
    if isinstance(of, types.Instant):
        assert isinstance(value, int)
        return shown(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value), of)
    if isinstance(of, types.Duration):
        return f"{value} s"
    return shown(value, of)
