"""A formula that is being typed: what is wrong with it and where, the type and unit of its value, what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import Diagnostic, Span
from engine.dsl.document import Document
from engine.dsl.editing.formula_words import functions, words_of_formula
from engine.dsl.editing.named import Named
from engine.dsl.environments import MetricEnvironment
from engine.dsl.formula_types import check_formula
from engine.dsl.measure_algebra import MeasureAlgebra
from engine.dsl.metric_types import MetricTypes
from engine.dsl.metric_units import field_unit
from engine.dsl.scopes import FormulaScope, formula_entity, formula_scope
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols
from engine.dsl.words_of_formulas import unfinished_text
from engine.model.formula import Formula
from engine.model.measure_units import MeasureUnit

_START = Span("", 1, 0)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a formula at a place would be. `entity`: whose row it speaks of; problems with offsets in its text from 0."""

    entity: str | None
    formula: Formula | None
    unit: MeasureUnit | None
    problems: tuple[tuple[int, Diagnostic], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word that may stand in a formula from offset `start` on; `is_function`: a call is opened with it."""

    name: Named
    start: int
    is_function: bool


def tried(document: Document, path: Path, text: str, symbols: Symbols) -> Trial | None:
    """The formula `text` at `path`; None where no formula about a row, a request or metrics may stand."""
    scope = _scope(document, path, symbols)
    if scope is None:
        return None
    entity = formula_entity(document, path, symbols)
    found = _checked(text, scope)
    if not isinstance(found, Formula):
        return Trial(entity, None, None, tuple((_offset(one, text), one) for one in found))
    algebra = MeasureAlgebra(lambda one: field_unit(symbols, entity, one) if entity else None)
    return Trial(entity, found, algebra.unit(found.node), ())


def _scope(document: Document, path: Path, symbols: Symbols) -> FormulaScope | None:
    """As for the compiler, who goes through derived metrics in the order of what they name."""
    if document.kind == "metrics" and path[-1] == "formula":
        return FormulaScope(MetricEnvironment(MetricTypes(symbols)), None)
    return formula_scope(document, path, symbols)


def _checked(text: str, scope: FormulaScope) -> Formula | tuple[Diagnostic, ...]:
    """Problems count columns on one line: line ends are blanks to a formula."""
    line = text.replace("\n", " ").replace("\r", " ")
    return check_formula(line, scope.environment, span=_START, expected=scope.expected)


def _offset(problem: Diagnostic, text: str) -> int:
    """Where a problem is in the text; its beginning where it speaks of the whole."""
    return min(max(problem.span.column - _START.column - 1, 0), len(text))


def words_at(document: Document, path: Path, text: str, offset: int, symbols: Symbols) -> Iterator[Wanted]:
    """What may stand at an offset of the formula `text` at `path`: names after the steps written, then functions."""
    written = unfinished_text(text[:offset])
    if written is None:
        return
    start = offset - len(written)
    for one in words_of_formula(document, path, written, symbols):
        yield Wanted(one, start, is_function=False)
    if "." not in written:
        for one in functions():
            yield Wanted(one, start, is_function=True)
