"""Known columns: what a row held as it was known at a moment that each line of the statement has of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from engine.model.entities import Entity, FieldKind
from engine.model.feature_plans import DAY, Clock, Known, Life, Lives
from engine.model.formula import EPOCH, Call, Date, Decimal, Formula, Instant, Literal, Node, Reference
from engine.runtime.formula.sql import lower
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.request_values import request_value
from engine.runtime.query.rewrites.as_of import VERSIONS, Past
from engine.runtime.query.secure import SecuredRows
from engine.runtime.query.secured_columns import SecuredColumns
from engine.runtime.storage.built_in import field_of

CELLS = "q"
"""The name of a table of cells."""


def on_clock(formula: Formula, clock: Clock) -> Formula:
    """A date or instant as a number that grows by one with each day, or each microsecond."""
    return Formula(formula.source, _number(formula.node, clock), Decimal(), formula.references)


def _number(node: Node, clock: Clock) -> Node:
    if clock == "instant":
        return node
    day = Call("date_of", (node,), Date()) if isinstance(node.type, Instant) else node
    return Call("days_between", (Literal(EPOCH, Date()), day), Decimal())


def moment_at(formula: Formula, clock: Clock, columns: SecuredColumns) -> exp.Expression:
    """A date or instant of a row on the clock, as it stands within what is read by it."""
    compilation = columns.rows.compilation
    return lower(on_clock(formula, clock), compilation.dialect, columns, compilation.names)


@dataclass(frozen=True, slots=True)
class KnownColumns:
    """Reads the columns of rows as they were known at `moment`, a number of the clock.

    Of a row that is decided about only what was known before counts (`strict`); of a fact, what was known by then.
    Satisfies ColumnReader.
    """

    compilation: Compilation
    lives: Lives
    clock: Clock
    moment: exp.Expression
    strict: bool

    def __call__(self, entity: Entity, alias: str, name: str) -> exp.Expression:
        known = self.lives.get((entity.name, name))
        if known is None:
            return nodes.column(alias, name)
        if known.life is Life.DATED:
            return self._dated(entity, alias, name, known)
        as_it_was = Past(entity, alias, self.compilation.dialect, self._later()).column(name)
        if known.life is Life.START:
            return as_it_was
        return nodes.case([(self._was_there(nodes.column(alias, "created_at")), as_it_was)])

    def _was_there(self, made: exp.Expression) -> exp.Expression:
        """Whether a row had come in by then. Which day that was by local clocks is asked only where it can matter: no clock
        is a day away from that of UTC."""
        exact = nodes.compare(exp.LTE, self._time(FieldKind.INSTANT, made), self.moment)
        if self.clock == "instant":
            return exact
        midnight = exp.Mul(this=nodes.parens(self.moment.copy()), expression=nodes.number(DAY))
        later = exp.Add(this=nodes.parens(midnight.copy()), expression=nodes.number(2 * DAY))
        before, behind = nodes.compare(exp.LT, made, midnight), nodes.compare(exp.GTE, made, later)
        return nodes.case([(before, exp.true()), (behind, exp.false())], exact)

    def _dated(self, entity: Entity, alias: str, name: str, known: Known) -> exp.Expression:
        column, by = nodes.column(alias, name), field_of(entity, known.by)
        told = self._time(by.kind if by else FieldKind.DATE, nodes.column(alias, known.by))
        return nodes.case([(nodes.compare(exp.LT if self.strict else exp.LTE, told, self.moment), column)])

    def _later(self) -> exp.Expression:
        """Of a version: it came after what was known, and did not make the row."""
        since = self._time(FieldKind.INSTANT, nodes.column(VERSIONS, "valid_from"))
        made = nodes.compare(exp.GT, nodes.column(VERSIONS, "version"), nodes.number(1))
        return nodes.all_of([made, nodes.compare(exp.GTE if self.strict else exp.GT, since, self.moment)])

    def _time(self, kind: FieldKind, column: exp.Expression) -> exp.Expression:
        of = Instant() if kind is FieldKind.INSTANT else Date()
        node = _number(Reference(("x",), of), self.clock)
        return lower(
            Formula("", node, Decimal()),
            self.compilation.dialect,
            _OneColumn(column, lambda name: request_value(self.compilation, name)),
            self.compilation.names,
        )


@dataclass(frozen=True, slots=True)
class KnownCells:
    """The cells that formulas read of rows, each worked out once, as columns of a table `q` of these rows.

    Formulas are lowered onto that table; a value that is looked up in versions is looked up once, however often it is read.
    """

    rows: SecuredRows
    _names: dict[tuple[str, ...], str] = field(default_factory=dict)

    def lower(self, formula: Formula) -> exp.Expression:
        return lower(formula, self.rows.compilation.dialect, self)

    def column(self, path: tuple[str, ...]) -> exp.Expression:
        return nodes.column(CELLS, self._names.setdefault(path, f"p{len(self._names)}"))

    def variable(self, name: str) -> exp.Expression:
        return request_value(self.rows.compilation, name)

    def children(self, path: tuple[str, ...]) -> None:
        """No feature folds a collection of the row."""
        return

    def cells(self) -> list[tuple[exp.Expression, str]]:
        """What the columns hold, with their names: all that was lowered before."""
        read = SecuredColumns(self.rows)
        return [(read.column(path), name) for path, name in self._names.items()]


@dataclass(frozen=True, slots=True)
class _OneColumn:
    """A formula of one column. Satisfies ColumnSource."""

    value: exp.Expression
    request: Callable[[str], exp.Expression]

    def column(self, path: tuple[str, ...]) -> exp.Expression:
        return self.value.copy()

    def variable(self, name: str) -> exp.Expression:
        return self.request(name)

    def children(self, path: tuple[str, ...]) -> None:
        return None
