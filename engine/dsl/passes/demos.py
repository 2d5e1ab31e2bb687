"""Demo data: units, people and generators of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.document import Document
from engine.dsl.part import Part, PassContext, frozen_map
from engine.dsl.suggestions import listed, suggestion
from engine.model.demo import Demo, DemoFlows, DemoPerson, DemoUnit, Generator


def compile_demos(context: PassContext) -> Iterator[Demo | Diagnostic]:
    kinds = {unit.id: unit.text("kind") for part in context.parts("demo") for unit in part.items("units")}
    for part in context.parts("demo"):
        yield from _unit_problems(part, kinds)
        yield from _flow_problems(part)
        yield Demo(
            name=part.name,
            pack=part.pack,
            place=part.place,
            order=part.whole("order", 50),
            units=tuple(_unit(unit) for unit in part.items("units")),
            people=tuple(_person(person) for person in part.items("people")),
            rows=tuple(_generator(rows) for rows in part.items("rows")),
            flows=tuple(_flows(part)),
        )


def _unit(part: Part) -> DemoUnit:
    return DemoUnit(part.id, part.text("kind"), part.label(), part.optional("parent"))


def _person(part: Part) -> DemoPerson:
    return DemoPerson(part.id, part.label(), part.text("unit"), part.optional("seat"), part.names("roles"))


def _generator(part: Part) -> Generator:
    return Generator(
        id=part.id,
        entity=part.text("entity"),
        count=_count(part),
        fields=MappingProxyType({name: _recipe(part, name, value) for name, value in part.entries("fields")}),
        place=part.place,
        children=tuple(_generator(child) for child in part.items("children")),
    )


def _flows(part: Part) -> Iterator[DemoFlows]:
    for one in part.items("flows"):
        when = one.formula("when")
        if when is not None:
            names = one.text("entity"), one.text("flow")
            by = tuple(one.text("by").split(".")) if one.has("by") else ()
            yield DemoFlows(*names, when, by, one.whole("count", 20), one.whole("hours", 24))


def _flow_problems(part: Part) -> Iterator[Diagnostic]:
    """What runs is a flow, about the entity of its records."""
    for one in part.items("flows"):
        name, entity = one.text("flow"), one.text("entity")
        document = one.context.symbols.document("workflows", name)
        if document is None or not document.sound:
            continue
        if "steps" not in document.data:
            yield one.problem("E493", "flow", name=name)
        elif document.data.get("entity") != entity:
            yield one.problem("E494", "flow", name=name, other=document.data.get("entity"), entity=entity)


def _count(part: Part) -> Mapping[str, object] | int:
    declared = part.value.get("count", 1)
    return frozen_map(declared) if isinstance(declared, Mapping) else part.whole("count", 1)


def _recipe(part: Part, name: str, value: object) -> Mapping[str, object]:
    """A plain value is the recipe `literal`; formulas inside are compiled."""
    if not isinstance(value, Mapping):
        return MappingProxyType({"literal": value})
    return _with_formula(part.context, part.document, (*part.path, "fields", name), value)


def _with_formula(
    context: PassContext, document: Document, path: tuple[str | int, ...], recipe: Mapping[str, object]
) -> Mapping[str, object]:
    result = dict(frozen_map(recipe))
    formula = context.formula(document, (*path, "formula"))
    if formula is not None:
        result["formula"] = formula
    for key in ("then", "full"):
        inner = recipe.get(key)
        if isinstance(inner, Mapping):
            result[key] = _with_formula(context, document, (*path, key), inner)
    return MappingProxyType(result)


def _unit_problems(part: Part, kinds: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Units above, units of people, and their seats are declared, here or in another demo file."""
    for unit in part.items("units"):
        parent = unit.optional("parent")
        if parent is not None and parent not in kinds:
            yield _missing(unit, "parent", ("单位", "unit"), parent, kinds)
    for person in part.items("people"):
        name = person.text("unit")
        if name not in kinds:
            yield _missing(person, "unit", ("单位", "unit"), name, kinds)
            continue
        yield from _seat_problems(person, kinds[name])


def _seat_problems(person: Part, kind: str) -> Iterator[Diagnostic]:
    seat = person.optional("seat")
    document = person.context.symbols.document("units", kind)
    if seat is None or document is None:
        return
    seats = [one.id for one in Part(person.context, document, (), document.data).items("seats")]
    if seat not in seats:
        yield person.problem("E312", "seat", hint=suggestion(seat, seats), kind=kind, name=seat, allowed=listed(seats))


def _missing(part: Part, key: str, words: tuple[str, str], name: str, known: Mapping[str, str]) -> Diagnostic:
    hint = suggestion(name, known)
    return part.problem("E317", key, hint=hint, what_zh=words[0], what_en=words[1], name=name, allowed=listed(known))
