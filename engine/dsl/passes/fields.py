"""Fields of entities, from text to values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from engine.dsl.part import Part, as_label, frozen
from engine.dsl.symbols import NUMBER_SHAPES
from engine.model.entities import (
    NUMERIC_KINDS,
    Bounds,
    Choice,
    Field,
    FieldKind,
    NumberPattern,
    OfficialNumber,
    OnDelete,
    Proposal,
    Relation,
)
from engine.model.measure_units import parse_unit
from engine.model.names import NO_LABEL, Label


def build_field(part: Part, name: str) -> Field:
    """The field at `part`; what its declaration leaves open gets the type's defaults."""
    kind = FieldKind(part.text("type", "text"))
    precision, scale = NUMBER_SHAPES.get(kind, (18, 0))
    return Field(
        name=name,
        kind=kind,
        label=part.label_or(name),
        place=part.place,
        help=part.label("help"),
        required=part.flag("required"),
        required_when=part.formula("required_when"),
        default=default_value(kind, part.value.get("default")),
        default_formula=part.formula("default_formula"),
        formula=part.formula("formula"),
        unique=part.flag("unique"),
        search=part.whole("search"),
        precision=part.whole("precision", precision),
        scale=part.whole("scale", scale),
        currency=part.text("currency", "CNY") if kind is FieldKind.MONEY else None,
        measure_unit=_measure_unit(part),
        bounds=_bounds(part, kind),
        choices=_choices(part, kind),
        workflow=part.optional("workflow"),
        relation=_relation(part, kind),
        unit_kinds=part.names("kinds"),
        number=NumberPattern(part.text("pattern"), part.names("per")) if kind is FieldKind.NUMBER_CODE else None,
        level=part.text("level", "G1"),
        floor=part.optional("floor"),
        tags=frozenset(part.names("tags")),
        mask=part.optional("mask"),
        queries=tuple(_queries(part)),
        sealed=part.flag("sealed"),
        read_only=part.flag("read_only"),
        renamed_from=part.formers(),
        offers=part.text("offers", "written"),
        proposed=_proposal(part),
        names=part.text("names"),
        depth=part.text("depth", "district"),
        rich=part.text("format") == "rich",
    )


def _measure_unit(part: Part) -> Label:
    """What stands beside the value: as declared, else the words of the unit."""
    if part.has("unit_label") or not part.has("unit"):
        return part.label("unit_label")
    unit = parse_unit(part.text("unit"))
    return unit.label() if unit is not None else NO_LABEL


def default_value(kind: FieldKind, value: object) -> object:
    """A default as records hold it: exact numbers, dates, aware instants, time spans (written in seconds), tuples."""
    number = exact(value)
    if kind in NUMERIC_KINDS and number is not None:
        return int(number) if kind is FieldKind.INTEGER and number == int(number) else number
    if kind is FieldKind.DURATION and number is not None:
        return timedelta(seconds=float(number))
    if kind in {FieldKind.DATE, FieldKind.INSTANT} and isinstance(value, str):
        return _time(kind, value)
    return frozen(value)


def _time(kind: FieldKind, value: str) -> date | datetime | None:
    """None where the text is none: the check of defaults tells it."""
    try:
        return date.fromisoformat(value) if kind is FieldKind.DATE else datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        return None


def exact(value: object) -> Decimal | None:
    """A number as written, exact; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _bounds(part: Part, kind: FieldKind) -> Bounds:
    pattern = None if kind is FieldKind.NUMBER_CODE else part.optional("pattern")
    return Bounds(
        minimum=exact(part.value.get("min")),
        maximum=exact(part.value.get("max")),
        max_length=part.count("max_length"),
        pattern=pattern,
        pattern_message=part.label("pattern_message"),
        official=OfficialNumber(part.text("official")) if part.has("official") else None,
    )


def _choices(part: Part, kind: FieldKind) -> tuple[Choice, ...]:
    if kind is FieldKind.STATE:
        return tuple(_states(part))
    return tuple(_choice(part, name, declared) for name, declared in part.entries("choices"))


def _states(part: Part) -> Iterator[Choice]:
    document = part.context.symbols.document("workflows", part.text("workflow"))
    if document is None:
        return
    workflow = Part(part.context, document, (), document.data)
    for state in workflow.items("states"):
        yield Choice(state.id, state.label(), state.text("tone", "neutral"))


def _choice(part: Part, name: str, declared: object) -> Choice:
    """A choice is written as its label, or as a map with `label` and `tone`."""
    language = part.context.language(part.pack)
    if isinstance(declared, Mapping) and ("label" in declared or "tone" in declared):
        return Choice(name, as_label(declared.get("label", name), language), str(declared.get("tone", "neutral")))
    return Choice(name, as_label(declared, language))


def _relation(part: Part, kind: FieldKind) -> Relation | None:
    if kind is not FieldKind.RELATION:
        return None
    return Relation(part.text("to"), OnDelete(part.text("on_delete", "refuse")), part.optional("inverse"))


def _proposal(part: Part) -> Proposal | None:
    if not part.has("proposed"):
        return None
    inner = part.inner("proposed")
    return Proposal(inner.text("from"), inner.names("roles"), inner.optional("instead_of"))


def _queries(part: Part) -> Iterator[str]:
    """Operations of a sealed field, as texts: `equal`, `bucket:100000`."""
    declared = part.value.get("query")
    for one in declared if isinstance(declared, list) else ():
        if isinstance(one, Mapping):
            yield from (f"{name}:{value}" for name, value in one.items())
        else:
            yield str(one)
