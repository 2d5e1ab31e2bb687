"""The formulas of each document: compiled again only where the document differs, or something that they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import FORMULA
from engine.dsl.limits import MOST_FORMULA_BYTES
from engine.dsl.part import FormulaTable, PassContext
from engine.dsl.places_in_text import located
from engine.dsl.reading_log import ReadingLog, noted
from engine.dsl.remembered import FormulaBook, FormulaEntry
from engine.dsl.remembered_references import Shape
from engine.dsl.scopes import formula_scope
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols
from engine.model.formula import Formula
from engine.model.names import ResourceName


@dataclass(frozen=True, slots=True)
class _Given:
    """What the formulas of a document gave, with what they read; `size` are the bytes that they take."""

    shape: Shape
    log: ReadingLog
    table: FormulaTable
    problems: tuple[Diagnostic, ...]
    size: int
    entries: tuple[FormulaEntry, ...]


@dataclass(slots=True)
class RememberedFormulas:
    """The formulas of documents, as long as what they read is as it was; what nobody uses any more is forgotten."""

    book: FormulaBook = field(default_factory=FormulaBook)
    found: dict[ResourceName, _Given] = field(default_factory=dict)

    def compile(
        self, shapes: Iterable[Shape], context: PassContext, problems: list[Diagnostic]
    ) -> Mapping[ResourceName, FormulaTable]:
        """The formulas of all documents; what is wrong with them goes to `problems`."""
        left: dict[str, int] = {}
        before, self.found = self.found, {}
        tables: dict[ResourceName, FormulaTable] = {}
        for shape in shapes:
            name, pack = shape.document.resource, shape.document.pack
            room = left.setdefault(pack, MOST_FORMULA_BYTES)
            known = before.get(name)
            if known is None or known.shape is not shape or known.size > room or not known.log.holds(context):
                known = self._given(shape, context, left)
            else:
                left[pack] -= known.size
                self.book.use(known.entries)
            if left[pack] >= 0:
                self.found[name] = known
            tables[name] = known.table
            problems += known.problems
        return tables

    def _given(self, shape: Shape, context: PassContext, left: dict[str, int]) -> _Given:
        log, problems, before = ReadingLog(), list[Diagnostic](), left[shape.document.pack]
        self.book.taken.clear()
        table = compile_formulas(self.book, shape, noted(context, context.sound, log).symbols, problems, left)
        size = before - left[shape.document.pack]
        return _Given(shape, log, table, tuple(problems), size, tuple(self.book.taken))


def compile_formulas(
    book: FormulaBook, shape: Shape, symbols: Symbols, problems: list[Diagnostic], left: dict[str, int]
) -> FormulaTable:
    """The formulas of a document that compile; `left` are the bytes that each pack's formulas may still take."""
    compiled: dict[Path, Formula] = {}
    pack = shape.document.pack
    for use in shape.uses:
        scope = formula_scope(shape.document, use.path, symbols) if use.meaning == FORMULA else None
        if scope is None or left[pack] < 0:
            continue
        left[pack] -= len(use.text.encode())
        if left[pack] < 0:
            problems.append(shape.document.problem("E463", use.path, limit=MOST_FORMULA_BYTES))
            continue
        span = shape.document.value_span(use.path)
        result = book.compile(use.text, scope.environment, span, scope.expected)
        if isinstance(result, Formula):
            compiled[use.path] = result
        else:
            problems += located(shape.document, use.path, result, span)
    return compiled
