"""Units of metrics: declared, or worked out of what is folded or of the formula; what does not fit is told."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic
from engine.dsl.measure_algebra import MeasureAlgebra, UnitOf
from engine.dsl.part import Part
from engine.dsl.places_in_text import inside
from engine.dsl.symbols import Symbols, resolve_path
from engine.model.entities import FieldKind
from engine.model.formula import Formula, Reference
from engine.model.measure_units import NAMED, PLAIN, MeasureUnit, is_currency, parse_unit
from engine.model.metrics import Aggregation, Measure

Settling = Generator[Diagnostic, None, MeasureUnit | None]
"""Problems on the way to a unit."""

_PHYSICAL = frozenset({"m2", "m", "km", "kg", "t", "l", "kwh", "minute", "hour", "day", "week", "month"})
_COUNTS = frozenset({Aggregation.COUNT, Aggregation.COUNT_DISTINCT})


@dataclass(slots=True)
class MetricUnits:
    """The units of the metrics so far; those that are not known are absent or None."""

    symbols: Symbols
    known: dict[str, MeasureUnit | None] = field(default_factory=dict)

    def settle(self, part: Part, formula: Formula | None, measure: Measure | None) -> Iterator[Diagnostic]:
        """Work out the unit of one metric, whose inputs are settled; each problem at its place."""
        found = None
        if formula is not None:
            found = yield from self._worked_out(part, "formula", formula, self._of_metric)
        elif measure is not None:
            found = yield from self._folded(part, measure)
        declared = yield from declared_unit(part)
        if declared is not None and found is not None and found != declared and not _renames(measure, declared):
            yield part.problem("E456", "unit", declared=declared, found=found)
        settled = declared if declared is not None else found
        if part.text("display") == "percent" and settled is not None and any(map(_measured, settled.symbols)):
            yield part.problem("E458", "display", unit=settled)
        self.known[part.name] = settled

    def check_target(self, part: Part) -> Iterator[Diagnostic]:
        """A target in another unit than its metric's, once all units are settled."""
        first, second = self.known.get(part.name), self.known.get(part.text("target"))
        if part.has("target") and first is not None and second is not None and first != second:
            yield part.problem("E459", "target", target=part.text("target"), first=first, second=second)

    def _folded(self, part: Part, measure: Measure) -> Settling:
        if measure.aggregation in _COUNTS:
            return MeasureUnit.of(self._counted(part, measure))
        if measure.argument is None:
            return None
        return (yield from self._worked_out(part, "measure", measure.argument, lambda one: self._of_field(part, one)))

    def _worked_out(self, part: Part, key: str, formula: Formula, unit_of: UnitOf) -> Settling:
        algebra = MeasureAlgebra(unit_of)
        unit = algebra.unit(formula.node)
        for one in algebra.clashes:
            problem = part.problem("E455", key, first=one.first, second=one.second)
            yield inside(part.document, (*part.path, key), problem, one.start)
        return unit

    def _counted(self, part: Part, measure: Measure) -> str:
        """What is counted: the rows' entity, or that which a distinct relation leads to."""
        entity, argument = part.text("entity"), measure.argument
        if argument is None or not isinstance(argument.node, Reference):
            return entity
        found = resolve_path(self.symbols, entity, ".".join(argument.node.path)).field
        target = found.target if found is not None else None
        return target if target is not None and target in self.symbols.entities else entity

    def _of_metric(self, reference: Reference) -> MeasureUnit | None:
        return self.known.get(reference.path[0])

    def _of_field(self, part: Part, reference: Reference) -> MeasureUnit | None:
        return field_unit(self.symbols, part.text("entity"), reference)


def field_unit(symbols: Symbols, entity: str, reference: Reference) -> MeasureUnit | None:
    """The unit of a field that a formula of an entity names; None where it is not known."""
    found = resolve_path(symbols, entity, ".".join(reference.path)).field
    if found is None:
        return None
    if found.kind is FieldKind.MONEY:
        return MeasureUnit.of(found.currency)
    if found.kind is FieldKind.PERCENT:
        return PLAIN
    return parse_unit(found.measure_unit) if found.measure_unit else None


def declared_unit(part: Part) -> Settling:
    """The unit that a metric or field declares; a text that is none, or names what nobody knows, is told."""
    if not part.has("unit"):
        return None
    unit, entities = parse_unit(part.text("unit")), part.context.symbols.entities
    if unit is None or not all(_measured(one) or one in NAMED or one in entities for one in unit.symbols):
        yield part.problem("E457", "unit", unit=part.text("unit"), known=", ".join(NAMED))
        return None
    return unit


def _renames(measure: Measure | None, declared: MeasureUnit) -> bool:
    """Whether a count is only given another word: visits, people."""
    return measure is not None and measure.aggregation in _COUNTS and not any(map(_measured, declared.symbols))


def _measured(symbol: str) -> bool:
    """Whether a symbol is money or a physical quantity rather than something counted."""
    return is_currency(symbol) or symbol in _PHYSICAL
