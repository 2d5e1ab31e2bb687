"""Metrics: what base metrics fold, and the figures derived from them, each after its inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.diagnostics import Diagnostic
from engine.dsl.cycles import circles, inputs_first
from engine.dsl.document import Document
from engine.dsl.environments import MetricEnvironment
from engine.dsl.metric_dimensions import metrics_in
from engine.dsl.metric_units import MetricUnits
from engine.dsl.part import Part, PassContext, as_label
from engine.dsl.places_in_text import located
from engine.dsl.symbols import resolve_path
from engine.model.entities import FieldKind
from engine.model.formula import Aggregate, Decimal, Formula, Money, Null, Type
from engine.model.measure_units import MeasureUnit
from engine.model.metrics import DEEPEST_DERIVATION, Aggregation, Dimension, Fill, FollowUp, Measure, Metric
from engine.model.names import NO_LABEL, Label

_TIMES = frozenset({FieldKind.DATE, FieldKind.INSTANT})


def compile_metrics(context: PassContext) -> Iterator[Metric | Diagnostic]:
    parts = {part.name: part for part in context.parts("metrics")}
    inputs = {name: metrics_in(context.symbols, part.text("formula")) for name, part in parts.items()}
    found = list(circles(inputs))
    for circle in found:
        yield parts[circle[0]].problem("E333", "formula", circle=" → ".join(circle))
    typed: dict[str, Type] = {name: Null() for circle in found for name in circle}
    typed |= {name: Null() for name in context.symbols.names("metrics") if name not in parts}
    known: dict[str, tuple[Dimension, ...]] = {}
    levels: dict[str, int] = {}
    units = MetricUnits(context.symbols)
    for name in inputs_first(inputs):
        levels[name] = 1 + max((levels.get(one, 0) for one in inputs[name]), default=-1)
        if levels[name] == DEEPEST_DERIVATION + 1:
            yield parts[name].problem("E337", "formula", limit=DEEPEST_DERIVATION)
        known[name] = tuple(_dimensions(parts[name], [known.get(one, ()) for one in inputs[name]]))
        yield from _metric(parts[name], inputs[name], known[name], typed, units)
    for part in parts.values():
        yield from units.check_target(part)


def _metric(
    part: Part,
    inputs: tuple[str, ...],
    dimensions: tuple[Dimension, ...],
    typed: dict[str, Type],
    units: MetricUnits,
) -> Iterator[Metric | Diagnostic]:
    """One metric; `typed` and `units` collect the types and units of those that are done."""
    yield from _shape(part)
    formula: Formula | None = None
    if part.has("formula"):
        span = part.document.value_span((*part.path, "formula"))
        result = part.context.book.compile(part.text("formula"), MetricEnvironment(typed), span, None)
        if isinstance(result, Formula):
            formula = result
        else:
            yield from located(part.document, (*part.path, "formula"), result, span)
        typed.setdefault(part.name, formula.type if formula else Null())
    measure, folded = _measure(part)
    if part.formula("measure") is not None and measure is None:
        yield part.problem("E460", "measure")
    typed.setdefault(part.name, folded)
    yield from units.settle(part, formula, measure)
    yield _with_unit(_build(part, measure, formula, inputs, dimensions), units.known[part.name])


def _with_unit(metric: Metric, unit: MeasureUnit | None) -> Metric:
    """The metric with its unit, whose words stand beside plain numbers that have no others."""
    spoken = metric.unit_label
    if spoken == NO_LABEL and unit is not None and metric.display == "number":
        spoken = unit.label()
    return replace(metric, unit=unit, unit_label=spoken)


def _shape(part: Part) -> Iterator[Diagnostic]:
    if part.has("formula") == part.has("measure"):
        yield part.problem("E213", first="measure", second="formula")
    elif part.has("measure") and not part.has("entity"):
        yield part.key_problem("E202", key="entity")
    entity = part.optional("entity")
    if entity and part.has("time"):
        found = resolve_path(part.context.symbols, entity, part.text("time"))
        built_in = found.built_in in {"created_at", "updated_at"}
        if not built_in and found.field and found.field.kind is not None and found.field.kind not in _TIMES:
            yield part.problem("E413", "time", type=found.field.kind, name=found.field.name)
    elif entity:
        yield part.problem("I453", metric=part.name)


def _measure(part: Part) -> tuple[Measure | None, Type]:
    """The measure and the type of its value."""
    formula = part.formula("measure")
    if formula is None:
        return None, Null()
    node = formula.node
    names = {str(one) for one in Aggregation}
    if not isinstance(node, Aggregate) or node.over or node.condition is not None or node.function not in names:
        return None, Null()
    argument = replace(formula, node=node.argument, type=node.argument.type) if node.argument else None
    return Measure(Aggregation(node.function), argument), formula.type


def _build(
    part: Part,
    measure: Measure | None,
    formula: Formula | None,
    inputs: tuple[str, ...],
    dimensions: tuple[Dimension, ...],
) -> Metric:
    kind = formula.type if formula else part.formula("measure")
    of = kind.type if isinstance(kind, Formula) else kind
    scale = of.scale if isinstance(of, Decimal | Money) else 0
    return Metric(
        name=part.name,
        pack=part.pack,
        label=part.label(),
        place=part.place,
        description=part.label("description"),
        entity=part.optional("entity"),
        measure=measure,
        where=part.formula("where"),
        time=part.optional("time"),
        dimensions=dimensions,
        formula=formula,
        inputs=inputs,
        display=part.text("display", "money" if isinstance(of, Money) else "number"),
        scale=part.whole("scale", min(scale, 2)),
        currency=part.optional("currency") or (of.currency if isinstance(of, Money) else None),
        unit_label=part.label("unit_label"),
        good_when=part.text("good_when", "up"),
        owner=part.optional("owner"),
        target=part.optional("target"),
        roles=frozenset(part.names("roles")),
        rollup=_rollup(part),
        columns=tuple(tuple(one.split(".")) for one in part.names("columns")),
        follow_up=_follow_up(part.inner("follow_up")) if part.has("follow_up") else None,
    )


def _follow_up(part: Part) -> FollowUp:
    return FollowUp(part.text("entity"), part.label(), tuple(_fill(one) for one in part.items("fill")))


def _fill(part: Part) -> Fill:
    path = part.optional("from")
    return Fill(
        part.text("field"),
        tuple(path.split(".")) if path else (),
        part.value.get("value"),
        part.count("days"),
        part.flag("row"),
    )


def _rollup(part: Part) -> bool | tuple[str, ...] | None:
    written = part.value.get("rollup")
    if isinstance(written, list):
        return tuple(map(str, written))
    return written if isinstance(written, bool) else None


def _dimensions(part: Part, of_inputs: Sequence[tuple[Dimension, ...]]) -> Iterator[Dimension]:
    """The declared dimensions; a derived metric without any has those that all its inputs share."""
    if part.has("dimensions") or not of_inputs:
        yield from _declared(part, part.text("entity"))
        return
    others = [{one.name for one in listed} for listed in of_inputs[1:]]
    yield from (one for one in of_inputs[0] if all(one.name in other for other in others))


def _declared(part: Part, entity: str) -> Iterator[Dimension]:
    declared = part.value.get("dimensions")
    language = part.context.language(part.pack)
    if isinstance(declared, list):
        for path in map(str, declared):
            yield Dimension(path, tuple(path.split(".")), _label_of(part, entity, path))
    for name, value in declared.items() if isinstance(declared, Mapping) else ():
        path = str(value.get("path", "")) if isinstance(value, Mapping) else str(value)
        own = as_label(value.get("label"), language) if isinstance(value, Mapping) else NO_LABEL
        yield Dimension(str(name), tuple(path.split(".")), own if own != NO_LABEL else _label_of(part, entity, path))


def _label_of(part: Part, entity: str, path: str) -> Label:
    """The label of the field at the end of `path`; a step of the kernel (unit.kind) has the label of the field before it."""
    symbols = part.context.symbols
    steps = path.split(".")
    for end in range(len(steps), 0, -1):
        found = resolve_path(symbols, entity, ".".join(steps[:end])) if entity else None
        document: Document | None = symbols.document("entities", found.field.entity) if found and found.field else None
        if document is not None and found is not None and found.field is not None:
            source = Part(part.context, document, (), document.data)
            return source.inner("fields", found.field.name).label()
    return NO_LABEL
